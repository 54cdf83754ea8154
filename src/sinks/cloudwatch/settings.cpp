#include "sinks/cloudwatch/settings.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <aiokpl/error.hpp>

#include "aws/instance_region.hpp"
#include "aws/kinesis_client.hpp"
#include "aws/web_call.hpp"
#include "producer/network_settings.hpp"
#include "sinks/web/web_client.hpp"

namespace aiokpl::sinks {
namespace {

constexpr std::size_t longest_name_space = 255;

bool is_name_space(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view{" .-_/#:"}.find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= longest_name_space && std::ranges::all_of(text, allowed) &&
         text.find_first_not_of(' ') != std::string_view::npos && !text.starts_with(':') && !text.starts_with("AWS/");
}

bool given(const std::optional<std::string>& value) {
  return value && !value->empty();
}

bool has_credentials(const CloudWatchSinkOptions& options) {
  return given(options.aws_access_key_id) || given(options.aws_secret_access_key) || given(options.aws_session_token);
}

/// Region and URL as far as they are given; what is absent is no problem yet.
std::optional<std::string> problem_of_endpoint(const CloudWatchSinkOptions& options) {
  const std::string region = options.region.empty() ? "us-east-1" : options.region;
  const auto nothing = [](const char*) { return std::optional<std::string>{}; };
  const aws::EndpointOutcome outcome = aws::resolve_endpoint(
      {.service = aws::Service::cloudwatch, .region = region, .endpoint_url = options.endpoint_url}, nothing);
  if (outcome) return std::nullopt;
  return outcome.problem;
}

/// Says which one is missing, and shows none.
std::optional<std::string> problem_of_credentials(const CloudWatchSinkOptions& options) {
  const bool id = given(options.aws_access_key_id);
  const bool secret = given(options.aws_secret_access_key);
  if (id && !secret) return "aws_secret_access_key: must be given with aws_access_key_id, got nothing";
  if (!id && has_credentials(options)) {
    return "aws_access_key_id: must be given with a secret or a token, got nothing";
  }
  return std::nullopt;
}

}  // namespace

void check_options(const CloudWatchSinkOptions& options) {
  std::vector<std::string> problems;
  if (!is_name_space(options.name_space)) {
    problems.push_back(
        "name_space: must be 1 to 255 letters, digits, spaces and . - _ / # : and begin neither with a colon nor with "
        "AWS/, got \"" +
        options.name_space + "\"");
  }
  if (auto problem = problem_of_endpoint(options)) problems.push_back(*std::move(problem));
  if (auto problem = problem_of_credentials(options)) problems.push_back(*std::move(problem));
  if (options.ca_bundle && options.ca_bundle->empty()) {
    problems.emplace_back("ca_bundle: must be the path of a PEM file, got \"\"");
  }
  if (options.names != CloudWatchNames::both && options.names != CloudWatchNames::page &&
      options.names != CloudWatchNames::kpl) {
    problems.push_back("names: must be both, page or kpl, got " + std::to_string(static_cast<int>(options.names)));
  }
  if (!problems.empty()) throw ConfigError{std::move(problems)};
}

CloudWatchAccess resolve_access(const CloudWatchSinkOptions& options, const Config& producer,
                                const aws::Environment& environment) {
  const aws::ProfileSettings profile = detail::profile_of(producer.profile, environment);
  const std::string& region = options.region.empty() ? producer.region : options.region;
  aws::EndpointOutcome outcome =
      aws::resolve_endpoint_here({.service = aws::Service::cloudwatch,
                                  .region = region,
                                  .endpoint_url = options.endpoint_url,
                                  .use_fips = producer.use_fips_endpoint,
                                  .use_dualstack = producer.use_dualstack_endpoint,
                                  .hints = detail::endpoint_hints(profile, aws::Service::cloudwatch, environment)},
                                 profile, environment, aws::make_web_call({}));
  if (!outcome) throw ConfigError{{outcome.problem}};
  const bool tls = outcome.endpoint->scheme == "https";
  CloudWatchAccess access{.endpoint = *std::move(outcome.endpoint),
                          .credentials = nullptr,
                          .http = http_options(producer, environment, tls, profile.ca_bundle)};
  access.http.user_agent = aws::user_agent(producer.user_agent_suffix);
  if (options.verify_ssl) access.http.verify_ssl = *options.verify_ssl;
  if (options.ca_bundle) access.http.ca_bundle = options.ca_bundle;
  aws::CredentialsSettings keys = detail::credentials_settings(producer, access.endpoint.loopback, access.http);
  // All three together: a key of one place with a token of the other would be nobody's.
  if (has_credentials(options)) {
    keys.access_key_id = options.aws_access_key_id;
    keys.secret_access_key = options.aws_secret_access_key;
    keys.session_token = options.aws_session_token;
    keys.own = nullptr;
  }
  access.credentials = aws::default_credentials(keys, environment);
  return access;
}

}  // namespace aiokpl::sinks
