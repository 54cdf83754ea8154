#include "aws/profile_chain.hpp"

#include <memory>
#include <string_view>
#include <utility>

#include <openssl/crypto.h>

#include "aws/credentials.hpp"
#include "aws/profile_settings.hpp"

namespace aiokpl::aws {
namespace {

void wipe(std::optional<std::string>& secret) noexcept {
  if (!secret) return;
  secret->resize(secret->capacity());
  OPENSSL_cleanse(secret->data(), secret->size());
  secret.reset();
}

/// What a provider has, which answers at once.
Credentials ask(CredentialsProvider& provider) {
  CredentialsOutcome outcome = provider.get(std::chrono::system_clock::now());
  if (outcome.credentials) return *std::move(outcome.credentials);
  if (outcome.misconfigured) throw CredentialsFailure{outcome.reason};
  throw NotConfigured{outcome.reason};
}

class Static final : public CredentialsSource {
 public:
  Static(const std::optional<std::string>& key_id, const std::optional<std::string>& secret,
         const std::optional<std::string>& token)
      : keys_{key_id, secret, token} {}

  [[nodiscard]] Credentials fetch(const FetchContext&) override { return ask(keys_); }
  [[nodiscard]] std::string name() const override { return "configuration"; }

 private:
  StaticCredentials keys_;
};

class EnvironmentKeys final : public CredentialsSource {
 public:
  [[nodiscard]] Credentials fetch(const FetchContext& context) override {
    EnvironmentCredentials keys{[&](const char* name) {
      if (std::string_view{name} == "AWS_SESSION_TOKEN") {
        // The older name, which AWS's SDK for Python puts first.
        if (auto token = context.environment("AWS_SECURITY_TOKEN")) return token;
      }
      return context.environment(name);
    }};
    return ask(keys);
  }
  [[nodiscard]] std::string name() const override { return "environment"; }
};

class EnvironmentWebIdentity final : public CredentialsSource {
 public:
  [[nodiscard]] Credentials fetch(const FetchContext& context) override {
    if (!context.environment("AWS_WEB_IDENTITY_TOKEN_FILE")) throw NotConfigured{"AWS_WEB_IDENTITY_TOKEN_FILE"};
    if (!context.environment("AWS_ROLE_ARN")) {
      throw CredentialsFailure{"AWS_WEB_IDENTITY_TOKEN_FILE is set without AWS_ROLE_ARN in the environment"};
    }
    const Profiles none;
    return resolve_profile(none, {}, context.environment)->fetch(context);
  }
  [[nodiscard]] std::string name() const override { return "web identity of the environment"; }
};

class Profile final : public CredentialsSource {
 public:
  explicit Profile(std::optional<std::string> configured) : configured_{std::move(configured)} {}

  [[nodiscard]] Credentials fetch(const FetchContext& context) override {
    const ProfileChoice choice = choose_profile(configured_, context.environment);
    const Profiles profiles = read(context.environment);
    const SourcePtr source = resolve_profile(profiles, choice, context.environment);
    if (source) return source->fetch(context);
    std::string words = "credentials of the profile " + choice.name + " in " + profiles.config_path() + " and " +
                        profiles.credentials_path();
    if (!profiles.unread().empty()) words += " (" + profiles.unread() + ")";
    throw NotConfigured{words};
  }
  [[nodiscard]] std::string name() const override { return configured_ ? "profile " + *configured_ : "profile"; }

 private:
  static Profiles read(const Environment& environment) {
    try {
      return Profiles::read(environment);
    } catch (const ProfileError& error) {
      throw CredentialsFailure{error.what()};
    }
  }

  std::optional<std::string> configured_;
};

/// Instance metadata, where the profile says that it is. One source for the same place: it remembers that somebody
/// answered there, so that silence is a failure that passes, and not an instance that there is not.
class Metadata final : public CredentialsSource {
 public:
  explicit Metadata(std::optional<std::string> configured) : configured_{std::move(configured)} {}

  [[nodiscard]] Credentials fetch(const FetchContext& context) override {
    MetadataSettings wanted = settings(context.environment);
    if (!source_ || wanted != asked_) {
      asked_ = std::move(wanted);
      source_ = metadata_source(asked_);
    }
    return source_->fetch(context);
  }
  [[nodiscard]] std::string name() const override { return "instance metadata"; }

 private:
  [[nodiscard]] MetadataSettings settings(const Environment& environment) const {
    try {
      const ProfileSettings found = load_profile_settings(environment, configured_);
      return {metadata_endpoint_of(found, environment), metadata_endpoint_mode_of(found, environment)};
    } catch (const ProfileError& error) {
      throw CredentialsFailure{error.what()};
    }
  }

  std::optional<std::string> configured_;
  MetadataSettings asked_;
  SourcePtr source_;
};

class Chain final : public CredentialsSource {
 public:
  explicit Chain(std::vector<SourcePtr> sources) : sources_{std::move(sources)} {}

  [[nodiscard]] Credentials fetch(const FetchContext& context) override {
    std::string absent;
    for (const SourcePtr& source : sources_) {
      try {
        return source->fetch(context);
      } catch (const NotConfigured& none) {
        absent.append(absent.empty() ? "" : "; ").append(source->name()).append(": ").append(none.what());
      }
    }
    throw NotConfigured{absent.empty() ? "there is nowhere to look for credentials" : absent};
  }
  [[nodiscard]] std::string name() const override { return "the chain of sources"; }

 private:
  std::vector<SourcePtr> sources_;
};

bool given(const std::optional<std::string>& value) {
  return value && !value->empty();
}

}  // namespace

ChainSettings::~ChainSettings() {
  wipe(secret_access_key);
  wipe(session_token);
}

std::vector<SourcePtr> default_chain(const ChainSettings& settings, const Environment& environment) {
  if (given(settings.access_key_id) || given(settings.secret_access_key) || given(settings.session_token)) {
    return {static_source(settings.access_key_id, settings.secret_access_key, settings.session_token)};
  }
  std::vector<SourcePtr> sources;
  if (!choose_profile(settings.profile, environment).by_program()) sources.push_back(environment_source());
  const auto profile = given(settings.profile) ? settings.profile : std::nullopt;
  sources.push_back(profile_source(profile));
  sources.push_back(container_source());
  sources.push_back(std::make_shared<Metadata>(profile));
  return sources;
}

SourcePtr chain_source(std::vector<SourcePtr> sources) {
  return std::make_shared<Chain>(std::move(sources));
}

SourcePtr static_source(const std::optional<std::string>& access_key_id,
                        const std::optional<std::string>& secret_access_key,
                        const std::optional<std::string>& session_token) {
  return std::make_shared<Static>(access_key_id, secret_access_key, session_token);
}

SourcePtr environment_source() {
  return std::make_shared<EnvironmentKeys>();
}

SourcePtr environment_web_identity_source() {
  return std::make_shared<EnvironmentWebIdentity>();
}

SourcePtr profile_source(std::optional<std::string> profile) {
  return std::make_shared<Profile>(std::move(profile));
}

}  // namespace aiokpl::aws
