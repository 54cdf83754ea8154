#include "aws/profile_settings.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "aws/partitions.hpp"
#include "codec/ascii.hpp"

namespace aiokpl::aws {
namespace {

constexpr std::array<std::string_view, 5> services{"kinesis", "cloudwatch", "sts", "sso", "sso_oidc"};

[[noreturn]] void refuse(const std::string& setting, std::string_view value, std::string_view allowed) {
  std::string words{setting};
  words.append(": must be ").append(allowed).append(", got \"").append(value).append("\"");
  throw ProfileError{words};
}

bool truth(const std::string& setting, std::string_view value) {
  if (const auto on = read_switch(value)) return *on;
  refuse(setting, value, "true or false");
}

std::string choice(const std::string& setting, std::string value, std::string_view one, std::string_view other) {
  value = codec::to_lower(value);
  if (value != one && value != other) {
    refuse(setting, value, std::string{one}.append(" or ").append(other));
  }
  return value;
}

class Reader {
 public:
  Reader(const Profiles& profiles, std::string_view profile) : profiles_{profiles}, profile_{profile} {}

  [[nodiscard]] std::string setting(std::string_view key) const {
    return std::string{"profile "}.append(profile_).append(": ").append(key);
  }

  [[nodiscard]] std::optional<std::string> text(std::string_view key) const {
    const ProfileValue* value = profiles_.find(profile_, key);
    if (value == nullptr || value->text.text().empty()) return std::nullopt;
    if (value->text.text().find('\n') != std::string::npos) {
      throw ProfileError{setting(key) + ": must be on one line, and goes on in the indented lines below it"};
    }
    return value->text.text();
  }

  [[nodiscard]] std::optional<bool> flag(std::string_view key) const {
    const auto value = text(key);
    return value ? std::optional{truth(setting(key), *value)} : std::nullopt;
  }

