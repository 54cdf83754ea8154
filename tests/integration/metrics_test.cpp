#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <aiokpl/aiokpl.hpp>
#include <aiokpl/emulator.hpp>

#include "integration/waiting.hpp"
#include "integration/words.hpp"

// What a producer measures, over its real edge, and how it gets on with its sink.
namespace aiokpl {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::Words;
using Kind = emulator::ScriptedFault::Kind;

class MetricsTest : public ::testing::Test {
 protected:
  MetricsTest() : kinesis{{.streams = {{.name = "orders", .shards = 2}, {.name = "audit", .shards = 1}}}} {
    kinesis.start();
  }

  [[nodiscard]] Config config(MetricsLevel level = MetricsLevel::detailed) const {
    Config config;
    config.endpoint_url = kinesis.endpoint_url();
    config.record_max_buffered_time = 10ms;
    config.metrics_level = level;
    return config;
  }

  static void put(SyncProducer& producer, std::string_view stream, int count) {
    for (int i = 0; i < count; ++i) {
      const std::string key = "key-" + std::to_string(i);
      (void)producer.put_record({.stream = stream, .partition_key = key, .data = "0123456789"});
    }
  }

  static double sum(const SyncProducer& producer, std::string_view name, std::optional<std::string> stream = {}) {
    const auto found = producer.metrics().snapshot({.name = std::string{name}, .stream = std::move(stream)});
    return found ? found->sum : 0;
  }
  static std::uint64_t count(const SyncProducer& producer, std::string_view name) {
    const auto found = producer.metrics().snapshot({.name = std::string{name}});
    return found ? found->count : 0;
  }

  emulator::LocalKinesis kinesis;
};

// A sink that does as it is told.
class TestSink final : public MetricsSink {
 public:
  void start(const Config& producer) override {
    const std::lock_guard lock{mutex_};
    ++starts;
    level = producer.metrics_level;
    if (fail_start-- > 0) throw std::runtime_error{"not yet"};
  }
  void export_metrics(std::span<const MetricSnapshot> snapshots) override {
    std::unique_lock lock{mutex_};
    ++exports;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !stalled_; });
    if (fail-- > 0) throw std::runtime_error{"the sink is full"};
    for (const MetricSnapshot& one : snapshots)
      put += one.name == metric::user_records_put ? one.sum : 0;
    if (defer-- > 0) throw ExportDeferred{"kept for later"};
  }
  void stop() override {
    const std::lock_guard lock{mutex_};
    ++stops;
  }

  void set_stalled(bool stalled) {
    const std::lock_guard lock{mutex_};
    stalled_ = stalled;
    changed_.notify_all();
  }
  bool await_export() {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, 20s, [this] { return exports > 0; });
  }

  std::atomic<int> starts = 0;
  std::atomic<int> exports = 0;
  std::atomic<int> stops = 0;
  std::atomic<int> fail_start = 0;
  std::atomic<int> fail = 0;
  std::atomic<int> defer = 0;
  std::atomic<double> put = 0;
  std::atomic<MetricsLevel> level = MetricsLevel::none;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stalled_ = false;
};

TEST_F(MetricsTest, CountsWhatWasPut) {
  SyncProducer producer{config()};
  put(producer, "orders", 300);
  put(producer, "audit", 20);
  producer.flush(20s);
  const auto stored = kinesis.counters().records_stored;
  EXPECT_EQ(sum(producer, metric::user_records_received), 320);
  EXPECT_EQ(sum(producer, metric::user_records_put), 320);
  EXPECT_EQ(sum(producer, metric::user_records_put, "audit"), 20);
  EXPECT_EQ(sum(producer, metric::user_records_data_put, "audit"), 10 * 15 + 10 * 16);
  EXPECT_EQ(sum(producer, metric::kinesis_records_put), static_cast<double>(stored));
  EXPECT_EQ(sum(producer, metric::kinesis_records_data_put), static_cast<double>(kinesis.counters().bytes_stored));
  EXPECT_EQ(sum(producer, metric::user_records_per_kinesis_record), 320);
  EXPECT_EQ(sum(producer, metric::kinesis_records_per_request), static_cast<double>(stored));
  EXPECT_EQ(count(producer, metric::request_time), kinesis.counters().requests.at("PutRecords"));
  EXPECT_EQ(sum(producer, metric::user_records_per_request), 320);
  EXPECT_EQ(count(producer, metric::buffered_time), 320U);
  EXPECT_EQ(count(producer, metric::delivery_time), 320U);
  EXPECT_EQ(sum(producer, metric::retries_per_record), 0);
  EXPECT_EQ(count(producer, metric::retries_per_record), 320U);
  EXPECT_EQ(sum(producer, metric::all_errors), 0);
  EXPECT_EQ(producer.metrics().snapshot({.name = "UserRecordsPending"})->last, 0);
}

