#include <chrono>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <aiokpl/aiokpl.hpp>
#include <aiokpl/emulator.hpp>

#include "integration/consumer.hpp"

// Many records through a service that misbehaves and reshards all the while: nothing may be lost, and what is reported
// as stored must be there.
namespace aiokpl {
namespace {

using namespace std::chrono_literals;

/// The emulator's open shards by their place.
std::vector<emulator::ShardInfo> open_shards(const emulator::LocalKinesis& kinesis) {
  std::map<HashKey, emulator::ShardInfo> by_range;
  for (const emulator::ShardInfo& shard : kinesis.shards("events")) {
    if (shard.open()) by_range.emplace(shard.range.first, shard);
  }
  std::vector<emulator::ShardInfo> shards;
  for (auto& [first, shard] : by_range)
    shards.push_back(std::move(shard));
  return shards;
}

struct Put {
  std::string data;
  SyncOutcome outcome;
};

/// Compares what the outcomes say with what the streams hold.
void check_fates(const std::vector<Put>& puts, const emulator::LocalKinesis& kinesis) {
  const auto consumed = testing::consume(kinesis, "events");
  std::unordered_map<std::string, std::set<std::pair<std::string, std::string>>> places;
  for (const auto& record : consumed.records)
    places[record.data].insert({record.shard_id, record.sequence_number});
  std::size_t failures = 0;
  std::size_t missing = 0;
  for (const Put& put : puts) {
    ASSERT_TRUE(put.outcome.done());
    const RecordResult result = put.outcome.wait();
    if (!result.success) {
      ++failures;
      EXPECT_FALSE(result.attempts.empty());
      continue;
    }
    const auto found = places.find(put.data);
    if (found == places.end() ||
        !found->second.contains({std::string{*result.shard_id}, std::string{*result.sequence_number}})) {
      ++missing;
      if (missing < 4) ADD_FAILURE() << put.data << " is not where its result says: " << result;
    }
  }
  EXPECT_EQ(missing, 0U);
  EXPECT_EQ(failures, 0U) << "every fault here passes within the TTL";
}

TEST(Chaos, HundredThousandRecordsThroughFaultsAndReshardingAllEndWhereTheySay) {
  emulator::LocalKinesis kinesis{{.streams = {{.name = "events", .shards = 4, .on_demand = true}},
                                  .seed = 7,
                                  .faults = {.drop_rate = 0.02, .throttle_rate = 0.2}}};
  kinesis.start();
  Config config;
  config.endpoint_url = kinesis.endpoint_url();
  config.record_ttl = 60s;
  config.rate_limit_records_per_sec_per_shard = 1e6;
  config.rate_limit_bytes_per_sec_per_shard = 1e9;
  config.max_outstanding_records = 20'000;
  // Many small requests, so that many of them meet a fault.
  config.aggregation_max_size = 1'024;
  config.collection_max_count = 10;
  config.describe_stream_interval = 1s;

  constexpr int count = 100'000;
  std::vector<Put> puts;
  puts.reserve(count);
  {
    SyncProducer producer{config};
    for (int i = 0; i < count; ++i) {
      if (i == 20'000) kinesis.split_shard("events", open_shards(kinesis)[1].id);
      if (i == 40'000) {
        const auto shards = open_shards(kinesis);
        kinesis.merge_shards("events", shards[2].id, shards[3].id);
      }
      if (i == 60'000) kinesis.set_distribution("events", true);
      if (i == 75'000) kinesis.set_distribution("events", false);
      // A key spreads over the shards as the multiplication scatters it; some repeat, some are absent.
      const std::string key = std::to_string((static_cast<std::uint64_t>(i) * 2'654'435'761U) % 50'000);
      std::string data = "record " + std::to_string(i);
      Record record{.stream = "events", .data = data};
      if (i % 10 != 0) record.partition_key = key;
      auto outcome = producer.put_record(record);
      puts.push_back({std::move(data), std::move(outcome)});
    }
    producer.flush(90s);
    EXPECT_EQ(producer.outstanding_records(), 0U);
    EXPECT_EQ(producer.outstanding_bytes(), 0U);
  }
  const auto counters = kinesis.counters();
  EXPECT_GT(counters.records_throttled, 0U);
  EXPECT_GT(counters.connections_dropped, 0U);
  check_fates(puts, kinesis);
}

TEST(Chaos, LostAnswersAndNoiseNeverMakeAFalseSuccess) {
  emulator::LocalKinesis kinesis{{.streams = {{.name = "events", .shards = 2}},
                                  .seed = 11,
                                  .faults = {.request_error_rate = 0.05,
                                             .internal_error_rate = 0.1,
                                             .drop_after_rate = 0.05,
                                             .truncate_rate = 0.05,
                                             .garbage_rate = 0.05}}};
  kinesis.start();
  Config config;
  config.endpoint_url = kinesis.endpoint_url();
  config.wire_protocol = WireProtocol::json;
  config.record_ttl = 60s;
  config.rate_limit_records_per_sec_per_shard = 1e6;
  config.rate_limit_bytes_per_sec_per_shard = 1e9;
  std::vector<Put> puts;
  {
    SyncProducer producer{config};
    for (int i = 0; i < 5'000; ++i) {
      std::string data = "record " + std::to_string(i);
      auto outcome = producer.put_record({.stream = "events", .partition_key = std::to_string(i), .data = data});
      puts.push_back({std::move(data), std::move(outcome)});
      if (i % 500 == 499) producer.flush(60s);  // many requests instead of a few
    }
  }
  check_fates(puts, kinesis);
}

TEST(Chaos, OneShardAtItsLimitsIsNeverThrottled) {
  emulator::LocalKinesis kinesis{{.streams = {{.name = "events", .shards = 1}}, .enforce_limits = true}};
  kinesis.start();
  Config config;
  config.endpoint_url = kinesis.endpoint_url();
  config.aggregation_enabled = false;
  SyncProducer producer{config};
  std::vector<SyncOutcome> outcomes;
  for (int i = 0; i < 3'000; ++i) {
    outcomes.push_back(producer.put_record({.stream = "events", .partition_key = std::to_string(i), .data = "d"}));
  }
  producer.flush(20s);
  for (const auto& outcome : outcomes) {
    const RecordResult result = outcome.wait();
    EXPECT_TRUE(result.success) << result;
    EXPECT_EQ(result.attempts.size(), 1U);
  }
  EXPECT_EQ(kinesis.counters().records_throttled, 0U);
}

}  // namespace
}  // namespace aiokpl
