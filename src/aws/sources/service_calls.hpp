#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "aws/credentials_reader.hpp"
#include "aws/credentials_source.hpp"

/// What the sources of credentials share.
namespace aiokpl::aws {

/// The call of `whom` gave no credentials: throws CredentialsFailure with what the answer says. Temporary where there
/// was none, where the service was busy or broken, and for the codes that STS means so.
[[noreturn]] void fail_for(const std::string& whom, const WebAnswer& answer,
                           std::initializer_list<std::string_view> secrets = {});

/// The credentials of an answer with status 200; else throws as `fail_for`.
[[nodiscard]] Credentials credentials_of(const std::string& whom, const WebAnswer& answer, CredentialsForm form,
                                         std::initializer_list<std::string_view> secrets = {});

/// Throws when they have expired: what cannot sign is no credentials, whatever the service thinks.
void require_fresh(const std::string& whom, const Credentials& credentials, const FetchContext& context);

/// A URL that was set for a service, and by what.
struct ConfiguredUrl {
  std::string url;
  std::string setting;
};
/// The first of: `given`, the service's own variable, AWS_ENDPOINT_URL (these two unless
/// AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is on).
[[nodiscard]] std::optional<ConfiguredUrl> configured_url(const Environment& environment, const char* variable,
                                                          const std::optional<std::string>& given);

/// "sts" and "eu-west-1" make "sts.eu-west-1.amazonaws.com". Throws CredentialsFailure when the region is none.
[[nodiscard]] std::string regional_host(std::string_view service, const std::string& region);

/// What is in a file of at most 64 KiB; throws CredentialsFailure that names `setting` and the file.
[[nodiscard]] std::string read_secret_file(const std::string& setting, const std::string& path);

}  // namespace aiokpl::aws
