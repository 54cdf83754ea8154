#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <aiokpl/export.hpp>

namespace aiokpl {

/// The error codes that the library itself gives; every other code is the service's own word.
namespace error_code {
/// The record's TTL ran out before it was stored.
inline constexpr std::string_view expired = "Expired";
/// An aggregate was stored on a shard whose range leaves out one of its records: consumers drop it, so it is sent
/// again.
inline constexpr std::string_view wrong_shard = "Wrong Shard";
/// The service answered for another number of records than were sent.
inline constexpr std::string_view record_count_mismatch = "Record Count Mismatch";
/// A whole request failed without a code of the service: connection, timeout, unreadable answer.
inline constexpr std::string_view internal = "Internal";
/// The record has tags, and its stream does not take aggregated records.
inline constexpr std::string_view tags_not_supported = "TagsNotSupported";
/// The record is larger than its stream's limit, learned after it was accepted.
inline constexpr std::string_view record_too_large = "RecordTooLarge";
/// No credentials were found to sign the request with.
inline constexpr std::string_view no_credentials = "NoCredentials";
/// The producer was closed or aborted before the record reached its end.
inline constexpr std::string_view aborted = "Aborted";
/// Kinesis's answer for a shard above its limits.
inline constexpr std::string_view throttled = "ProvisionedThroughputExceededException";
}  // namespace error_code

/// One try to store a record, or the reason for which none was made.
struct AIOKPL_EXPORT Attempt {
  std::chrono::system_clock::time_point started_at;
  std::chrono::system_clock::time_point ended_at;
  bool success = false;
  /// On success, and where an aggregate was stored on a shard that it does not belong to.
  std::optional<std::string> shard_id;
  std::optional<std::string> sequence_number;
  /// On failure: see `error_code`, else the service's own code and message.
  std::string error_code;
  std::string error_message;

  /// How long the attempt took.
  [[nodiscard]] std::chrono::system_clock::duration duration() const noexcept { return ended_at - started_at; }
  friend bool operator==(const Attempt&, const Attempt&) = default;
};

/// What became of a record. A failed one has at least one attempt.
struct AIOKPL_EXPORT RecordResult {
  bool success = false;
  std::optional<std::string> shard_id;
  std::optional<std::string> sequence_number;
  /// In order. Of more than 100 attempts the first 10 and the last 90 are kept.
  std::vector<Attempt> attempts;
  /// How many attempts were left out of `attempts`.
  std::uint64_t attempts_omitted = 0;

  friend bool operator==(const RecordResult&, const RecordResult&) = default;
};

AIOKPL_EXPORT std::ostream& operator<<(std::ostream& out, const Attempt& attempt);
AIOKPL_EXPORT std::ostream& operator<<(std::ostream& out, const RecordResult& result);
[[nodiscard]] AIOKPL_EXPORT std::string to_string(const Attempt& attempt);
[[nodiscard]] AIOKPL_EXPORT std::string to_string(const RecordResult& result);

}  // namespace aiokpl
