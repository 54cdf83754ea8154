#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "aws/environment.hpp"
#include "aws/profiles.hpp"

namespace aiokpl::aws {

/// What a profile says beside its credentials. The environment is not looked at here, but in the functions below that
/// take it, and in what the fields are given to. An empty value counts as not set.
struct ProfileSettings {
  /// Whose settings these are.
  std::string profile = "default";
  std::optional<std::string> region = std::nullopt;
  /// `endpoint_url`, for every service.
  std::optional<std::string> endpoint_url = std::nullopt;
  /// `endpoint_url` below `kinesis =`, `cloudwatch =`, `sts =`, `sso =`, `sso_oidc =` of the section that
  /// `services` names.
  std::map<std::string, std::string, std::less<>> service_endpoint_urls = {};
  /// Why there are none of these although `services` is set; matters only to who asks for one.
  std::string services_problem = {};
  std::optional<bool> ignore_configured_endpoint_urls = std::nullopt;
  std::optional<bool> use_fips_endpoint = std::nullopt;
  std::optional<bool> use_dualstack_endpoint = std::nullopt;
  std::optional<std::string> ca_bundle = std::nullopt;
  /// "regional" or "legacy".
  std::optional<std::string> sts_regional_endpoints = std::nullopt;
  std::optional<std::string> metadata_endpoint = std::nullopt;       ///< ec2_metadata_service_endpoint
  std::optional<std::string> metadata_endpoint_mode = std::nullopt;  ///< ..._mode: "ipv4" or "ipv6"
  std::optional<bool> imds_use_ipv6 = std::nullopt;                  ///< An older way to say the latter.
};

/// Of a profile in files that have been read. A profile that is in neither file says nothing. Throws ProfileError for a
/// value that means nothing, with the profile, the key, the value and what is allowed.
[[nodiscard]] ProfileSettings profile_settings(const Profiles& profiles, std::string_view profile);

/// Reads the files. `profile` is what the configuration says, if anything (see choose_profile). Throws ProfileError
/// also for a file that cannot be understood, and when a profile is named that is in neither file.
[[nodiscard]] ProfileSettings load_profile_settings(const Environment& environment,
                                                    const std::optional<std::string>& profile = std::nullopt);

// The environment over the profile.

/// AWS_REGION, AWS_DEFAULT_REGION, `region`.
[[nodiscard]] std::optional<std::string> region_of(const ProfileSettings& settings, const Environment& environment);

/// For "kinesis", "cloudwatch", "sts", "sso", "sso_oidc": AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, the profile's
/// own for the service, the profile's for all. Nothing where AWS_IGNORE_CONFIGURED_ENDPOINT_URLS or else the profile's
/// key says true. Throws ProfileError when the profile is asked and names a services section that is missing or wrong.
[[nodiscard]] std::optional<std::string> endpoint_url_of(const ProfileSettings& settings, std::string_view service,
                                                         const Environment& environment);

/// AWS_CA_BUNDLE, `ca_bundle`.
[[nodiscard]] std::optional<std::string> ca_bundle_of(const ProfileSettings& settings, const Environment& environment);

/// AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT, or else the profile; false when neither says anything. Throw
/// ProfileError where a variable is neither true nor false.
[[nodiscard]] bool uses_fips(const ProfileSettings& settings, const Environment& environment);
[[nodiscard]] bool uses_dualstack(const ProfileSettings& settings, const Environment& environment);

/// Where STS is asked: a region and a URL, either of which may be missing.
struct StsPlace {
  std::string region = {};
  std::optional<std::string> endpoint_url = std::nullopt;
};
/// region_of and endpoint_url_of; with AWS_STS_REGIONAL_ENDPOINTS or `sts_regional_endpoints` "legacy" (and without a
/// URL, FIPS or dual stack) the global endpoint for the regions that it once served. Throws ProfileError.
[[nodiscard]] StsPlace sts_place(const ProfileSettings& settings, const Environment& environment);

/// AWS_EC2_METADATA_SERVICE_ENDPOINT and `ec2_metadata_service_endpoint`.
[[nodiscard]] std::optional<std::string> metadata_endpoint_of(const ProfileSettings& settings,
                                                              const Environment& environment);
/// "ipv4" or "ipv6": AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE, `ec2_metadata_service_endpoint_mode`, and where neither is
/// set AWS_IMDS_USE_IPV6 or else `imds_use_ipv6`. Throws ProfileError.
[[nodiscard]] std::optional<std::string> metadata_endpoint_mode_of(const ProfileSettings& settings,
                                                                   const Environment& environment);

}  // namespace aiokpl::aws
