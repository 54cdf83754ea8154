#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "aws/kinesis_api.hpp"
#include "aws/kinesis_protocol.hpp"

namespace aiokpl::cli {

/// What the commands ask about streams. Everything throws CommandError (nothing_done) when the service refuses.
class StreamService {
 public:
  explicit StreamService(aws::KinesisApi& api) : api_{api} {}

  /// Changes something. Never repeated: what looks like a limit on the rate may be a quota.
  void change(std::string_view operation, const nlohmann::json& request);
  /// Reads; waits and asks again, a few times, when the service says that it is asked too often.
  [[nodiscard]] nlohmann::json read(std::string_view operation, const nlohmann::json& request);

  /// Every stream's summary as ListStreams gives it.
  [[nodiscard]] std::vector<nlohmann::json> streams();
  /// What DescribeStreamSummary says.
  [[nodiscard]] nlohmann::json summary(const std::string& stream);
  /// Closed ones too.
  [[nodiscard]] std::vector<aws::Shard> shards(const std::string& stream);

  enum class Awaited {
    created,  ///< ACTIVE; until then the stream need not be known everywhere.
    changed,  ///< ACTIVE.
    deleted,  ///< Not found.
  };
  /// Asks from time to time, since the service tells nobody. Throws CommandError (some_failed) when the time runs out:
  /// what was begun goes on.
  void wait_until(const std::string& stream, Awaited awaited, std::chrono::nanoseconds timeout);

 private:
  [[nodiscard]] std::string status_of(const std::string& stream);

  aws::KinesisApi& api_;
};

/// {"StreamName": ...} or {"StreamARN": ...}.
[[nodiscard]] nlohmann::json stream_request(const std::string& stream);

}  // namespace aiokpl::cli
