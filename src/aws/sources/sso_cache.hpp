#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "aws/credentials_source.hpp"
#include "aws/sources/sso_token.hpp"

/// The files in which `aws sso login` and the SDKs keep the tokens of a login.
namespace aiokpl::aws {

/// A session's file is named by the session, that of a profile from before there were sessions by the start URL. Throws
/// CredentialsFailure where HOME is not set.
[[nodiscard]] std::string sso_cache_file(const SsoSettings& settings, const Environment& environment);

/// Throws CredentialsFailure that names the file where it cannot be read, or holds no token with an end.
[[nodiscard]] SsoLogin read_sso_login(const std::string& file);

/// A file beside that of a login, which takes its place, whole or not at all, readable for its owner alone. Made before
/// a login is renewed, so that no refresh token is used up where the new one cannot be kept.
class SsoReplacement {
 public:
  /// Throws CredentialsFailure that names the file.
  explicit SsoReplacement(std::string file);
  SsoReplacement(const SsoReplacement&) = delete;
  SsoReplacement& operator=(const SsoReplacement&) = delete;
  ~SsoReplacement();

  /// Throws CredentialsFailure that names the file.
  void put(const SsoLogin& login, const SsoSettings& settings);

 private:
  [[noreturn]] void fail(int number) const;

  std::string file_;
  std::string temporary_;
  int opened_ = -1;
};

/// A member that is a text; empty where it is none.
[[nodiscard]] std::string text_member(const nlohmann::json& document, const char* name);

}  // namespace aiokpl::aws
