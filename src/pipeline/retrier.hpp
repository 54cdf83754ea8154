#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "codec/put_records_answer.hpp"
#include "pipeline/batch.hpp"

namespace aiokpl::pipeline {

/// What the failure of a whole request means for its records.
enum class FailureKind {
  passing,     ///< Connection, timeout, unreadable answer, 5xx, throttling of the API: again after a back-off.
  lasting,     ///< No permission, no or invalid credentials, a KMS refusal: no use in trying again.
  not_found,   ///< No such stream: tried once more a second later, since streams are made while producers start.
  validation,  ///< One of the Kinesis records is refused, and the service does not say which.
};

std::ostream& operator<<(std::ostream& out, FailureKind kind);

/// Why a whole request failed.
struct RequestFailure {
  FailureKind kind = FailureKind::passing;
  /// The service's code; `Internal` where it gave none.
  std::string code;
  std::string message;
};

/// What an error answer to a whole request means.
[[nodiscard]] FailureKind classify_failure(int http_status, std::string_view code) noexcept;

/// What the answer for one Kinesis record means.
enum class Verdict {
  stored,            ///< Where it was predicted, or where nothing depends on the place.
  stored_elsewhere,  ///< On another shard, and in order there; the map is out of date.
  wrong_shard,       ///< An aggregate on a shard that leaves out one of its records: consumers drop it whole.
  undecided,         ///< An aggregate on a shard that nobody knows yet.
  throttled,         ///< Above the shard's limits: again, or the end where throttled records fail.
  again,             ///< Any other error of one record.
};

std::ostream& operator<<(std::ostream& out, Verdict verdict);

/// What is known of the shard that took a Kinesis record.
struct TakenBy {
  /// Whether it is of the name of the one that the batch was packed for.
  bool predicted = false;
  /// Its range, where that is known.
  std::optional<HashKeyRange> range;
};

/// Judges a stored Kinesis record as the KCL will: an aggregate counts only where its shard's range holds every one of
/// its hash keys, also on the predicted shard, which may be another stream's of the same name; a raw record was placed
/// by Kinesis itself.
[[nodiscard]] Verdict judge_stored(const Batch& batch, const TakenBy& shard) noexcept;

/// Judges a Kinesis record that was not stored.
[[nodiscard]] Verdict judge_refused(std::string_view code) noexcept;

}  // namespace aiokpl::pipeline
