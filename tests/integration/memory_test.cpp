#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <aiokpl/aiokpl.hpp>
#include <aiokpl/emulator.hpp>

#include "integration/ledger.hpp"
#include "integration/process_state.hpp"
#include "integration/program.hpp"
#include "integration/waiting.hpp"

// What a producer holds: while far more is offered than may be outstanding, after a burst, and with very many streams.
namespace aiokpl {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;

/// AIOKPL_TEST_OFFERED_MIB in the environment makes it a long run.
std::uint64_t offered_bytes() {
  const char* const set = std::getenv("AIOKPL_TEST_OFFERED_MIB");  // NOLINT(concurrency-mt-unsafe)
  return (set != nullptr ? std::strtoull(set, nullptr, 10) : 512) * mebibyte;
}

Config config_for(const std::string& url) {
  Config config;
  config.endpoint_url = url;
  config.record_max_buffered_time = 20ms;
  config.record_ttl = 10min;
  config.rate_limit_bytes_per_sec_per_shard = 1e15;
  config.rate_limit_records_per_sec_per_shard = 1e15;
  config.max_outstanding_records = 10'000'000;
  return config;
}

/// Callers that offer records of mixed sizes until so many bytes were taken, and count what becomes of them.
class Offer {
 public:
  Offer(SyncProducer& producer, std::uint64_t bytes, int callers) {
    for (int i = 0; i < callers; ++i) {
      threads_.emplace_back([this, &producer, share = bytes / static_cast<std::uint64_t>(callers), i] {
        offer(producer, share, static_cast<std::uint64_t>(i));
      });
    }
  }
  Offer(const Offer&) = delete;
  Offer& operator=(const Offer&) = delete;
  ~Offer() { join(); }
  void join() {
    for (std::thread& thread : threads_)
      if (thread.joinable()) thread.join();
  }

  /// Bytes of data that the producer has taken, records of them, and records that were stored.
  [[nodiscard]] std::uint64_t taken_bytes() const { return taken_bytes_; }
  [[nodiscard]] std::uint64_t taken() const { return taken_; }
  [[nodiscard]] std::uint64_t stored() const { return stored_; }
  [[nodiscard]] std::uint64_t failed() const { return failed_; }

 private:
  void offer(SyncProducer& producer, std::uint64_t share, std::uint64_t caller) {
    const std::string block = testing::data_of(caller, 200'000);
    std::uint64_t state = caller + 1;
    for (std::uint64_t bytes = 0; bytes < share;) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      // Most are small, most of the bytes are in the large ones: 200 bytes to 100 KB.
      const std::uint64_t scale = (state >> 33U) % 10;
      const std::uint64_t size = scale < 6 ? 200 + (state >> 40U) % 2'000 : 5'000 + (state >> 40U) % 95'000;
      const std::string key = std::to_string(state >> 50U);
      const SyncOutcome outcome = producer.put_record(
          {.stream = "events", .partition_key = key, .data = std::string_view{block}.substr(0, size)});
      bytes += size;
      taken_bytes_ += size;
      ++taken_;
      outcome.on_ready([this](const RecordResult& result) { ++(result.success ? stored_ : failed_); });
    }
  }

