#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "unit/aws/loopback_server.hpp"

// Every service that hands out credentials, on this machine, with credentials that live for seconds.
namespace aiokpl::testing {

/// Makes temporary keys, and knows them again. Any thread.
class Mint {
 public:
  using Clock = std::chrono::system_clock;

  /// How the services are.
  enum class Weather {
    calm,
    faulty,  ///< Of each service every third request is refused as too much, and one in five is cut off.
    dark,    ///< Nobody gets anything.
  };
  struct Coin {
    std::string key;
    std::string secret;
    std::string token;
    Clock::time_point expires;
  };
  /// What came of a request.
  enum class Fault { none, busy, cut_off };

  explicit Mint(std::chrono::milliseconds lifetime, Weather weather = Weather::calm)
      : lifetime_{lifetime}, weather_{weather} {}

  Coin strike(const std::string& service);
  [[nodiscard]] Fault fault(const std::string& service);
  void set(Weather weather);
  /// Nothing that was handed out so far is good any more, whatever was said of its end.
  void revoke();

  /// A key that was handed out, with the end that it has, and not the one that was told.
  [[nodiscard]] std::optional<Coin> find(std::string_view key) const;
  [[nodiscard]] int struck(const std::string& service) const;
  [[nodiscard]] int faults(const std::string& service) const;
  [[nodiscard]] bool is_dark() const;

 private:
  const std::chrono::milliseconds lifetime_;
  mutable std::mutex mutex_;
  Weather weather_;
  std::map<std::string, Coin, std::less<>> coins_;
  std::map<std::string, int> struck_;
  std::map<std::string, int> requests_;
  std::map<std::string, int> faults_;
};

/// One server for all of them, told apart by path and method. What they ask for:
/// imds: a token of IMDSv2; the role is "role".
/// container: at /container, the authorization "agent-token".
/// identity: AssumeRoleWithWebIdentity with the token "jwt".
/// role: AssumeRole, signed with the secret "base-secret".
/// sso: role r of account 1; the bearer token that the service for logins gave last, or "sso-token", which is good
/// until the first renewal. A refresh token ("refresh-0" is the first) is good for one time.
class CredentialServices {
 public:
  explicit CredentialServices(Mint& mint) : mint_{mint} {}

  /// Without a slash at its end.
  [[nodiscard]] std::string url() const;
  /// How often a login was renewed.
  [[nodiscard]] int renewals() const;

 private:
  void serve(test::Connection& connection);
  std::string answer_to(const test::Request& request);
  std::string renew_login(const test::Request& request);
  template <typename Write>
  std::string hand_out(const std::string& service, bool allowed, Write write);

  Mint& mint_;
  mutable std::mutex mutex_;
  int renewals_ = 0;
  test::LoopbackServer server_{[this](test::Connection& connection) { serve(connection); }};
};

}  // namespace aiokpl::testing
