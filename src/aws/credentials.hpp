#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aws/environment.hpp"
#include "aws/http_client.hpp"

namespace aiokpl::aws {

class CredentialsSource;

/// What a request is signed with. The destructor wipes the secrets; nothing prints them.
struct Credentials {
  std::string access_key_id = {};
  std::string secret_access_key = {};
  /// Empty for long-lived keys.
  std::string session_token = {};
  /// Absent: they do not expire.
  std::optional<std::chrono::system_clock::time_point> expires = std::nullopt;

  ~Credentials();
};

/// The last four characters of the key id, and no secret.
std::ostream& operator<<(std::ostream& out, const Credentials& credentials);

/// What a provider says when it is asked: credentials, or why there are none.
struct CredentialsOutcome {
  std::optional<Credentials> credentials = std::nullopt;
  /// In words, when there are none.
  std::string reason = {};
  /// Something is set, but wrong (a key without its secret): a chain stops here instead of signing with other
  /// credentials than the user meant.
  bool misconfigured = false;
  /// They are being fetched, and may come: the reason is not final. A chain stops here, too.
  bool pending = false;

  [[nodiscard]] explicit operator bool() const noexcept { return credentials.has_value(); }
};

/// Asked for every request, on the thread that sends it: an implementation answers at once, from what it has.
class CredentialsProvider {
 public:
  CredentialsProvider() = default;
  CredentialsProvider(const CredentialsProvider&) = delete;
  CredentialsProvider& operator=(const CredentialsProvider&) = delete;
  virtual ~CredentialsProvider();

  [[nodiscard]] virtual CredentialsOutcome get(std::chrono::system_clock::time_point now) = 0;
  /// The service says that these, which `get` gave, have expired. Called once for the same ones, where `get` is.
  /// Nothing, unless the provider can get others.
  virtual void expired(const Credentials& rejected);
  /// Whether others may come after `expired`: a request that they were refused for is then sent again.
  [[nodiscard]] virtual bool renews() const;
  /// Called when `get` may have something else to say, on a thread of the provider's; takes the place of the one
  /// before, which is not running any more when this returns. It must not wait, throw, or destroy the provider.
  /// Nothing, where `get` is never pending. Null: nobody is told.
  virtual void set_listener(const std::function<void()>& listener);
  /// Blocks until `get` is not pending any more, so long at the most. For programs that have nothing else to do.
  virtual void await(std::chrono::nanoseconds limit);
};

/// The credentials given in the configuration. An absent or empty field counts as not given.
class StaticCredentials final : public CredentialsProvider {
 public:
  StaticCredentials(const std::optional<std::string>& access_key_id,
                    const std::optional<std::string>& secret_access_key,
                    const std::optional<std::string>& session_token = std::nullopt);

  [[nodiscard]] CredentialsOutcome get(std::chrono::system_clock::time_point now) override;

 private:
  CredentialsOutcome outcome_;
};

/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, read anew each time.
class EnvironmentCredentials final : public CredentialsProvider {
 public:
  explicit EnvironmentCredentials(Environment environment);

  [[nodiscard]] CredentialsOutcome get(std::chrono::system_clock::time_point now) override;

 private:
  Environment environment_;
};

/// A fixed pair for a local Kinesis that checks no signature: key id "local", secret "local".
class LocalCredentials final : public CredentialsProvider {
 public:
  [[nodiscard]] CredentialsOutcome get(std::chrono::system_clock::time_point now) override;
};

/// Asks each provider in order. The first credentials win; a misconfigured provider ends the search.
class CredentialsChain final : public CredentialsProvider {
 public:
  explicit CredentialsChain(std::vector<std::shared_ptr<CredentialsProvider>> providers);

  [[nodiscard]] CredentialsOutcome get(std::chrono::system_clock::time_point now) override;
  /// Both are for the provider whose credentials were given last.
  void expired(const Credentials& credentials) override;
  [[nodiscard]] bool renews() const override;
  /// For all of them.
  void set_listener(const std::function<void()>& listener) override;
  void await(std::chrono::nanoseconds limit) override;

 private:
  std::vector<std::shared_ptr<CredentialsProvider>> providers_;
  std::atomic<CredentialsProvider*> giver_ = nullptr;  // of providers_
};

/// What the configuration says about credentials.
struct CredentialsSettings {
  std::optional<std::string> access_key_id = std::nullopt;
  std::optional<std::string> secret_access_key = std::nullopt;
  std::optional<std::string> session_token = std::nullopt;
  /// Of the shared files. Absent: what the environment names, else "default".
  std::optional<std::string> profile = std::nullopt;
  /// The endpoint is on this machine: without any other credentials the local pair signs.
  bool loopback = false;
  /// Asked in place of all other places.
  std::shared_ptr<CredentialsSource> own = nullptr;
  /// How services that give credentials are reached: proxies, authorities.
  HttpOptions http = {};
};

/// The chain that a producer uses (docs/aws.md): configuration; environment, unless a profile is given; then what the
/// shared files, a web identity, a container or the instance give, which is fetched on a thread of its own. For a
/// loopback endpoint, where nobody chose a profile, the local pair in place of the latter.
[[nodiscard]] std::shared_ptr<CredentialsProvider> default_credentials(const CredentialsSettings& settings,
                                                                       const Environment& environment);

}  // namespace aiokpl::aws
