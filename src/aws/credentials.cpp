#include "aws/credentials.hpp"

#include <ostream>
#include <string_view>
#include <utility>

#include "aws/secrets.hpp"

namespace aiokpl::aws {
namespace {

struct FieldNames {
  std::string_view key_id;
  std::string_view secret;
  std::string_view token;
  std::string_view place;
};

constexpr FieldNames configuration_names{"aws_access_key_id", "aws_secret_access_key", "aws_session_token",
                                         "in the configuration"};
constexpr FieldNames environment_names{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
                                       "in the environment"};

CredentialsOutcome half_set(std::string_view present, std::string_view missing, const FieldNames& names) {
  std::string reason{present};
  reason.append(" is set without ").append(missing).append(" ").append(names.place);
  return {.reason = std::move(reason), .misconfigured = true};
}

bool given(const std::optional<std::string>& value) {
  return value && !value->empty();
}

CredentialsOutcome from_fields(const std::optional<std::string>& key_id, const std::optional<std::string>& secret,
                               const std::optional<std::string>& token, const FieldNames& names) {
  if (given(key_id) && !given(secret)) return half_set(names.key_id, names.secret, names);
  if (given(secret) && !given(key_id)) return half_set(names.secret, names.key_id, names);
  if (given(token) && !given(key_id)) return half_set(names.token, names.key_id, names);
  CredentialsOutcome outcome;
  if (given(key_id)) {
    Credentials& credentials = outcome.credentials.emplace();
    credentials.access_key_id = *key_id;
    credentials.secret_access_key = *secret;
    if (token) credentials.session_token = *token;
  } else {
    outcome.reason.append(names.key_id).append(" ").append(names.place);
  }
  return outcome;
}

}  // namespace

Credentials::~Credentials() {
  wipe(secret_access_key);
  wipe(session_token);
}

std::ostream& operator<<(std::ostream& out, const Credentials& credentials) {
  const std::string_view id = credentials.access_key_id;
  // A key id so short that four characters are most of it is shown as nothing at all.
  return out << "credentials ..." << (id.size() >= 8 ? id.substr(id.size() - 4) : std::string_view{});
}

CredentialsProvider::~CredentialsProvider() = default;
void CredentialsProvider::expired(const Credentials&) {}
bool CredentialsProvider::renews() const {
  return false;
}
void CredentialsProvider::set_listener(const std::function<void()>& /*listener*/) {}
void CredentialsProvider::await(std::chrono::nanoseconds /*limit*/) {}

StaticCredentials::StaticCredentials(const std::optional<std::string>& access_key_id,
                                     const std::optional<std::string>& secret_access_key,
                                     const std::optional<std::string>& session_token)
    : outcome_{from_fields(access_key_id, secret_access_key, session_token, configuration_names)} {}

CredentialsOutcome StaticCredentials::get(std::chrono::system_clock::time_point) {
  return outcome_;
}

EnvironmentCredentials::EnvironmentCredentials(Environment environment) : environment_{std::move(environment)} {}

CredentialsOutcome EnvironmentCredentials::get(std::chrono::system_clock::time_point) {
  return from_fields(environment_("AWS_ACCESS_KEY_ID"), environment_("AWS_SECRET_ACCESS_KEY"),
                     environment_("AWS_SESSION_TOKEN"), environment_names);
}

CredentialsOutcome LocalCredentials::get(std::chrono::system_clock::time_point) {
  return {.credentials = Credentials{.access_key_id = "local", .secret_access_key = "local"}};
}

CredentialsChain::CredentialsChain(std::vector<std::shared_ptr<CredentialsProvider>> providers)
    : providers_{std::move(providers)} {}

CredentialsOutcome CredentialsChain::get(std::chrono::system_clock::time_point now) {
  std::vector<std::string> absent;
  for (const auto& provider : providers_) {
    CredentialsOutcome outcome = provider->get(now);
    if (outcome.credentials) {
      giver_ = provider.get();
      return outcome;
    }
    if (outcome.misconfigured || outcome.pending) {
      outcome.reason.insert(0, "no credentials: ");
      return outcome;
    }
    absent.push_back(std::move(outcome.reason));
  }
  std::string reason = "no credentials: ";
  if (absent.empty()) reason += "there is nowhere to look for them";
  if (absent.size() == 1) reason += "there is no " + absent.front();
  for (std::size_t i = 0; absent.size() > 1 && i < absent.size(); ++i) {
    reason += (i == 0 ? "neither " : " nor ") + absent[i];
  }
  return {.reason = std::move(reason)};
}

void CredentialsChain::set_listener(const std::function<void()>& listener) {
  for (const auto& provider : providers_)
    provider->set_listener(listener);
}

void CredentialsChain::await(std::chrono::nanoseconds limit) {
  for (const auto& provider : providers_) {
    provider->await(limit);
    if (provider->get(std::chrono::system_clock::now())) return;
  }
}

void CredentialsChain::expired(const Credentials& credentials) {
  if (CredentialsProvider* const giver = giver_) giver->expired(credentials);
}

bool CredentialsChain::renews() const {
  const CredentialsProvider* const giver = giver_;
  return giver != nullptr && giver->renews();
}

}  // namespace aiokpl::aws
