// Says as JSON what our reading of the AWS shared files comes to, for a comparison with AWS's own SDK:
//   profile_probe parse FILE...     the sections of each file, a line each; null for a file that is refused
//   profile_probe resolve [NAME]    with the process's environment: the settings of the profile, and the first source
//   of
//                                   credentials, which is not asked but described
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "aws/profile_chain.hpp"
#include "aws/profile_settings.hpp"

namespace aiokpl::aws {
namespace {

using Json = nlohmann::json;

/// What the last stand-in was made of; null when the credentials were at hand.
Json& last_description() {
  static Json description;
  return description;
}

Json optional(const std::optional<std::string>& value) {
  return value ? Json(*value) : Json();
}

Json describe(CredentialsSource& source, const FetchContext& context) {
  last_description() = nullptr;
  const Credentials credentials = source.fetch(context);
  if (!last_description().is_null()) return last_description();
  std::string method = "configuration";
  if (source.name() == "environment") method = "env";
  if (source.name().ends_with("keys in " + credentials_file_path(context.environment)))
    method = "shared-credentials-file";
  if (source.name().ends_with("keys in " + config_file_path(context.environment))) method = "config-file";
  return {{"method", method},
          {"access_key", credentials.access_key_id},
          {"secret_key", credentials.secret_access_key},
          {"token", credentials.session_token.empty() ? Json() : Json(credentials.session_token)}};
}

/// Stands where a source would ask a service.
class StandIn final : public CredentialsSource {
 public:
  explicit StandIn(Json description, SourcePtr base = nullptr)
      : description_(std::move(description)), base_{std::move(base)} {}

  Credentials fetch(const FetchContext& context) override {
    Json description = description_;
    if (base_) description["source"] = describe(*base_, context);
    const bool in_container = context.environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") ||
                              context.environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (description["method"] == "container-role" && !in_container) throw NotConfigured{"no container"};
    if (description["method"] == "iam-role" && is_switched_on(context.environment, "AWS_EC2_METADATA_DISABLED")) {
      throw NotConfigured{"switched off"};
    }
    last_description() = std::move(description);
    return {};
  }
  [[nodiscard]] std::string name() const override { return description_["method"]; }

 private:
  Json description_;
  SourcePtr base_;
};

Json described(const char* method, const AssumeRoleSettings& role) {
  return {{"method", method},
          {"role_arn", role.role_arn},
          {"session_name", role.session_name.empty() ? Json() : Json(role.session_name)},
          {"external_id", optional(role.external_id)},
          {"duration", role.duration ? Json(role.duration->count()) : Json()},
          {"sts_region", role.region.empty() ? Json() : Json(role.region)},
          {"sts_endpoint", optional(role.endpoint_url)}};
}

}  // namespace

// NOLINTBEGIN(performance-unnecessary-value-param): as they are declared
SourcePtr assume_role_source(AssumeRoleSettings settings, SourcePtr base) {
  return std::make_shared<StandIn>(described("assume-role", settings), std::move(base));
}

SourcePtr web_identity_source(WebIdentitySettings settings) {
  Json description = described("assume-role-with-web-identity", settings.role);
  description["token_file"] = settings.token_file;
  return std::make_shared<StandIn>(description);
}

SourcePtr sso_source(SsoSettings settings) {
  return std::make_shared<StandIn>(Json{{"method", "sso"},
                                        {"start_url", settings.start_url},
                                        {"region", settings.region},
                                        {"account_id", settings.account_id},
                                        {"role_name", settings.role_name},
                                        {"sso_session", optional(settings.session_name)}});
}

SourcePtr process_source(std::string command) {
  return std::make_shared<StandIn>(Json{{"method", "custom-process"}, {"command", std::move(command)}});
}

SourcePtr container_source() {
  return std::make_shared<StandIn>(Json{{"method", "container-role"}});
}

SourcePtr metadata_source(MetadataSettings settings) {
  return std::make_shared<StandIn>(Json{{"method", "iam-role"},
                                        {"endpoint", optional(settings.endpoint)},
                                        {"mode", settings.endpoint_mode.value_or("ipv4")}});
}

// NOLINTEND(performance-unnecessary-value-param)

namespace {

Json sections_of(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  Json sections = Json::object();
  for (const auto& [header, section] : parse_profile_file(text, path)) {
    Json& keys = sections[header] = Json::object();
    for (const auto& [key, value] : section) {
      if (!value.is_nested) {
        keys[key] = value.text.text();
        continue;
      }
      Json& nested = keys[key] = Json::object();
      for (const auto& [inner, words] : value.nested)
        nested[inner] = words.text();
    }
  }
  return sections;
}

Json attempt(auto&& ask) {
  try {
    return ask();
  } catch (const std::runtime_error& error) {
    return {{"error", error.what()}};
  }
}

Json credentials_of(const Profiles& profiles, const std::optional<std::string>& profile, const FetchContext& context) {
  for (const SourcePtr& source : default_chain({.profile = profile}, context.environment)) {
    try {
      Json description = describe(*source, context);
      if (source->name().starts_with("profile") && description["method"] == "configuration") {
        // Which of the two files the keys are from is known to what the profile leads to.
        description = describe(
            *resolve_profile(profiles, choose_profile(profile, context.environment), context.environment), context);
      }
      return description;
    } catch (const NotConfigured&) {
      continue;
    }
  }
  return nullptr;
}

Json settings_of(const ProfileSettings& settings, const Environment& environment) {
  Json endpoints = Json::object();
  for (const char* service : {"kinesis", "cloudwatch", "sts", "sso", "sso-oidc"}) {
    endpoints[service] = attempt([&] {
      const std::string_view name = service == std::string_view{"sso-oidc"} ? "sso_oidc" : service;
      return optional(endpoint_url_of(settings, name, environment));
    });
  }
  const StsPlace sts = sts_place(settings, environment);
  return {
      {"region", optional(region_of(settings, environment))},
      {"ca_bundle", optional(ca_bundle_of(settings, environment))},
      {"fips", uses_fips(settings, environment)},
      {"dualstack", uses_dualstack(settings, environment)},
      {"endpoints", endpoints},
      {"sts", {{"region", sts.region.empty() ? Json() : Json(sts.region)}, {"endpoint", optional(sts.endpoint_url)}}}};
}

Json resolved(const std::optional<std::string>& profile) {
  const FetchContext context{.environment = process_environment(), .call = {}, .clock = {}};
  const ProfileChoice choice = choose_profile(profile, context.environment);
  const Profiles profiles = Profiles::read(context.environment);
  profiles.require(choice);
  return {{"profile", choice.name},
          {"credentials", attempt([&] { return credentials_of(profiles, profile, context); })},
          {"settings", attempt([&] {
             return settings_of(load_profile_settings(context.environment, profile), context.environment);
           })}};
}

}  // namespace
}  // namespace aiokpl::aws

int main(int count, char** arguments) {
  using namespace aiokpl::aws;
  const std::string_view what = count > 1 ? arguments[1] : "";
  if (what == "parse") {
    for (int i = 2; i < count; ++i)
      std::cout << attempt([&] { return sections_of(arguments[i]); }).dump() << "\n";
    return 0;
  }
  if (what != "resolve") {
    std::cerr << "profile_probe parse FILE... | resolve [NAME]\n";
    return 2;
  }
  std::cout << attempt([&] { return resolved(count > 2 ? std::optional<std::string>{arguments[2]} : std::nullopt); })
            << "\n";
  return 0;
}
