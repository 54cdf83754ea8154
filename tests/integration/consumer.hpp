#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <aiokpl/aggregation.hpp>
#include <aiokpl/emulator.hpp>

namespace aiokpl::testing {

/// A user record as a consumer meets it.
struct Consumed {
  std::string shard_id;
  std::string sequence_number;
  std::string partition_key;
  std::string data;
  std::vector<OwnedTag> tags;
};

/// All that a stream holds as a consumer by the KCL's rule keeps it: an aggregate with a record outside its shard's
/// range is dropped whole, and counted.
struct Consumption {
  std::vector<Consumed> records;
  std::uint64_t aggregates = 0;
  std::uint64_t dropped_aggregates = 0;
};

inline Consumption consume(const emulator::LocalKinesis& kinesis, std::string_view stream) {
  Consumption all;
  for (const emulator::ShardInfo& shard : kinesis.shards(stream)) {
    for (const emulator::StoredRecord& stored : kinesis.records(stream, shard.id)) {
      Deaggregated unpacked = deaggregate(stored.data, stored.partition_key, shard.range);
      if (unpacked.aggregated) ++all.aggregates;
      if (unpacked.dropped) ++all.dropped_aggregates;
      for (UserRecord& record : unpacked.records) {
        all.records.push_back({shard.id, stored.sequence_number, std::move(record.partition_key),
                               std::string{DataView{record.data}.text()}, std::move(record.tags)});
      }
    }
  }
  return all;
}

}  // namespace aiokpl::testing
