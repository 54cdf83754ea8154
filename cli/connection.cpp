#include "cli/connection.hpp"

#include <algorithm>
#include <utility>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <aiokpl/error.hpp>

#include "aws/credentials.hpp"
#include "aws/endpoint.hpp"
#include "aws/instance_region.hpp"
#include "aws/web_call.hpp"
#include "cli/exit_status.hpp"
#include "producer/network_settings.hpp"

namespace aiokpl::cli {
namespace {

/// Of a command that asks a service once: what an instance, a program or a browser login gives may take its time.
constexpr std::chrono::seconds longest_wait_for_credentials{30};

// The library names the fields of its configuration; here people know flags.
std::string in_flags(std::string text) {
  for (const std::string_view field : {"profile", "region", "endpoint_url", "ca_bundle", "use_fips_endpoint",
                                       "use_dualstack_endpoint", "proxy_host", "proxy_port", "proxy_user_name"}) {
    if (!text.starts_with(std::string{field} + ":")) continue;
    std::replace(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(field.size()), '_', '-');
    return "--" + text;
  }
  return text;
}

aws::ProfileSettings profile_of(const Connection& connection, const aws::Environment& environment) {
  try {
    return detail::profile_of(connection.profile, environment);
  } catch (const ConfigError& wrong) {
    throw CommandError{ExitStatus::usage, in_flags(wrong.problems().front())};
  }
}

aws::Endpoint endpoint_of(const Connection& connection, const aws::ProfileSettings& profile,
                          const aws::Environment& environment) {
  auto found =
      aws::resolve_endpoint_here({.region = connection.region,
                                  .endpoint_url = connection.endpoint_url,
                                  .use_fips = connection.use_fips_endpoint,
                                  .use_dualstack = connection.use_dualstack_endpoint,
                                  .hints = detail::endpoint_hints(profile, aws::Service::kinesis, environment)},
                                 profile, environment, aws::make_web_call({}));
  if (found) return *std::move(found.endpoint);
  if (found.no_region) {
    throw CommandError{ExitStatus::nothing_done,
                       "no region: give --region, or set AWS_REGION; for a local Kinesis give --endpoint-url "
                       "http://127.0.0.1:4567"};
  }
  throw CommandError{ExitStatus::usage, in_flags(std::move(found.problem))};
}

std::string how_to_get_credentials(const std::string& reason) {
  return reason + "; give --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
}

aws::HttpOptions http_options_of(const Connection& connection, const aws::Environment& environment, bool tls,
                                 const std::optional<std::string>& profile_ca_bundle) {
  Config config;
  config.verify_ssl = !connection.no_verify_ssl;
  config.ca_bundle = connection.ca_bundle;
  config.proxy_host = connection.proxy.host;
  config.proxy_port = connection.proxy.port;
  config.proxy_user_name = connection.proxy.user_name;
  config.proxy_password = connection.proxy.password;
  config.max_connections = 1;
  try {
    config.validate();
    return detail::http_options(config, environment, tls, profile_ca_bundle);
  } catch (const ConfigError& wrong) {
    throw CommandError{ExitStatus::usage, in_flags(wrong.problems().front())};
  }
}

const std::string group = "Connection";

/// --NAME and --no-NAME.
void add_switch(CLI::App& command, const std::string& name, std::optional<bool>& place, const std::string& meaning) {
  command.add_flag_callback("--" + name, [&place] { place = true; }, meaning)->group(group);
  command.add_flag_callback("--no-" + name, [&place] { place = false; }, "The opposite of --" + name)->group(group);
}

}  // namespace

void add_connection_flags(CLI::App& command, Connection& connection) {
  command
      .add_option("--endpoint-url", connection.endpoint_url, "Instead of the region's endpoint: an http or https URL")
      ->type_name("URL")
      ->group(group);
  command
      .add_option("--region", connection.region,
                  "AWS region (default: AWS_REGION, AWS_DEFAULT_REGION, the profile's, the instance's)")
      ->type_name("REGION")
      ->group(group);
  command.add_option("--profile", connection.profile, "Profile of the shared AWS files")
      ->type_name("NAME")
      ->group(group);
  command.add_flag("--no-verify-ssl", connection.no_verify_ssl, "Accept any certificate")->group(group);
  command.add_option("--ca-bundle", connection.ca_bundle, "PEM file of authorities instead of the system's")
      ->type_name("FILE")
      ->group(group);
  add_switch(command, "use-fips-endpoint", connection.use_fips_endpoint, "The region's FIPS endpoint");
  add_switch(command, "use-dualstack-endpoint", connection.use_dualstack_endpoint,
             "The region's endpoint with IPv6 addresses too");
  command
      .add_option("--proxy-host", connection.proxy.host,
                  "HTTP proxy to every endpoint that is not on this machine (default: the environment's)")
      ->type_name("HOST")
      ->group(group);
  command.add_option("--proxy-port", connection.proxy.port, "Belongs to --proxy-host (default: 443)")
      ->type_name("PORT")
      ->group(group);
  command.add_option("--proxy-user-name", connection.proxy.user_name, "For a proxy that wants to know who one is")
      ->type_name("NAME")
      ->group(group);
}

aws::ClientOptions client_options(const Connection& connection, const aws::Environment& environment) {
  const aws::ProfileSettings profile = profile_of(connection, environment);
  aws::ClientOptions options;
  options.endpoint = endpoint_of(connection, profile, environment);
  options.http = http_options_of(connection, environment, options.endpoint.scheme == "https", profile.ca_bundle);
  options.user_agent_suffix = "cli";
  options.credentials = aws::default_credentials({.access_key_id = connection.access_key_id,
                                                  .secret_access_key = connection.secret_access_key,
                                                  .session_token = connection.session_token,
                                                  .profile = connection.profile,
                                                  .loopback = options.endpoint.loopback,
                                                  .http = options.http},
                                                 environment);
  options.credentials->await(longest_wait_for_credentials);
  const auto credentials = options.credentials->get(options.clock());
  if (!credentials) throw CommandError{ExitStatus::nothing_done, how_to_get_credentials(credentials.reason)};
  return options;
}

aws::KinesisApi make_kinesis_api(const Connection& connection) {
  return aws::KinesisApi{client_options(connection, aws::process_environment())};
}

std::string explain(std::string_view operation, const aws::ServiceException& refused) {
  std::string line{operation};
  line += ": " + refused.error().code;
  if (!refused.error().message.empty()) line += ": " + refused.error().message;
  return line;
}

nlohmann::json call_service(aws::KinesisApi& api, std::string_view operation, const nlohmann::json& request) {
  try {
    return api.call(operation, request);
  } catch (const aws::ServiceException& refused) {
    throw CommandError{ExitStatus::nothing_done, explain(operation, refused)};
  } catch (const aws::CredentialsException& missing) {
    throw CommandError{ExitStatus::nothing_done, how_to_get_credentials(missing.what())};
  } catch (const aws::TransportException& failed) {
    throw CommandError{ExitStatus::nothing_done, std::string{operation} + ": " + failed.what()};
  }
}

}  // namespace aiokpl::cli
