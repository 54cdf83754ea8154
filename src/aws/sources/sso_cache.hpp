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

/// Puts the login in the file's place, whole or not at all, readable for its owner alone. Why that failed, in words, or
/// nothing.
[[nodiscard]] std::string write_sso_login(const std::string& file, const SsoLogin& login, const SsoSettings& settings);

/// A member that is a text; empty where it is none.
[[nodiscard]] std::string text_member(const nlohmann::json& document, const char* name);

}  // namespace aiokpl::aws
