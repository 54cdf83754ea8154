#include "producer/network_settings.hpp"

#include <utility>
#include <vector>

#include <aiokpl/error.hpp>

#include "aws/authorities.hpp"
#include "aws/instance_region.hpp"
#include "aws/proxy.hpp"
#include "aws/web_call.hpp"
#include "producer/own_credentials.hpp"

namespace aiokpl::detail {
namespace {

/// Not looked for where no certificate is checked. To plain http only the configuration's own has to be right.
std::optional<std::string> authorities_of(const Config& config, const aws::Environment& environment, bool tls,
                                          const std::optional<std::string>& profile_ca_bundle,
                                          std::vector<std::string>& problems) {
  if (!config.verify_ssl || (!tls && !config.ca_bundle)) return config.ca_bundle;
  aws::AuthoritiesOutcome found = aws::find_authorities(config.ca_bundle, profile_ca_bundle, environment);
  if (!found) problems.push_back(std::move(found.problem));
  return std::move(found.file);
}

aws::ProxyOutcome proxies_of(const Config& config, const aws::Environment& environment) {
  return aws::resolve_proxies({.host = config.proxy_host,
                               .port = static_cast<std::uint16_t>(config.proxy_port),
                               .user_name = config.proxy_user_name,
                               .password = config.proxy_password},
                              environment);
}

}  // namespace

aws::HttpOptions http_options(const Config& config, const aws::Environment& environment, bool tls,
                              const std::optional<std::string>& profile_ca_bundle) {
  std::vector<std::string> problems;
  aws::HttpOptions options{.max_connections = config.max_connections,
                           .connect_timeout = config.connect_timeout,
                           .request_timeout = config.request_timeout,
                           .verify_ssl = config.verify_ssl,
                           .ca_bundle = authorities_of(config, environment, tls, profile_ca_bundle, problems)};
  aws::ProxyOutcome proxies = proxies_of(config, environment);
  if (proxies) {
    options.proxy = std::move(proxies.settings);
  } else {
    problems.push_back(std::move(proxies.problem));
  }
  if (!problems.empty()) throw ConfigError{std::move(problems)};
  return options;
}

aws::ProfileSettings profile_of(const std::optional<std::string>& profile, const aws::Environment& environment) {
  try {
    return aws::load_profile_settings(environment, profile);
  } catch (const aws::ProfileError& wrong) {
    throw ConfigError{{wrong.what()}};
  }
}

aws::EndpointHints endpoint_hints(const aws::ProfileSettings& profile, aws::Service service,
                                  const aws::Environment& environment) {
  aws::EndpointHints hints{.region = profile.region,
                           .endpoint_url = {},
                           .use_fips = profile.use_fips_endpoint,
                           .use_dualstack = profile.use_dualstack_endpoint,
                           .ignore_configured_endpoint_urls = profile.ignore_configured_endpoint_urls};
  try {
    const char* const name = service == aws::Service::cloudwatch ? "cloudwatch" : "kinesis";
    hints.endpoint_url = aws::endpoint_url_of(profile, name, environment);
  } catch (const aws::ProfileError& wrong) {
    throw ConfigError{{wrong.what()}};
  }
  return hints;
}

aws::CredentialsSettings credentials_settings(const Config& config, bool loopback, const aws::HttpOptions& http) {
  return {.access_key_id = config.aws_access_key_id,
          .secret_access_key = config.aws_secret_access_key,
          .session_token = config.aws_session_token,
          .profile = config.profile,
          .loopback = loopback,
          .own = source_of(config.credentials_provider),
          .http = http};
}

aws::Endpoint endpoint_of(const Config& config, const aws::ProfileSettings& profile,
                          const aws::Environment& environment) {
  aws::EndpointOutcome found =
      aws::resolve_endpoint_here({.service = aws::Service::kinesis,
                                  .region = config.region,
                                  .endpoint_url = config.endpoint_url,
                                  .use_fips = config.use_fips_endpoint,
                                  .use_dualstack = config.use_dualstack_endpoint,
                                  .hints = endpoint_hints(profile, aws::Service::kinesis, environment)},
                                 profile, environment, aws::make_web_call({}));
  if (!found) throw ConfigError{{found.problem}};
  return *std::move(found.endpoint);
}

}  // namespace aiokpl::detail
