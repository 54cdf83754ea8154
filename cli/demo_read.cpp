#include "cli/demo_read.hpp"

#include <span>
#include <utility>

#include <nlohmann/json.hpp>

#include <aiokpl/aggregation.hpp>

#include "cli/exit_status.hpp"
#include "cli/shard_walk.hpp"

namespace aiokpl::cli {
namespace {

using nlohmann::json;

WalkShard to_walk(const aws::Shard& shard) {
  WalkShard walk{.id = shard.id, .range = shard.range, .closed = !shard.open};
  if (shard.parent) walk.parents.push_back(*shard.parent);
  if (shard.adjacent_parent) walk.parents.push_back(*shard.adjacent_parent);
  return walk;
}

void unpack(const json& kinesis_record, const HashKeyRange& range, DemoReading& reading) {
  const auto& data = kinesis_record.at("Data").get_binary();
  const auto key = kinesis_record.value("PartitionKey", std::string{});
  Deaggregated unpacked = deaggregate(std::span<const std::uint8_t>{data}, key, range);
  ++reading.kinesis_records;
  if (unpacked.aggregated) ++reading.aggregates;
  if (unpacked.dropped) ++reading.dropped_aggregates;
  for (UserRecord& record : unpacked.records) {
    reading.records.push_back({std::move(record.partition_key), std::string{DataView{record.data}.text()}});
  }
}

void read_shard(StreamService& service, const std::string& stream, const ShardToRead& shard, DemoReading& reading) {
  json request = stream_request(stream);
  request["ShardId"] = shard.id;
  request["ShardIteratorType"] = "TRIM_HORIZON";
  json iterator = service.read("GetShardIterator", request).at("ShardIterator");
  // A closed shard ends with its last record; an open one where the service says that nothing is behind.
  while (iterator.is_string()) {
    const json answer = service.read("GetRecords", {{"ShardIterator", iterator}});
    const json& records = answer.at("Records");
    for (const json& record : records)
      unpack(record, shard.range, reading);
    if (records.empty() && answer.value("MillisBehindLatest", 0) == 0 && !shard.closed) return;
    iterator = answer.value("NextShardIterator", json{});
  }
}

}  // namespace

DemoReading read_stream(StreamService& service, const std::string& stream) try {
  DemoReading reading;
  std::vector<WalkShard> shards;
  for (const aws::Shard& shard : service.shards(stream))
    shards.push_back(to_walk(shard));
  ShardWalk walk{Begin::oldest};
  walk.listed(shards);
  for (auto ready = walk.take_ready(); !ready.empty(); ready = walk.take_ready()) {
    for (const ShardToRead& shard : ready) {
      read_shard(service, stream, shard, reading);
      ++reading.shards;
      walk.ended(shard.id, {});
    }
  }
  return reading;
} catch (const json::exception& problem) {
  throw CommandError{ExitStatus::some_failed, std::string{"an answer could not be read: "} + problem.what()};
} catch (const AggregationFormatError& broken) {
  throw CommandError{ExitStatus::some_failed, std::string{"a record could not be unpacked: "} + broken.what()};
}

}  // namespace aiokpl::cli
