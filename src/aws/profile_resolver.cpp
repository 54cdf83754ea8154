// From what the files say to the source that is meant.
#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "aws/profile_chain.hpp"
#include "aws/profile_settings.hpp"

namespace aiokpl::aws {
namespace {

[[noreturn]] void fail(std::string_view profile, std::string_view what) {
  std::string words{"profile "};
  words.append(profile).append(": ").append(what);
  throw CredentialsFailure{words};
}

/// Keys that a file holds.
class FileKeys final : public CredentialsSource {
 public:
  FileKeys(const Credentials& keys, std::string name) : keys_{keys}, name_{std::move(name)} {}
  [[nodiscard]] Credentials fetch(const FetchContext&) override { return keys_; }
  [[nodiscard]] std::string name() const override { return name_; }

 private:
  Credentials keys_;
  std::string name_;
};

/// What a role is assumed with is meant: that it is not configured is a failure, and not a reason to go on.
class Required final : public CredentialsSource {
 public:
  Required(SourcePtr source, std::string whose) : source_{std::move(source)}, whose_{std::move(whose)} {}

  [[nodiscard]] Credentials fetch(const FetchContext& context) override {
    try {
      return source_->fetch(context);
    } catch (const NotConfigured& none) {
      throw CredentialsFailure{whose_ + ": " + none.what()};
    }
  }
  [[nodiscard]] std::string name() const override { return source_->name(); }

 private:
  SourcePtr source_;
  std::string whose_;
};

class Resolver {
 public:
  Resolver(const Profiles& profiles, const ProfileChoice& choice, const Environment& environment)
      : profiles_{profiles}, choice_{choice}, environment_{environment} {}

  SourcePtr resolve() {
    if (has_role(choice_.name)) {
      visited_.push_back(choice_.name);
      return role(choice_.name);
    }
    return own_credentials(choice_.name, !choice_.by_program());
  }

 private:
  // Values. All of them but a command have to be on one line: some of them become parts of headers and URLs.

  [[nodiscard]] const ProfileValue* find(std::string_view profile, std::string_view key) const {
    return profiles_.find(profile, key);
  }

  [[nodiscard]] static std::string one_line(std::string_view profile, std::string_view key, const ProfileValue& value) {
    const std::string& text = value.text.text();
    if (text.empty()) fail(profile, std::string{key} + " is empty");
    if (std::ranges::any_of(text, [](unsigned char c) { return c < ' ' || c == 0x7F; })) {
      fail(profile, std::string{key} + " must be on one line and without control characters");
    }
    return text;
  }

  [[nodiscard]] std::optional<std::string> text(std::string_view profile, std::string_view key) const {
    const ProfileValue* value = find(profile, key);
    return value == nullptr ? std::nullopt : std::optional{one_line(profile, key, *value)};
  }

  // Roles.

  [[nodiscard]] bool has_role(std::string_view profile) const {
    return find(profile, "role_arn") != nullptr && find(profile, "web_identity_token_file") == nullptr;
  }

  [[nodiscard]] bool has_keys(std::string_view profile) const {
    return find(profile, "aws_access_key_id") != nullptr || find(profile, "aws_secret_access_key") != nullptr;
  }

  [[nodiscard]] AssumeRoleSettings role_at(std::string arn) {
    // The region and the endpoint are those of the profile that was asked for, not of the one that has the role.
    if (!sts_) sts_ = sts_place(chosen_settings(), environment_);
    return {.role_arn = std::move(arn),
            .region = sts_->region,
            .endpoint_url = sts_->endpoint_url,
            .switches = switches_of(chosen_settings())};
  }

  [[nodiscard]] const ProfileSettings& chosen_settings() {
    if (!chosen_) chosen_ = profile_settings(profiles_, choice_.name);
    return *chosen_;
  }

  [[nodiscard]] static EndpointSwitches switches_of(const ProfileSettings& settings) {
    return {.use_fips = settings.use_fips_endpoint,
            .use_dualstack = settings.use_dualstack_endpoint,
            .ignore_configured_endpoint_urls = settings.ignore_configured_endpoint_urls};
  }

