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
constexpr std::string_view region_of_global = "us-east-1";

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

/// What says neither is refused where the endpoint is made.
bool is_on(const Environment& environment, const char* name, std::optional<bool> otherwise) {
  if (const auto value = environment(name)) return read_switch(*value).value_or(false);
  return otherwise.value_or(false);
}

bool is_session_character(char c) {
  constexpr std::string_view others = "_+=,.@-";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         others.find(c) != std::string_view::npos;
}

}  // namespace

Endpoint sts_endpoint(const AssumeRoleSettings& settings, const Environment& environment) {
  const EndpointSwitches& switches = settings.switches;
  const bool legacy = wants_legacy(environment);
  const bool one_of_many = is_on(environment, "AWS_USE_FIPS_ENDPOINT", switches.use_fips) ||
                           is_on(environment, "AWS_USE_DUALSTACK_ENDPOINT", switches.use_dualstack);
  std::string region = region_of(settings, environment);
  if (one_of_many) {
    // The global endpoint has no such names; it is served in this region.
    if (region.empty() || region == global_region) region = region_of_global;
  } else if (region.empty() || (legacy && was_served_by_global_sts(region))) {
    region = global_region;
  }
  return endpoint_for(Service::sts, region, settings.endpoint_url, switches, environment);
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
