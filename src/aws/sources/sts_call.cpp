#include "aws/sources/sts_call.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string_view>

#include <unistd.h>

#include "aws/partitions.hpp"
#include "aws/secrets.hpp"
#include "aws/sources/service_calls.hpp"
#include "aws/web_url.hpp"

namespace aiokpl::aws {
namespace {

constexpr std::string_view global_region = "aws-global";
constexpr std::string_view signing_region_of_global = "us-east-1";

std::string region_of(const AssumeRoleSettings& settings, const Environment& environment) {
  if (!settings.region.empty()) return settings.region;
  for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (auto value = environment(name)) return *std::move(value);
  }
  return {};
}

bool wants_legacy(const Environment& environment) {
  const auto mode = environment("AWS_STS_REGIONAL_ENDPOINTS");
  if (!mode || *mode == "regional") return false;
  if (*mode == "legacy") return true;
  throw CredentialsFailure{"AWS_STS_REGIONAL_ENDPOINTS: must be regional or legacy, got \"" + quotable(*mode) + "\""};
}

bool is_session_character(char c) {
  constexpr std::string_view others = "_+=,.@-";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         others.find(c) != std::string_view::npos;
}

}  // namespace

StsEndpoint sts_endpoint(const AssumeRoleSettings& settings, const Environment& environment) {
  std::string region = region_of(settings, environment);
  if (const auto configured = configured_url(environment, "AWS_ENDPOINT_URL_STS", settings.endpoint_url)) {
    const auto url = read_web_url(configured->url);
    if (!url || !url->query.empty()) {
      // The value is not shown: it may hold a password.
      throw CredentialsFailure{configured->setting +
                               ": must be an http or https URL such as https://sts.us-east-1.amazonaws.com"};
    }
    if (region.empty() || region == global_region) region = signing_region_of_global;
    return {.url = configured->url, .region = std::move(region)};
  }
  const bool legacy = wants_legacy(environment) && was_served_by_global_sts(region);
  if (region.empty() || region == global_region || legacy) {
    return {.url = "https://sts.amazonaws.com/", .region = std::string{signing_region_of_global}};
  }
  std::string url = "https://" + regional_host("sts", region) + "/";
  return {.url = std::move(url), .region = std::move(region)};
}

std::string session_name(const AssumeRoleSettings& settings, const FetchContext& context) {
  if (settings.session_name.empty()) {
    const auto since_1970 = std::chrono::floor<std::chrono::seconds>(context.clock()).time_since_epoch();
    return "aiokpl-" + std::to_string(getpid()) + "-" + std::to_string(since_1970.count());
  }
  const std::string& name = settings.session_name;
  if (name.size() >= 2 && name.size() <= 64 && std::ranges::all_of(name, is_session_character)) return name;
  throw CredentialsFailure{"role_session_name: must be 2 to 64 letters, digits or of _+=,.@- got \"" + quotable(name) +
                           "\""};
}

FormFields role_fields(const AssumeRoleSettings& settings, const std::string& action, const FetchContext& context) {
  const std::string& arn = settings.role_arn;
  if (!arn.starts_with("arn:") || arn.size() < 20 || arn.size() > 2048) {
    throw CredentialsFailure{"role_arn: must be an ARN such as arn:aws:iam::123456789012:role/name, got \"" +
                             quotable(arn) + "\""};
  }
  FormFields fields{{"Action", action},
                    {"Version", "2011-06-15"},
                    {"RoleArn", arn},
                    {"RoleSessionName", session_name(settings, context)}};
  if (settings.duration) {
    using namespace std::chrono_literals;
    if (*settings.duration < 15min || *settings.duration > 12h) {
      throw CredentialsFailure{"duration_seconds: must be from 900 to 43200, got " +
                               std::to_string(settings.duration->count())};
    }
    fields.emplace_back("DurationSeconds", std::to_string(settings.duration->count()));
  }
  return fields;
}

std::string form_encoded(const FormFields& fields) {
  std::string text;
  for (const auto& [name, value] : fields) {
    if (!text.empty()) text += '&';
    text.append(name).append("=").append(percent_encoded(value));
  }
  return text;
}

}  // namespace aiokpl::aws
