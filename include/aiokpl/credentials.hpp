#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <aiokpl/export.hpp>

namespace aiokpl {

/// What requests are signed with.
struct AwsCredentials {
  std::string access_key_id;
  std::string secret_access_key;
  /// Empty for long-lived keys.
  std::string session_token = {};
  /// Absent: they do not expire.
  std::optional<std::chrono::system_clock::time_point> expires = std::nullopt;
};

/// Where credentials come from, in place of AWS's chain (docs/aws.md). The library asks ahead of expiry, and again when
/// the service says that they have expired; what it has serves until then.
class AIOKPL_EXPORT CredentialsProvider {
 public:
  virtual ~CredentialsProvider();

  /// Called on a thread of the library's own, one call at a time for each producer; it may take its time. An exception
  /// means that there are none now: its words are told with the records that wait for them, so that they must hold no
  /// secret, and it is asked again after a pause.
  [[nodiscard]] virtual AwsCredentials fetch() = 0;
};

}  // namespace aiokpl