TEST_F(MetricsTest, ShardsAddUpToTheirStream) {
  SyncProducer producer{config()};
  put(producer, "orders", 300);
  producer.flush(20s);
  const auto shards = producer.metrics().snapshots({.name = "UserRecordsPut", .stream = "orders"});
  ASSERT_EQ(shards.size(), 2U);
  EXPECT_EQ(shards[0].sum + shards[1].sum, 300);
  const auto one = producer.metrics().snapshot(
      {.name = "UserRecordsPut", .stream = "orders", .shard = std::string{*shards[1].dimension("ShardId")}});
  EXPECT_EQ(one->sum, shards[1].sum);
}

TEST_F(MetricsTest, TimesAreThoseOfTheRecords) {
  emulator::Faults slow;
  slow.latency = 50ms;
  kinesis.set_faults(slow);
  Config waiting = config();
  waiting.record_max_buffered_time = 100ms;
  SyncProducer producer{waiting};
  const auto start = std::chrono::steady_clock::now();
  const auto outcome = producer.put_record({.stream = "orders", .partition_key = "k", .data = "x"});
  ASSERT_TRUE(outcome.wait(20s).success);
  const double took = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  const auto delivery = producer.metrics().snapshot({.name = "DeliveryTime"});
  const auto buffered = producer.metrics().snapshot({.name = "BufferedTime"});
  const auto request = producer.metrics().snapshot({.name = "RequestTime"});
  ASSERT_TRUE(delivery && buffered && request);
  EXPECT_GE(delivery->sum, 150);
  EXPECT_LE(delivery->sum, took);
  EXPECT_GE(buffered->sum, 100);
  EXPECT_GE(request->sum, 50);
  EXPECT_LE(buffered->sum + request->sum, delivery->sum + 1);
  EXPECT_DOUBLE_EQ(*delivery->percentile(0.99), delivery->sum);
  EXPECT_EQ(delivery->unit, MetricUnit::milliseconds);
}

TEST_F(MetricsTest, ErrorsHaveTheirCodes) {
  kinesis.fail_next("PutRecords", {.kind = Kind::throttle_records});
  SyncProducer producer{config()};
  ASSERT_TRUE(producer.put_record({.stream = "audit", .partition_key = "k", .data = "x"}).wait(20s).success);
  kinesis.fail_next("PutRecords", {.kind = Kind::error, .status = 500, .code = "InternalFailure"});
  ASSERT_TRUE(producer.put_record({.stream = "audit", .partition_key = "k", .data = "x"}).wait(20s).success);
  const auto errors = [&](std::string code) {
    const auto found = producer.metrics().snapshot({.name = "ErrorsByCode", .error_code = std::move(code)});
    return found ? found->sum : 0;
  };
  EXPECT_EQ(errors("ProvisionedThroughputExceededException"), 1);
  EXPECT_EQ(errors("InternalFailure"), 1);
  EXPECT_EQ(sum(producer, metric::all_errors), 2);
  EXPECT_EQ(sum(producer, metric::retries_per_record), 2);
  EXPECT_EQ(sum(producer, metric::kinesis_records_put), 2);
  EXPECT_EQ(count(producer, metric::kinesis_records_put), 4U) << "0 for each that was not stored";
  EXPECT_EQ(count(producer, metric::buffered_time), 4U) << "one for each attempt";
  EXPECT_EQ(count(producer, metric::user_records_put), 2U);
}

TEST_F(MetricsTest, ExpiredAndAbortedRecordsAreCounted) {
  emulator::Faults down;
  down.request_error_rate = 1;
  kinesis.set_faults(down);
  Config short_lived = config();
  short_lived.record_ttl = 200ms;
  short_lived.metrics_level = MetricsLevel::summary;
  SyncProducer producer{short_lived};
  put(producer, "audit", 3);
  producer.flush(20s);
  EXPECT_EQ(sum(producer, metric::expired_records), 3);
  EXPECT_EQ(sum(producer, metric::user_records_put), 0);
  EXPECT_EQ(count(producer, metric::user_records_put), 3U);
  EXPECT_GT(producer.metrics().snapshot({.name = "ErrorsByCode", .error_code = "Expired"})->sum, 0);
  put(producer, "audit", 2);
  EXPECT_EQ(producer.abort(), 2U);
  EXPECT_EQ(count(producer, metric::user_records_put), 5U);
  EXPECT_GT(producer.metrics().snapshot({.name = "ErrorsByCode", .error_code = "Aborted"})->sum, 0);
}