 private:
  const Profiles& profiles_;
  std::string_view profile_;
};

void read_services(const Profiles& profiles, const Reader& reader, ProfileSettings& settings) {
  const auto name = reader.text("services");
  if (!name) return;
  const ProfileSection* section = profiles.services(*name);
  if (section == nullptr || section->empty()) {
    settings.services_problem = reader.setting("services") + ": there is no section [services " + *name + "] in " +
                                profiles.config_path() + ", or it is empty";
    return;
  }
  for (const std::string_view service : services) {
    const auto found = section->find(service);
    if (found == section->end()) continue;
    if (!found->second.is_nested) {
      settings.services_problem = "[services " + *name + "] of " + profiles.config_path() + ": " +
                                  std::string{service} +
                                  " must be followed by indented lines such as endpoint_url = URL";
      return;
    }
    const auto url = found->second.nested.find("endpoint_url");
    if (url == found->second.nested.end() || url->second.text().empty()) continue;
    settings.service_endpoint_urls.emplace(service, url->second.text());
  }
}

std::optional<bool> flag_of(const Environment& environment, const char* name, const std::optional<bool>& otherwise) {
  if (const auto value = environment(name)) return truth(name, *value);
  return otherwise;
}

std::string service_variable(std::string_view service) {
  std::string name = "AWS_ENDPOINT_URL_";
  for (const char c : service)
    name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

}  // namespace

ProfileSettings profile_settings(const Profiles& profiles, std::string_view profile) {
  const Reader reader{profiles, profile};
  ProfileSettings settings;
  settings.profile = profile;
  settings.region = reader.text("region");
  settings.endpoint_url = reader.text("endpoint_url");
  read_services(profiles, reader, settings);
  settings.ignore_configured_endpoint_urls = reader.flag("ignore_configured_endpoint_urls");
  settings.use_fips_endpoint = reader.flag("use_fips_endpoint");
  settings.use_dualstack_endpoint = reader.flag("use_dualstack_endpoint");
  settings.ca_bundle = reader.text("ca_bundle");
  if (auto value = reader.text("sts_regional_endpoints")) {
    settings.sts_regional_endpoints =
        choice(reader.setting("sts_regional_endpoints"), *std::move(value), "regional", "legacy");
  }
  settings.metadata_endpoint = reader.text("ec2_metadata_service_endpoint");
  if (auto value = reader.text("ec2_metadata_service_endpoint_mode")) {
    settings.metadata_endpoint_mode =
        choice(reader.setting("ec2_metadata_service_endpoint_mode"), *std::move(value), "ipv4", "ipv6");
  }
  settings.imds_use_ipv6 = reader.flag("imds_use_ipv6");
  return settings;
}

ProfileSettings load_profile_settings(const Environment& environment, const std::optional<std::string>& profile) {
  const ProfileChoice chosen = choose_profile(profile, environment);
  const Profiles profiles = Profiles::read(environment);
  profiles.require(chosen);
  return profile_settings(profiles, chosen.name);
}

std::optional<std::string> region_of(const ProfileSettings& settings, const Environment& environment) {
  for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (auto value = environment(name)) return value;
  }
  return settings.region;
}

std::optional<std::string> endpoint_url_of(const ProfileSettings& settings, std::string_view service,
                                           const Environment& environment) {
  if (flag_of(environment, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", settings.ignore_configured_endpoint_urls)
          .value_or(false)) {
    return std::nullopt;
  }
  if (auto url = environment(service_variable(service).c_str())) return url;
  if (auto url = environment("AWS_ENDPOINT_URL")) return url;
  if (!settings.services_problem.empty()) throw ProfileError{settings.services_problem};
  const auto own = settings.service_endpoint_urls.find(service);
  return own != settings.service_endpoint_urls.end() ? std::optional{own->second} : settings.endpoint_url;
}

std::optional<std::string> ca_bundle_of(const ProfileSettings& settings, const Environment& environment) {
  auto value = environment("AWS_CA_BUNDLE");
  return value ? value : settings.ca_bundle;
}

bool uses_fips(const ProfileSettings& settings, const Environment& environment) {
  return flag_of(environment, "AWS_USE_FIPS_ENDPOINT", settings.use_fips_endpoint).value_or(false);
}

bool uses_dualstack(const ProfileSettings& settings, const Environment& environment) {
  return flag_of(environment, "AWS_USE_DUALSTACK_ENDPOINT", settings.use_dualstack_endpoint).value_or(false);
}

StsPlace sts_place(const ProfileSettings& settings, const Environment& environment) {
  StsPlace place{.region = region_of(settings, environment).value_or(""),
                 .endpoint_url = endpoint_url_of(settings, "sts", environment)};
  auto which = environment("AWS_STS_REGIONAL_ENDPOINTS");
  if (which) which = choice("AWS_STS_REGIONAL_ENDPOINTS", *std::move(which), "regional", "legacy");
  if (which.value_or(settings.sts_regional_endpoints.value_or("regional")) == "regional") return place;
  const bool once_global = was_served_by_global_sts(place.region);
  if (once_global && !place.endpoint_url && !uses_fips(settings, environment) &&
      !uses_dualstack(settings, environment)) {
    return {.region = "us-east-1", .endpoint_url = "https://sts.amazonaws.com"};
  }
  return place;
}

std::optional<std::string> metadata_endpoint_of(const ProfileSettings& settings, const Environment& environment) {
  auto value = environment("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  return value ? value : settings.metadata_endpoint;
}

std::optional<std::string> metadata_endpoint_mode_of(const ProfileSettings& settings, const Environment& environment) {
  constexpr const char* variable = "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE";
  if (auto value = environment(variable)) return choice(variable, *std::move(value), "ipv4", "ipv6");
  if (settings.metadata_endpoint_mode) return settings.metadata_endpoint_mode;
  if (flag_of(environment, "AWS_IMDS_USE_IPV6", settings.imds_use_ipv6).value_or(false)) return "ipv6";
  return std::nullopt;
}

}  // namespace aiokpl::aws