  [[nodiscard]] std::optional<std::chrono::seconds> duration(const std::string& profile) const {
    const auto value = text(profile, "duration_seconds");
    if (!value) return std::nullopt;
    int seconds = 0;
    const char* end = value->data() + value->size();
    const auto [stopped, error] = std::from_chars(value->data(), end, seconds);
    if (error != std::errc{} || stopped != end || seconds < 900 || seconds > 43'200) {
      fail(profile, "duration_seconds must be a whole number from 900 to 43200, got \"" + *value + "\"");
    }
    return std::chrono::seconds{seconds};
  }

  SourcePtr role(const std::string& profile) {
    const auto source_profile = text(profile, "source_profile");
    const auto credential_source = text(profile, "credential_source");
    if (source_profile && credential_source) {
      fail(profile, "source_profile and credential_source are both set; one of them has to go");
    }
    if (!source_profile && !credential_source) {
      fail(profile, "role_arn is set without source_profile or credential_source");
    }
    if (find(profile, "mfa_serial") != nullptr) {
      fail(profile,
           "mfa_serial is not supported, since nobody is there to type a code; use a role without it, or "
           "credential_process");
    }
    AssumeRoleSettings settings = role_at(text(profile, "role_arn").value_or(""));
    settings.session_name = text(profile, "role_session_name").value_or("");
    settings.external_id = text(profile, "external_id");
    settings.duration = duration(profile);
    SourcePtr base =
        credential_source ? named_source(profile, *credential_source) : source_of_profile(profile, *source_profile);
    return assume_role_source(std::move(settings), std::make_shared<Required>(std::move(base), "profile " + profile));
  }

  [[nodiscard]] SourcePtr named_source(const std::string& profile, const std::string& name) {
    if (name == "Environment") return environment_source();
    if (name == "EcsContainer") return container_source();
    if (name == "Ec2InstanceMetadata") {
      const ProfileSettings& settings = chosen_settings();
      return metadata_source(
          {metadata_endpoint_of(settings, environment_), metadata_endpoint_mode_of(settings, environment_)});
    }
    fail(profile, "credential_source must be Environment, Ec2InstanceMetadata or EcsContainer, got \"" + name + "\"");
  }

  SourcePtr source_of_profile(const std::string& profile, const std::string& source) {
    if (!profiles_.contains(source)) {
      fail(profile, "source_profile: there is no profile \"" + source + "\" in " + profiles_.config_path() + " and " +
                        profiles_.credentials_path());
    }
    // A profile may be its own source: its keys are then what its role is assumed with.
    const bool own = source == profile && has_keys(source);
    if (!own && std::ranges::find(visited_, source) != visited_.end()) fail(visited_.front(), loop_words(source));
    visited_.push_back(source);
    if (!has_keys(source) && has_role(source)) return role(source);
    SourcePtr found = own_credentials(source, false);
    if (!found) fail(source, "it is the source_profile of " + profile + " and has no credentials");
    return found;
  }

  [[nodiscard]] std::string loop_words(const std::string& again) const {
    std::string words = "source_profile leads in a circle: ";
    for (const std::string& profile : visited_)
      words.append(profile).append(" -> ");
    return words + again;
  }

  // Everything but roles.

  SourcePtr own_credentials(const std::string& profile, bool with_environment) {
    if (SourcePtr source = web_identity(profile, with_environment)) return source;
    if (SourcePtr source = sso(profile)) return source;
    if (SourcePtr source = keys(profile, profiles_.in_credentials(profile), profiles_.credentials_path()))
      return source;
    if (find(profile, "login_session") != nullptr) {
      fail(profile, "login_session is not supported; credential_process = aws configure export-credentials --profile " +
                        profile + ", in a profile of its own, makes these credentials available");
    }
    if (SourcePtr source = process(profile)) return source;
    return keys(profile, profiles_.in_config(profile), profiles_.config_path());
  }

  /// A variable of the environment, or else the key.
  [[nodiscard]] std::optional<std::string> either(const char* variable, const std::string& profile,
                                                  std::string_view key) const {
    if (variable != nullptr) {
      if (auto value = environment_(variable)) return value;
    }
    return text(profile, key);
  }

