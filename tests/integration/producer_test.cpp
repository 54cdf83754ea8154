#include <chrono>
#include <future>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <aiokpl/aiokpl.hpp>
#include <aiokpl/emulator.hpp>

#include "integration/consumer.hpp"

// The whole producer over its real edge: threads, HTTP, the local Kinesis.
namespace aiokpl {
namespace {

using namespace std::chrono_literals;

class ProducerTest : public ::testing::Test {
 protected:
  explicit ProducerTest(emulator::Options options = {.streams = {{.name = "events", .shards = 4}}})
      : kinesis{std::move(options)} {
    kinesis.start();
  }

  [[nodiscard]] Config config() const {
    Config config;
    config.endpoint_url = kinesis.endpoint_url();
    config.record_max_buffered_time = 20ms;
    return config;
  }

  emulator::LocalKinesis kinesis;
};

TEST_F(ProducerTest, ARecordIsStoredWhereItsResultSays) {
  SyncProducer producer{config()};
  const SyncOutcome outcome = producer.put_record({.stream = "events", .partition_key = "user-1", .data = "hello"});
  const RecordResult result = outcome.wait(10s);
  ASSERT_TRUE(result.success) << result;
  ASSERT_EQ(result.attempts.size(), 1U);
  const auto consumed = testing::consume(kinesis, "events");
  ASSERT_EQ(consumed.records.size(), 1U);
  EXPECT_EQ(consumed.aggregates, 0U) << "a lone record goes raw";
  EXPECT_EQ(consumed.records[0].shard_id, result.shard_id);
  EXPECT_EQ(consumed.records[0].sequence_number, result.sequence_number);
  EXPECT_EQ(consumed.records[0].data, "hello");
  EXPECT_EQ(producer.outstanding_records(), 0U);
  EXPECT_EQ(producer.outstanding_bytes(), 0U);
}

TEST_F(ProducerTest, ManyRecordsArePackedAndAllArrive) {
  std::map<std::string, SyncOutcome> outcomes;
  {
    SyncProducer producer{config()};
    for (int i = 0; i < 10'000; ++i) {
      const std::string data = "record " + std::to_string(i);
      outcomes.emplace(
          data, producer.put_record({.stream = "events", .partition_key = "user-" + std::to_string(i), .data = data}));
    }
    producer.flush(20s);
    for (const auto& [data, outcome] : outcomes)
      EXPECT_TRUE(outcome.done()) << "flush waits for what was outstanding";
  }
  const auto consumed = testing::consume(kinesis, "events");
  EXPECT_EQ(consumed.records.size(), outcomes.size());
  EXPECT_EQ(consumed.dropped_aggregates, 0U);
  EXPECT_GT(consumed.aggregates, 0U);
  EXPECT_LT(kinesis.counters().records_stored, 1'000U) << "user records share Kinesis records";
  for (const auto& record : consumed.records) {
    const RecordResult result = outcomes.at(record.data).wait();
    ASSERT_TRUE(result.success) << result;
    EXPECT_EQ(result.shard_id, record.shard_id);
    EXPECT_EQ(result.sequence_number, record.sequence_number);
  }
}

TEST_F(ProducerTest, JsonAndCborStoreTheSameBytes) {
  std::string every_byte;
  for (int i = 0; i < 256; ++i)
    every_byte += static_cast<char>(i);
  for (const WireProtocol protocol : {WireProtocol::cbor, WireProtocol::json}) {
    Config chosen = config();
    chosen.wire_protocol = protocol;
    SyncProducer producer{chosen};
    const auto lone = producer.put_record({.stream = "events", .partition_key = "kéy \"1\"", .data = every_byte});
    ASSERT_TRUE(lone.wait(10s).success) << lone.wait();
    for (int i = 0; i < 3; ++i) {
      (void)producer.put_record({.stream = "events", .partition_key = "kéy \"1\"", .data = every_byte});
    }
  }
  const auto consumed = testing::consume(kinesis, "events");
  ASSERT_EQ(consumed.records.size(), 8U);
  for (const auto& record : consumed.records) {
    EXPECT_EQ(record.data, every_byte);
    EXPECT_EQ(record.partition_key, "kéy \"1\"");
  }
}

TEST_F(ProducerTest, CoroutinesPutAndWait) {
  const std::size_t stored = run([](Config chosen) -> Task<std::size_t> {
    Producer producer{std::move(chosen)};
    const auto here = std::this_thread::get_id();
    std::vector<Outcome> outcomes;
    for (int i = 0; i < 1'000; ++i) {
      const std::string key = "user-" + std::to_string(i);
      outcomes.push_back(co_await producer.put_record({.stream = "events", .partition_key = key, .data = key}));
    }
    std::size_t successes = 0;
    for (const Outcome& outcome : outcomes) {
      const RecordResult result = co_await outcome;
      EXPECT_EQ(std::this_thread::get_id(), here) << "run resumes on its caller's thread";
      if (result.success) ++successes;
    }
    const CloseReport report = co_await producer.close();
    EXPECT_EQ(report.aborted, 0U);
    EXPECT_THROW((void)producer.try_put_record({.stream = "events", .data = "late"}), ProducerClosed);
    co_return successes;
  }(config()));
  EXPECT_EQ(stored, 1'000U);
  EXPECT_EQ(testing::consume(kinesis, "events").records.size(), 1'000U);
}

TEST_F(ProducerTest, CallbacksAndFailureHandlerHearOfFailures) {
  Config chosen = config();
  chosen.fail_if_throttled = true;
  Producer producer{chosen};
  ASSERT_TRUE(producer.try_put_record({.stream = "events", .partition_key = "warm", .data = "up"})->get(10s).success);
  std::vector<FailedRecord> failed;  // written on the completion thread, read after the close
  producer.on_failed([&](const FailedRecord& record) { failed.push_back(record); });
  kinesis.fail_next("PutRecords", {.kind = emulator::ScriptedFault::Kind::throttle_records});
  const Outcome outcome = *producer.try_put_record({.stream = "events",
                                                    .partition_key = "user-1",
                                                    .data = "lost",
                                                    .explicit_hash_key = "0",
                                                    .tags = {{"source", "web"}}});
  std::promise<RecordResult> heard;
  outcome.on_ready([&](const RecordResult& result) { heard.set_value(result); });
  const RecordResult result = heard.get_future().get();
  EXPECT_FALSE(result.success);
  EXPECT_EQ(result.attempts.back().error_code, error_code::throttled);
  producer.close().get();
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_EQ(failed[0].stream, "events");
  EXPECT_EQ(failed[0].partition_key, "user-1");
  EXPECT_EQ(failed[0].explicit_hash_key, "0");
  EXPECT_EQ(DataView{failed[0].data}.text(), "lost");
  ASSERT_EQ(failed[0].tags.size(), 1U);
  EXPECT_EQ(failed[0].tags[0], (OwnedTag{"source", "web"}));
  EXPECT_EQ(failed[0].result, result);
}

TEST_F(ProducerTest, BadArgumentsThrowAtTheCallAndQueueNothing) {
  SyncProducer producer{config()};
  const std::string long_key(257, 'k');
  const std::string large(11'000'000, 'x');
  const std::vector<std::pair<std::string, Record>> bad{
      {"stream", {.stream = "", .partition_key = "k", .data = "d"}},
      {"stream", {.stream = "no spaces", .partition_key = "k", .data = "d"}},
      {"partition_key", {.stream = "events", .partition_key = "", .data = "d"}},
      {"partition_key", {.stream = "events", .partition_key = long_key, .data = "d"}},
      {"partition_key", {.stream = "events", .partition_key = "\xff", .data = "d"}},
      {"explicit_hash_key", {.stream = "events", .partition_key = "k", .data = "d", .explicit_hash_key = "007"}},
      {"data", {.stream = "events", .partition_key = "k", .data = large}},
  };
  for (const auto& [field, record] : bad) {
    try {
      (void)producer.put_record(record);
      ADD_FAILURE() << "accepted a bad " << field;
    } catch (const InvalidArgument& error) {
      EXPECT_EQ(error.field(), field) << error.what();
    }
  }
  EXPECT_EQ(producer.outstanding_records(), 0U);
}

TEST_F(ProducerTest, KeylessRecordsStayTogetherAndArrive) {
  Config chosen = config();
  SyncProducer producer{chosen};
  std::vector<std::string> texts;
  for (int i = 0; i < 1'000; ++i)
    texts.push_back("keyless " + std::to_string(i));
  std::vector<Record> records;
  for (const std::string& text : texts)
    records.push_back({.stream = "events", .data = text});
  const auto outcomes = producer.put_records(records);
  producer.flush(10s);
  std::set<std::string> shards;
  for (const auto& outcome : outcomes) {
    const RecordResult result = outcome.wait();
    ASSERT_TRUE(result.success) << result;
    shards.emplace(*result.shard_id);
  }
  const auto consumed = testing::consume(kinesis, "events");
  EXPECT_EQ(consumed.records.size(), texts.size());
  EXPECT_EQ(consumed.dropped_aggregates, 0U);
  EXPECT_LE(kinesis.counters().records_stored, 3U) << "they share aggregates";
}

TEST_F(ProducerTest, AnExplicitHashKeyPlacesARecordWithoutAPartitionKey) {
  SyncProducer producer{config()};
  std::vector<SyncOutcome> outcomes;
  for (const char* hash_key : {"0", "340282366920938463463374607431768211455"}) {
    for (int i = 0; i < 3; ++i)
      outcomes.push_back(producer.put_record({.stream = "events", .data = "d", .explicit_hash_key = hash_key}));
  }
  std::set<std::string, std::less<>> shards;
  for (const SyncOutcome& outcome : outcomes) {
    const RecordResult result = outcome.wait(10s);
    ASSERT_TRUE(result.success) << result;
    shards.emplace(*result.shard_id);
  }
  EXPECT_EQ(shards.size(), 2U);
  EXPECT_EQ(producer.outstanding_records(), 0U);
  EXPECT_EQ(producer.outstanding_bytes(), 0U) << "what is given back is what was taken";
}

TEST_F(ProducerTest, ABulkPutPlacesEachRecordAsASinglePutWould) {
  SyncProducer producer{config()};
  std::vector<std::string> keys;
  for (int i = 0; i < 1'000; ++i)
    keys.push_back("key-" + std::to_string(i));
  std::vector<Record> records;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    records.push_back({.stream = "events", .data = keys[i]});
    if (i % 10 != 0) records.back().partition_key = keys[i];
    if (i % 7 == 0) records.back().explicit_hash_key = "5";
  }
  const std::vector<SyncOutcome> outcomes = producer.put_records(records);
  ASSERT_EQ(outcomes.size(), records.size());
  for (const SyncOutcome& outcome : outcomes)
    EXPECT_TRUE(outcome.wait(10s).success);
  const auto consumed = testing::consume(kinesis, "events");
  EXPECT_EQ(consumed.records.size(), records.size()) << "a consumer drops none of them";
  EXPECT_EQ(consumed.dropped_aggregates, 0U);
  EXPECT_EQ(producer.outstanding_bytes(), 0U);
}

TEST_F(ProducerTest, OneProducerServesManyStreams) {
  kinesis.create_stream({.name = "audit"});
  kinesis.create_stream({.name = "metrics", .shards = 2});
  SyncProducer producer{config()};
  std::vector<SyncOutcome> outcomes;
  for (int i = 0; i < 100; ++i) {
    for (const char* stream : {"events", "audit", "metrics"}) {
      outcomes.push_back(
          producer.put_record({.stream = stream, .partition_key = "k" + std::to_string(i), .data = "d"}));
    }
  }
  producer.flush("audit", 10s);
  producer.flush(10s);
  for (const auto& outcome : outcomes)
    EXPECT_TRUE(outcome.wait().success) << outcome.wait();
  for (const char* stream : {"events", "audit", "metrics"}) {
    EXPECT_EQ(testing::consume(kinesis, stream).records.size(), 100U) << stream;
  }
}

TEST_F(ProducerTest, ConfigErrorsAreAllSaidAtOnce) {
  Config wrong = config();
  wrong.collection_max_count = 501;
  wrong.record_ttl = 1ms;
  try {
    const Producer producer{wrong};
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_GE(error.problems().size(), 2U) << error.what();
  }
}

TEST_F(ProducerTest, FullQueuesBlockAndThenGoOn) {
  Config tight = config();
  tight.max_outstanding_records = 50;
  tight.record_max_buffered_time = 10s;  // only a blocked caller makes the batches go before
  tight.record_ttl = 20s;
  SyncProducer producer{tight};
  std::vector<SyncOutcome> outcomes;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 500; ++i) {
    outcomes.push_back(producer.put_record({.stream = "events", .partition_key = std::to_string(i), .data = "d"}));
    EXPECT_LE(producer.outstanding_records(), 55U) << "a tenth beyond the limit at the most";
  }
  producer.flush(10s);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 8s) << "full queues never wait for a timer";
  for (const auto& outcome : outcomes)
    EXPECT_TRUE(outcome.wait().success);
}

TEST_F(ProducerTest, ACoroutineWaitsForItsPlace) {
  Config tight = config();
  tight.max_outstanding_records = 10;
  run([](Config chosen) -> Task<> {
    Producer producer{std::move(chosen)};
    std::vector<Outcome> outcomes;
    for (int i = 0; i < 200; ++i) {
      outcomes.push_back(co_await producer.put_record(
          {.stream = "events", .partition_key = std::to_string(i), .data = "record " + std::to_string(i)}));
    }
    std::vector<std::string> texts;
    for (int i = 0; i < 200; ++i)
      texts.push_back("bulk " + std::to_string(i));
    std::vector<Record> records;
    for (const std::string& text : texts)
      records.push_back({.stream = "events", .partition_key = text, .data = text});
    for (const Outcome& outcome : co_await producer.put_records(records))
      outcomes.push_back(outcome);
    co_await producer.flush();
    for (const Outcome& outcome : outcomes)
      EXPECT_TRUE((co_await outcome).success);
  }(tight));
  EXPECT_EQ(testing::consume(kinesis, "events").records.size(), 400U);
}

TEST_F(ProducerTest, CloseResolvesWhatAStoppedServiceKeeps) {
  Producer producer{config()};
  ASSERT_TRUE(producer.try_put_record({.stream = "events", .partition_key = "warm", .data = "up"})->get(10s).success);
  kinesis.set_stalled(true);
  const Outcome in_flight = *producer.try_put_record({.stream = "events", .partition_key = "a", .data = "1"});
  const CloseReport report = producer.close(200ms).get();
  EXPECT_EQ(report.aborted, 1U);
  ASSERT_TRUE(in_flight.is_set());
  const RecordResult result = in_flight.get();
  EXPECT_FALSE(result.success);
  EXPECT_EQ(result.attempts.back().error_code, error_code::aborted);
  EXPECT_EQ(producer.outstanding_records(), 0U);
  kinesis.set_stalled(false);
}

TEST_F(ProducerTest, OutcomesOutliveTheProducer) {
  std::optional<Outcome> outcome;
  {
    Producer producer{config()};
    outcome = producer.try_put_record({.stream = "events", .partition_key = "a", .data = "1"});
  }
  EXPECT_TRUE(outcome->get().success);
  std::promise<bool> heard;
  outcome->on_ready([&](const RecordResult& result) { heard.set_value(result.success); });
  EXPECT_TRUE(heard.get_future().get());
}

TEST_F(ProducerTest, AProducerMayEndInACallback) {
  auto producer = std::make_unique<Producer>(config());
  const Outcome outcome = *producer->try_put_record({.stream = "events", .partition_key = "a", .data = "1"});
  std::promise<void> ended;
  outcome.on_ready([&](const RecordResult&) {
    producer.reset();
    ended.set_value();
  });
  ASSERT_EQ(ended.get_future().wait_for(20s), std::future_status::ready);
}

TEST_F(ProducerTest, LargeRecordsPassWhereTheStreamTakesThem) {
  kinesis.create_stream({.name = "large", .shards = 1, .max_record_size_kib = 10'240});
  Config chosen = config();
  chosen.collection_max_size = 10'485'760;
  SyncProducer producer{chosen};
  const std::string data(10'000'000, 'x');
  const auto outcome = producer.put_record({.stream = "large", .partition_key = "k", .data = data});
  EXPECT_TRUE(outcome.wait(20s).success) << outcome.wait();
  const auto consumed = testing::consume(kinesis, "large");
  ASSERT_EQ(consumed.records.size(), 1U);
  EXPECT_EQ(consumed.records[0].data, data);
  // On a stream with the usual limit the same record is refused at the call, once the limit is known.
  ASSERT_TRUE(producer.put_record({.stream = "events", .partition_key = "k", .data = "d"}).wait(10s).success);
  EXPECT_THROW((void)producer.put_record({.stream = "events", .partition_key = "k", .data = data}), InvalidArgument);
}

TEST_F(ProducerTest, AutoStreamsGetEachRecordForItself) {
  kinesis.create_stream({.name = "auto", .shards = 3, .automatic_distribution = true});
  SyncProducer producer{config()};
  std::vector<SyncOutcome> outcomes;
  for (int i = 0; i < 300; ++i) {
    const std::string data = std::to_string(i);
    Record record{.stream = "auto", .data = data};
    if (i % 2 == 0) record.partition_key = "key";
    outcomes.push_back(producer.put_record(record));
  }
  const auto tagged = producer.put_record({.stream = "auto", .partition_key = "k", .data = "d", .tags = {{"a", "b"}}});
  producer.flush(10s);
  for (const auto& outcome : outcomes) {
    EXPECT_TRUE(outcome.wait().success) << outcome.wait();
    EXPECT_EQ(outcome.wait().attempts.size(), 1U);
  }
  EXPECT_EQ(tagged.wait().attempts.back().error_code, error_code::tags_not_supported);
  EXPECT_THROW((void)producer.put_record({.stream = "auto", .data = "d", .tags = {{"a", "b"}}}), InvalidArgument);
  const auto consumed = testing::consume(kinesis, "auto");
  EXPECT_EQ(consumed.records.size(), 300U);
  EXPECT_EQ(consumed.aggregates, 0U);
}

}  // namespace
}  // namespace aiokpl
