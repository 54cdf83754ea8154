#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "aws/credentials_reader.hpp"
#include "aws/credentials_source.hpp"
#include "aws/endpoint.hpp"

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

/// Where a service is asked, by the rules of `resolve_endpoint`; `endpoint_url` wins, and `switches` are below the
/// environment. A URL is used as it stands, whatever they say, as in AWS's SDKs. Throws CredentialsFailure that names
/// the wrong setting.
[[nodiscard]] Endpoint endpoint_for(Service service, const std::string& region,
                                    const std::optional<std::string>& endpoint_url, const EndpointSwitches& switches,
                                    const Environment& environment);

/// A path below the endpoint's own: "/token" below "http://host/base/" is "http://host/base/token".
[[nodiscard]] std::string url_below(const Endpoint& endpoint, std::string_view path);

/// What is in a file of at most 64 KiB; throws CredentialsFailure that names `setting` and the file.
[[nodiscard]] std::string read_secret_file(const std::string& setting, const std::string& path);

}  // namespace aiokpl::aws
