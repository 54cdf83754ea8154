#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/demo_compare.hpp"
#include "cli/stream_service.hpp"

namespace aiokpl::cli {

/// All that a stream holds, as a consumer sees it.
struct DemoReading {
  std::vector<DemoRecord> records = {};
  std::size_t shards = 0;
  std::size_t kinesis_records = 0;
  std::size_t aggregates = 0;
  /// Aggregates that consumers pass over, since a record in them belongs to another shard.
  std::size_t dropped_aggregates = 0;
};

/// Reads every shard from its oldest record to its end, a split shard before the shards that it became, and unpacks by
/// the KCL's rule. The stream must be at rest. Throws CommandError.
[[nodiscard]] DemoReading read_stream(StreamService& service, const std::string& stream);

}  // namespace aiokpl::cli
