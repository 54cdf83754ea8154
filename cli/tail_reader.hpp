#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "cli/shard_walk.hpp"
#include "cli/tail_printer.hpp"

namespace aiokpl::aws {
struct ServiceError;
}

namespace aiokpl::cli {

/// Calls the service once, in CBOR; throws what aws::KinesisApi::call throws.
using ServiceCall = std::function<nlohmann::json(std::string_view operation, const nlohmann::json& request)>;

/// What a step of a reader came to, and when the next may follow.
struct ReadStep {
  enum class Kind {
    more,    ///< More may be there already.
    tip,     ///< Everything was read, so far.
    end,     ///< The shard is closed and was read to its end.
    gone,    ///< The shard or the stream is not there any more.
    failed,  ///< What may pass; `problem` says what it was.
  };
  Kind kind = Kind::more;
  std::chrono::milliseconds pause{0};
  /// Of the shard, where the answer tells them.
  std::vector<WalkShard> children = {};
  std::string problem = {};
};

/// Reads one shard, a call at a time, and stays within the service's five calls a second.
class ShardReader {
 public:
  using Take = std::function<void(const KinesisRecord& record)>;

  /// `since`: for Begin::time. `stream`: name or ARN.
  ShardReader(std::string stream, ShardToRead shard, std::optional<WallTime> since);

  /// Makes one call and hands each record to `take`. `limit`: records that are wanted at most. Throws CommandError
  /// (nothing_done) for what does not pass, such as a missing permission.
  ReadStep step(const ServiceCall& call, const Take& take, std::optional<std::uint64_t> limit, WallTime now);

  [[nodiscard]] const ShardToRead& shard() const noexcept { return shard_; }

 private:
  ReadStep get_iterator(const ServiceCall& call, WallTime now);
  ReadStep get_records(const ServiceCall& call, const Take& take, std::optional<std::uint64_t> limit);
  ReadStep read_answer(const nlohmann::json& answer, const Take& take);
  ReadStep tip();
  ReadStep failed(std::string problem);

  std::string stream_;
  ShardToRead shard_;
  std::optional<WallTime> since_;
  std::string iterator_;
  std::string last_sequence_number_;
  std::uint32_t failures_ = 0;
  std::uint32_t empty_ = 0;
};

/// Every shard of a stream, closed ones too. Throws what the call throws, and CommandError (nothing_done) for an answer
/// that makes no sense.
[[nodiscard]] std::vector<WalkShard> list_shards(const ServiceCall& call, const std::string& stream);

/// Whether the same call may succeed a little later.
[[nodiscard]] bool may_pass(const aws::ServiceError& error) noexcept;

}  // namespace aiokpl::cli
