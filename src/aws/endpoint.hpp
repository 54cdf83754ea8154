#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "aws/environment.hpp"
#include "aws/partitions.hpp"

namespace aiokpl::aws {

/// Where requests go, and the region that they are signed for.
struct Endpoint {
  std::string scheme = "https";
  /// A name or an address; an IPv6 address in its brackets.
  std::string host = {};
  std::uint16_t port = 443;
  /// As it stands in the URL, percent-encoded.
  std::string path = "/";
  std::string region = {};
  /// On this machine: needs neither region nor credentials, and never goes through a proxy.
  bool loopback = false;

  [[nodiscard]] std::string url() const;
  /// The Host header: without the port where it is the scheme's own, as curl and every other client write it.
  [[nodiscard]] std::string authority() const;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

struct EndpointOutcome {
  std::optional<Endpoint> endpoint = std::nullopt;
  /// Without an endpoint: the setting that is to blame (`region`, `endpoint_url` or an environment variable)...
  std::string field = {};
  /// ... and what is wrong, in words that start with the setting.
  std::string problem = {};
  /// All that is wrong is that nothing names a region.
  bool no_region = false;

  [[nodiscard]] explicit operator bool() const noexcept { return endpoint.has_value(); }
};

/// What a profile of the shared configuration files says about endpoints, below the configuration and the environment.
struct EndpointHints {
  std::optional<std::string> region = std::nullopt;
  /// The service's own, where the profile has one, else the profile's for all services.
  std::optional<std::string> endpoint_url = std::nullopt;
  std::optional<bool> use_fips = std::nullopt;
  std::optional<bool> use_dualstack = std::nullopt;
  std::optional<bool> ignore_configured_endpoint_urls = std::nullopt;
};

/// Whose endpoint is looked for, and what the configuration says about it.
struct EndpointQuery {
  Service service = Service::kinesis;
  /// Empty: not given.
  std::string region = {};
  std::optional<std::string> endpoint_url = std::nullopt;
  std::optional<bool> use_fips = std::nullopt;
  std::optional<bool> use_dualstack = std::nullopt;
  EndpointHints hints = {};
  /// FIPS and dual stack beside a URL do not count, in place of being refused.
  bool url_alone_counts = false;
};

/// The first of: `endpoint_url`, AWS_ENDPOINT_URL_KINESIS (_CLOUDWATCH, _STS, _SSO,
/// _SSO_OIDC), AWS_ENDPOINT_URL, the profile's (all but
/// the first unless AWS_IGNORE_CONFIGURED_ENDPOINT_URLS or the profile says to ignore them), the region's own endpoint.
/// The region is the first of: `region`, AWS_REGION, AWS_DEFAULT_REGION, the profile's, and us-east-1 for a loopback
/// endpoint. FIPS and dual stack (the configuration, AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT, the profile)
/// choose among a region's endpoints; beside a URL they are an error, since the URL would be used as it stands, unless
/// the query says otherwise. For a loopback endpoint what environment and profile say of them does not count. Old names
/// such as "fips-us-east-1" are understood as the region with FIPS.
[[nodiscard]] EndpointOutcome resolve_endpoint(const EndpointQuery& query, const Environment& environment);
/// Kinesis, by a region and a URL.
[[nodiscard]] EndpointOutcome resolve_endpoint(const std::string& region,
                                               const std::optional<std::string>& endpoint_url,
                                               const Environment& environment);

/// localhost and names below it, 127.0.0.0/8, ::1 with or without brackets.
[[nodiscard]] bool is_loopback_host(std::string_view host);

}  // namespace aiokpl::aws