TEST_F(MetricsTest, PendingRecordsAndTheirAgeAreStates) {
  emulator::Faults slow;
  slow.latency = 500ms;
  kinesis.set_faults(slow);
  SyncProducer producer{config()};
  put(producer, "audit", 5);
  ASSERT_TRUE(testing::eventually([&] { return producer.oldest_record_age() > 20ms; }));
  EXPECT_EQ(producer.metrics().snapshot({.name = "UserRecordsPending"})->last, 5);
  EXPECT_EQ(sum(producer, metric::user_records_received), 5) << "counted while they are on their way";
  EXPECT_GE(producer.metrics().snapshot({.name = "OldestRecordAge", .stream = "audit"})->last, 20);
  producer.flush(20s);
  EXPECT_EQ(producer.metrics().snapshot({.name = "UserRecordsPending"})->last, 0);
  EXPECT_EQ(producer.metrics().snapshot({.name = "OldestRecordAge"})->last, 0);
  EXPECT_EQ(sum(producer, metric::user_records_received), 5);
}

TEST_F(MetricsTest, AWindowEndsNow) {
  SyncProducer producer{config()};
  put(producer, "audit", 4);
  producer.flush(20s);
  const auto put_in_a_minute = producer.metrics().snapshot(60s, {.name = "UserRecordsPut"});
  ASSERT_TRUE(put_in_a_minute);
  EXPECT_EQ(put_in_a_minute->sum, 4);
  EXPECT_THROW((void)producer.metrics().snapshots(0s), InvalidArgument);
  EXPECT_THROW((void)producer.metrics().snapshots(61s), InvalidArgument);
  EXPECT_THROW((void)producer.metrics().snapshot({}), InvalidArgument);
  EXPECT_THROW((void)producer.metrics().snapshot({.name = "UserRecordsLost"}), InvalidArgument);
}

TEST_F(MetricsTest, NothingIsMeasuredUnlessAskedFor) {
  Config none = config(MetricsLevel::none);
  const auto sink = std::make_shared<InMemorySink>();
  const auto words = std::make_shared<Words>();
  none.metrics_sink = sink;
  none.logger = words;
  none.metrics_upload_interval = 1ms;
  {
    SyncProducer producer{none};
    put(producer, "audit", 3);
    producer.flush(20s);
    EXPECT_TRUE(producer.metrics().snapshots().empty());
    EXPECT_EQ(producer.metrics().level(), MetricsLevel::none);
  }
  EXPECT_TRUE(sink->exports().empty());
  EXPECT_THAT(words->text(), HasSubstr("metrics_sink gets nothing, since metrics_level is none"));
}

TEST_F(MetricsTest, TheSinkGetsEachObservationOnceWhateverTheInterval) {
  for (const auto interval : {std::chrono::nanoseconds{1ms}, std::chrono::nanoseconds{60s}}) {
    const auto sink = std::make_shared<InMemorySink>();
    Config chosen = config();
    chosen.metrics_sink = sink;
    chosen.metrics_upload_interval = interval;
    std::uint64_t delivered = 0;
    {
      SyncProducer producer{chosen};
      for (int round = 0; round < 20; ++round) {
        put(producer, "orders", 50);
        producer.flush(20s);
      }
      delivered = count(producer, metric::delivery_time);
      producer.close();
      EXPECT_FALSE(sink->exports().empty()) << "the last export comes before the close is over";
    }
    const auto all = sink->by_name("UserRecordsPut");
    const double put = std::accumulate(all.begin(), all.end(), 0.0,
                                       [](double sum, const MetricSnapshot& one) { return sum + one.sum; });
    EXPECT_EQ(put, 1000);
    EXPECT_EQ(delivered, 1000U);
    std::uint64_t received = 0;
    std::uint64_t in_buckets = 0;
    for (const MetricSnapshot& one : sink->all_snapshots()) {
      if (one.name == metric::user_records_received) received += one.count;
      if (one.name == metric::delivery_time) {
        in_buckets += std::accumulate(one.buckets.begin(), one.buckets.end(), std::uint64_t{0});
      }
    }
    EXPECT_EQ(received, 1000U);
    EXPECT_EQ(in_buckets, 1000U);
    const auto exports = sink->exports();
    for (std::size_t i = 1; i < exports.size(); ++i)
      EXPECT_EQ(exports[i].front().window_start, exports[i - 1].front().window_end);
  }
}

