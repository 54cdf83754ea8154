#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "aws/credentials_source.hpp"

namespace aiokpl::aws {

/// What the file of a login says. The destructor wipes the secrets.
struct SsoLogin {
  std::string access_token = {};
  std::chrono::system_clock::time_point expires = {};
  // What a renewal takes. All of them, or none will do.
  std::string refresh_token = {};
  std::string client_id = {};
  std::string client_secret = {};
  std::string registration_expires = {};  ///< As it stands there.

  SsoLogin() = default;
  SsoLogin(const SsoLogin&) = default;
  SsoLogin& operator=(const SsoLogin&) = default;
  ~SsoLogin();
};

/// The token that `aws sso login` left in its cache. That of a session is renewed by CreateToken of sso-oidc once less
/// than 15 minutes of it are left, and takes the old one's place in the file, where other programs find it, too. While
/// a renewal fails the old one serves until its end. For one thread at a time, never the one that sends.
class SsoToken {
 public:
  explicit SsoToken(const SsoSettings& settings) : settings_{settings} {}

  /// Throws CredentialsFailure, whose words say how to log in; temporary where a renewal may succeed later.
  [[nodiscard]] std::string get(const FetchContext& context) const;

 private:
  /// Why there is no newer one.
  struct Refusal {
    std::string reason;
    bool temporary = false;
  };

  [[nodiscard]] SsoLogin cached(const std::string& file) const;
  [[nodiscard]] std::optional<Refusal> renew(SsoLogin& login, const std::string& file,
                                             const FetchContext& context) const;
  [[nodiscard]] SsoLogin ask(const SsoLogin& login, const FetchContext& context) const;

  const SsoSettings& settings_;
};

/// "run `aws sso login --profile NAME`"
[[nodiscard]] std::string how_to_log_in(const SsoSettings& settings);

}  // namespace aiokpl::aws
