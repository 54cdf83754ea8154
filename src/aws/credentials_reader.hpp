#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "aws/credentials.hpp"

namespace aiokpl::aws {

/// The shapes in which credentials are handed out.
enum class CredentialsForm {
  agent,    ///< Containers' agents and instance metadata: JSON with AccessKeyId, SecretAccessKey, Token, Expiration.
  process,  ///< A program: JSON with Version (1), AccessKeyId, SecretAccessKey, and maybe SessionToken, Expiration.
  portal,   ///< SSO: JSON with roleCredentials, whose expiration is a number of milliseconds.
  sts,      ///< XML with Credentials.
};

/// Credentials that can sign, or in words why there are none. The words hold no value but an error's code and message.
struct CredentialsReading {
  std::optional<Credentials> credentials = std::nullopt;
  std::string problem = {};
};

/// Reads what somebody else wrote. All that the form demands has to be there, and each text has to fit into a header.
[[nodiscard]] CredentialsReading read_credentials(std::string_view text, CredentialsForm form);

/// An error as a service tells of it. Empty where it does not.
struct ServiceWords {
  std::string code = {};
  std::string message = {};
};

/// From JSON (code, Code, __type, message, Message) or XML (Code, Message); not quotable yet.
[[nodiscard]] ServiceWords read_error_words(std::string_view text);

}  // namespace aiokpl::aws