  SourcePtr web_identity(const std::string& profile, bool with_environment) {
    const auto variable = [&](const char* name) { return with_environment ? name : nullptr; };
    auto token_file = either(variable("AWS_WEB_IDENTITY_TOKEN_FILE"), profile, "web_identity_token_file");
    if (!token_file) return nullptr;
    auto arn = either(variable("AWS_ROLE_ARN"), profile, "role_arn");
    if (!arn) fail(profile, "a web identity token file is set without AWS_ROLE_ARN or role_arn");
    WebIdentitySettings settings{.role = role_at(*std::move(arn)), .token_file = *std::move(token_file)};
    settings.role.session_name = either(variable("AWS_ROLE_SESSION_NAME"), profile, "role_session_name").value_or("");
    return web_identity_source(std::move(settings));
  }

  SourcePtr sso(const std::string& profile) {
    if (find(profile, "sso_role_name") == nullptr && find(profile, "sso_account_id") == nullptr) return nullptr;
    const auto session_name = text(profile, "sso_session");
    const ProfileSection* session = nullptr;
    if (session_name) {
      session = profiles_.sso_session(*session_name);
      if (session == nullptr) {
        fail(profile,
             "sso_session: there is no section [sso-session " + *session_name + "] in " + profiles_.config_path());
      }
      check_sso_session(profile, *session);
    }
    std::string missing;
    const auto need = [&](std::string_view key) {
      if (session != nullptr && session->contains(key)) return one_line(profile, key, session->find(key)->second);
      auto value = text(profile, key);
      if (!value) missing.append(missing.empty() ? "" : ", ").append(key);
      return value.value_or("");
    };
    SsoSettings settings{.start_url = need("sso_start_url"),
                         .region = need("sso_region"),
                         .account_id = need("sso_account_id"),
                         .role_name = need("sso_role_name"),
                         .session_name = session_name,
                         .profile = profile,
                         .switches = switches_of(chosen_settings())};
    if (!missing.empty()) fail(profile, "SSO is meant, but this is missing: " + missing);
    settings.endpoint_url = endpoint_url_of(chosen_settings(), "sso", environment_);
    settings.oidc_endpoint_url = endpoint_url_of(chosen_settings(), "sso_oidc", environment_);
    return sso_source(std::move(settings));
  }

  /// What both say has to be the same.
  void check_sso_session(const std::string& profile, const ProfileSection& session) const {
    for (const auto& [key, value] : session) {
      const ProfileValue* own = find(profile, key);
      if (own != nullptr && own->text.text() != value.text.text()) {
        fail(profile, key + " is not what the section of its sso_session says");
      }
    }
  }

  static SourcePtr keys(const std::string& profile, const ProfileSection* section, const std::string& path) {
    if (section == nullptr || !section->contains("aws_access_key_id")) return nullptr;
    if (!section->contains("aws_secret_access_key")) {
      fail(profile, "aws_access_key_id is set without aws_secret_access_key in " + path);
    }
    Credentials found;
    found.access_key_id = one_line(profile, "aws_access_key_id", section->find("aws_access_key_id")->second);
    found.secret_access_key =
        one_line(profile, "aws_secret_access_key", section->find("aws_secret_access_key")->second);
    for (const std::string_view key : {"aws_security_token", "aws_session_token"}) {
      const auto token = section->find(key);
      if (token == section->end()) continue;
      if (!token->second.text.text().empty()) found.session_token = one_line(profile, key, token->second);
      break;
    }
    return std::make_shared<FileKeys>(found, "profile " + profile + ": keys in " + path);
  }

  SourcePtr process(const std::string& profile) const {
    const ProfileValue* command = find(profile, "credential_process");
    if (command == nullptr) return nullptr;
    if (command->text.text().empty()) fail(profile, "credential_process is empty");
    return process_source(command->text.text());
  }

  const Profiles& profiles_;
  const ProfileChoice& choice_;
  const Environment& environment_;
  /// From the profile that was asked for to the source that is being looked at.
  std::vector<std::string> visited_;
  std::optional<ProfileSettings> chosen_;
  std::optional<StsPlace> sts_;
};

}  // namespace

SourcePtr resolve_profile(const Profiles& profiles, const ProfileChoice& choice, const Environment& environment) {
  try {
    profiles.require(choice);
    return Resolver{profiles, choice, environment}.resolve();
  } catch (const ProfileError& error) {
    throw CredentialsFailure{error.what()};
  }
}

}  // namespace aiokpl::aws