TEST_F(MetricsTest, ASinkThatThrowsGetsTheSameAgainAndIsHeardOf) {
  const auto sink = std::make_shared<TestSink>();
  sink->fail_start = 2;
  sink->fail = 3;
  const auto words = std::make_shared<Words>();
  Config chosen = config();
  chosen.metrics_sink = sink;
  chosen.metrics_upload_interval = 5ms;
  chosen.logger = words;
  SyncProducer producer{chosen};
  put(producer, "audit", 30);
  producer.flush(20s);
  ASSERT_TRUE(testing::eventually([&] { return sink->put == 30; }));
  EXPECT_GE(producer.metrics().failed_exports(), 5U);
  EXPECT_EQ(sink->starts, 3);
  EXPECT_EQ(sink->level, MetricsLevel::detailed);
  EXPECT_THAT(words->text(), HasSubstr("the metrics sink failed to start: not yet"));
  EXPECT_THAT(words->text(), HasSubstr("the metrics sink failed to export: the sink is full"));
  producer.close();
  EXPECT_EQ(sink->stops, 1);
  EXPECT_EQ(sink->put, 30);
}

TEST_F(MetricsTest, WhatASinkDefersIsNotGivenAgain) {
  const auto sink = std::make_shared<TestSink>();
  sink->defer = 1'000'000;
  Config chosen = config();
  chosen.metrics_sink = sink;
  chosen.metrics_upload_interval = 1ms;
  SyncProducer producer{chosen};
  put(producer, "audit", 30);
  producer.close();
  EXPECT_EQ(sink->put, 30);
  EXPECT_GT(producer.metrics().failed_exports(), 0U);
}

TEST_F(MetricsTest, AStalledSinkStandsInNobodysWay) {
  const auto sink = std::make_shared<TestSink>();
  sink->set_stalled(true);
  Config chosen = config();
  chosen.metrics_sink = sink;
  chosen.metrics_upload_interval = 1ms;
  const auto words = std::make_shared<Words>();
  chosen.logger = words;
  {
    SyncProducer producer{chosen};
    put(producer, "orders", 10);
    ASSERT_TRUE(sink->await_export());
    put(producer, "orders", 500);
    producer.flush(20s);
    EXPECT_EQ(sum(producer, metric::user_records_put), 510) << "readers do not wait for it either";
    EXPECT_EQ(sink->exports, 1);
    const auto start = std::chrono::steady_clock::now();
    producer.close();
    EXPECT_LT(std::chrono::steady_clock::now() - start, 15s);
  }
  EXPECT_THAT(words->text(), HasSubstr("the metrics sink did not take the last export in time"));
  // The thread that was left behind ends by itself.
  sink->set_stalled(false);
  EXPECT_TRUE(testing::eventually([&] { return sink->stops == 1; }));
  EXPECT_EQ(sink->put, 510);
}

TEST_F(MetricsTest, MetricsOutliveTheirProducer) {
  std::optional<Metrics> metrics;
  {
    SyncProducer producer{config()};
    put(producer, "audit", 8);
    metrics = producer.metrics();
  }
  EXPECT_EQ(metrics->snapshot({.name = "UserRecordsPut"})->sum, 8);
}

TEST_F(MetricsTest, ProducersMayShareASink) {
  const auto sink = std::make_shared<InMemorySink>();
  Config chosen = config(MetricsLevel::summary);
  chosen.metrics_sink = sink;
  chosen.metrics_upload_interval = 1ms;
  {
    SyncProducer first{chosen};
    SyncProducer second{chosen};
    put(first, "orders", 40);
    put(second, "orders", 2);
  }
  const auto all = sink->by_name("UserRecordsPut");
  EXPECT_EQ(std::accumulate(all.begin(), all.end(), 0.0, [](double sum, const auto& one) { return sum + one.sum; }),
            42);
  for (const MetricSnapshot& one : all)
    EXPECT_EQ(one.dimension("ShardId"), std::nullopt) << "by stream at the level summary";
}

}  // namespace
}  // namespace aiokpl
