#pragma once

#include <optional>
#include <string>

#include <aiokpl/config.hpp>

#include "aws/credentials.hpp"
#include "aws/endpoint.hpp"
#include "aws/environment.hpp"
#include "aws/http_client.hpp"
#include "aws/profile_settings.hpp"

namespace aiokpl::detail {

/// How a configuration's requests get to their endpoints: timeouts, proxies, authorities. `tls`: some endpoint is an
/// https one; a wrong AWS_CA_BUNDLE is no matter to plain http. `profile_ca_bundle`: what the profile says. Throws
/// ConfigError that names each wrong setting.
[[nodiscard]] aws::HttpOptions http_options(const Config& config, const aws::Environment& environment, bool tls = true,
                                            const std::optional<std::string>& profile_ca_bundle = std::nullopt);

/// What the profile says that the configuration or the environment names. Throws ConfigError where there is no such
/// profile, or a file cannot be understood.
[[nodiscard]] aws::ProfileSettings profile_of(const std::optional<std::string>& profile,
                                              const aws::Environment& environment);
/// Of that, what concerns the endpoint of a service. Throws ConfigError.
[[nodiscard]] aws::EndpointHints endpoint_hints(const aws::ProfileSettings& profile, aws::Service service,
                                                const aws::Environment& environment);

/// Where the credentials come from that the configuration means; `http` is the way to those who give them.
[[nodiscard]] aws::CredentialsSettings credentials_settings(const Config& config, bool loopback,
                                                            const aws::HttpOptions& http);

/// Where Kinesis is. Where nothing names a region that is needed, the instance is asked for it, which takes a second
/// where there is none. Throws ConfigError that names the wrong setting.
[[nodiscard]] aws::Endpoint endpoint_of(const Config& config, const aws::ProfileSettings& profile,
                                        const aws::Environment& environment);

}  // namespace aiokpl::detail
