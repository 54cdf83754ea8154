#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/credentials_source.hpp"
#include "aws/environment.hpp"
#include "aws/profiles.hpp"

namespace aiokpl::aws {

/// What the configuration says about where credentials come from. Empty counts as absent. The destructor wipes the
/// secrets.
struct ChainSettings {
  std::optional<std::string> access_key_id = std::nullopt;
  std::optional<std::string> secret_access_key = std::nullopt;
  std::optional<std::string> session_token = std::nullopt;
  /// Named by the program: then the environment's keys and its web identity are not looked at.
  std::optional<std::string> profile = std::nullopt;

  ~ChainSettings();
};

/// The sources in the order of AWS's SDK for Python: keys of the configuration; AWS_ACCESS_KEY_ID and so on (unless the
/// program names a profile); the profile with all that it can say, and the web identity of the environment; the
/// container; the instance. Where the configuration has keys they are the only source. Reads no file: each fetch does,
/// so that files which change while the program runs count.
[[nodiscard]] std::vector<SourcePtr> default_chain(const ChainSettings& settings, const Environment& environment);

/// Asks each in order: one that is not configured is passed over, one that fails ends the search. Throws NotConfigured
/// with what was missing everywhere.
[[nodiscard]] SourcePtr chain_source(std::vector<SourcePtr> sources);

// Each alone. Those of credentials_source.hpp are the container's and the instance's.

/// Fixed keys. A key without its secret is a CredentialsFailure, none at all NotConfigured.
[[nodiscard]] SourcePtr static_source(const std::optional<std::string>& access_key_id,
                                      const std::optional<std::string>& secret_access_key,
                                      const std::optional<std::string>& session_token);

/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, and AWS_SECURITY_TOKEN or else AWS_SESSION_TOKEN.
[[nodiscard]] SourcePtr environment_source();

/// AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN and AWS_ROLE_SESSION_NAME, without any file but the token's.
[[nodiscard]] SourcePtr environment_web_identity_source();

/// The profile that the configuration names, or else the environment, or else "default"; with everything that a profile
/// can say. NotConfigured where it says nothing about credentials, CredentialsFailure where what it says is wrong,
/// where a file cannot be understood and where a profile that is named does not exist.
[[nodiscard]] SourcePtr profile_source(std::optional<std::string> profile = std::nullopt);

/// What a profile leads to, with roles, their source profiles and the web identity of the environment resolved: the
/// first of an assumed role, web identity, SSO, keys of the credentials file, a process, keys of the config file. Null
/// where it says nothing of the kind. Throws CredentialsFailure, which names the profile and the key, for what is
/// wrong. Asks no service and opens no file.
[[nodiscard]] SourcePtr resolve_profile(const Profiles& profiles, const ProfileChoice& choice,
                                        const Environment& environment);

}  // namespace aiokpl::aws