  std::atomic<std::uint64_t> taken_bytes_ = 0;
  std::atomic<std::uint64_t> taken_ = 0;
  std::atomic<std::uint64_t> stored_ = 0;
  std::atomic<std::uint64_t> failed_ = 0;
  std::vector<std::thread> threads_;
};

void put_one(SyncProducer& producer) {
  const auto outcome = producer.put_record({.stream = "events", .partition_key = "k", .data = "warm"});
  ASSERT_TRUE(outcome.wait(20s).success) << outcome.wait();
}

double mean_of_quarter(const std::vector<std::uint64_t>& values, std::size_t quarter) {
  const std::size_t first = values.size() * quarter / 4;
  const std::size_t last = values.size() * (quarter + 1) / 4;
  double sum = 0;
  for (std::size_t i = first; i < last; ++i)
    sum += static_cast<double>(values[i]);
  return sum / static_cast<double>(std::max<std::size_t>(last - first, 1));
}

TEST(Memory, WhatIsOfferedToAStoppedServerWaitsAtTheCallersAndThenGoesOn) {
  testing::Program server{{"--stream", "events:16", "--discard"}};
  Config config = config_for(server.url());
  config.max_outstanding_bytes = 64 * mebibyte;
  config.request_timeout = 1s;  // some run out while the server is stopped
  SyncProducer producer{config};
  put_one(producer);
  const std::uint64_t base = testing::resident_bytes();
  const auto start = std::chrono::steady_clock::now();
  server.stop();
  Offer offer{producer, offered_bytes(), 4};
  ASSERT_TRUE(
      testing::eventually([&] { return producer.outstanding_bytes() > config.max_outstanding_bytes * 9 / 10; }));
  ASSERT_TRUE(testing::eventually([&] { return producer.retried_records() > 0; })) << "stopped as long as that";
  const std::uint64_t taken = offer.taken_bytes();
  EXPECT_LT(taken, config.max_outstanding_bytes * 11 / 10) << "callers wait";
  EXPECT_EQ(offer.stored(), 0U);
  const std::uint64_t stopped = testing::resident_bytes();
  std::vector<std::uint64_t> resident;
  server.go_on();
  ASSERT_TRUE(testing::eventually(
      [&] {
        resident.push_back(testing::resident_bytes());
        return offer.taken_bytes() >= offered_bytes() && producer.outstanding_records() == 0;
      },
      std::chrono::seconds{600}));
  const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  offer.join();
  const std::uint64_t most = *std::ranges::max_element(resident);
  EXPECT_TRUE(testing::eventually([&] { return offer.stored() + offer.failed() == offer.taken(); }));
  EXPECT_EQ(offer.failed(), 0U);
  EXPECT_EQ(producer.outstanding_bytes(), 0U);
  std::cout << offer.taken_bytes() / mebibyte << " MiB in " << offer.taken() << " records, " << took
            << " s; MiB resident: " << base / mebibyte << " before, " << stopped / mebibyte << " while stopped, "
            << std::llround(mean_of_quarter(resident, 3) / mebibyte) << " towards the end, " << most / mebibyte
            << " at most";
  if (testing::sanitized) return;
  EXPECT_LT(most, base + 3 * config.max_outstanding_bytes)
      << "records, freed memory that is used again for other sizes, and what libcurl keeps";
  // The first few hundred MiB are what it takes to have it all.
  if (offered_bytes() >= 4'096 * mebibyte) {
    EXPECT_LT(mean_of_quarter(resident, 3), mean_of_quarter(resident, 1) + 24.0 * mebibyte) << "it does not grow";
  }
  EXPECT_TRUE(testing::eventually([&] { return testing::resident_bytes() < base + 24 * mebibyte; }))
      << testing::resident_bytes() / mebibyte << " MiB after a rest";
  std::cout << ", " << testing::resident_bytes() / mebibyte << " after a rest\n";
}

TEST(Memory, WhatABurstOfSmallRecordsTookIsGivenBack) {
  testing::Program server{{"--stream", "events:16", "--discard"}};
  SyncProducer producer{config_for(server.url())};
  put_one(producer);
  const std::uint64_t base = testing::resident_bytes();
  server.stop();
  constexpr int count = testing::sanitized ? 20'000 : 300'000;
  const std::string data(200, 'd');
  for (int i = 0; i < count; ++i)
    static_cast<void>(producer.put_record({.stream = "events", .partition_key = std::to_string(i), .data = data}));
  const std::uint64_t most = testing::resident_bytes();
  server.go_on();
  producer.flush(60s);
  EXPECT_EQ(producer.outstanding_bytes(), 0U);
  if (testing::sanitized) return;
  EXPECT_GT(most, base + count * 200U) << "there was a burst";
  EXPECT_TRUE(testing::eventually([&] { return testing::resident_bytes() < base + 16 * mebibyte; }))
      << "MiB: " << base / mebibyte << " before, " << most / mebibyte << " at most, "
      << testing::resident_bytes() / mebibyte << " after a rest";
}

TEST(Memory, TwoThousandStreamsOfFewRecordsEach) {
  constexpr std::uint64_t streams = testing::sanitized ? 300 : 2'000;
  constexpr std::uint64_t records = 5;
  emulator::Options options;
  for (std::uint64_t i = 0; i < streams; ++i)
    options.streams.push_back({.name = "stream-" + std::to_string(i), .shards = 2});
  emulator::LocalKinesis kinesis{options};
  kinesis.start();
  Config config = config_for(kinesis.endpoint_url());
  // Else the records of most streams wait five seconds for the word on AUTO, which is asked for twice a second in all.
  config.record_distribution_strategy = DistributionStrategy::user_partition_key;
  SyncProducer producer{config};
  testing::Ledger ledger;
  const std::uint64_t base = testing::resident_bytes();
  const auto start = std::chrono::steady_clock::now();
  for (std::uint64_t round = 0; round < records; ++round) {
    for (std::uint64_t i = 0; i < streams; ++i)
      ledger.put(producer, "stream-" + std::to_string(i), round * streams + i);
  }
  producer.flush(60s);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 30s);
  const std::uint64_t held = testing::resident_bytes() - base;
  const auto tally = ledger.check(kinesis);
  EXPECT_EQ(tally.stored, streams * records) << ::testing::PrintToString(tally.words);
  EXPECT_EQ(producer.outstanding_records(), 0U);
  if (testing::sanitized) return;
  // This test's own notes and the emulator's streams are among it.
  EXPECT_LT(held / streams, 64 * 1024U) << "bytes for each stream";
}

}  // namespace
}  // namespace aiokpl
