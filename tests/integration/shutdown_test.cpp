#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>

#include <aiokpl/aiokpl.hpp>
#include <aiokpl/emulator.hpp>

#include "integration/ledger.hpp"
#include "integration/waiting.hpp"

// A producer that ends while its queues are full and callers wait for places.
namespace aiokpl {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr std::uint64_t places = 100;

class Shutdown : public ::testing::Test {
 protected:
  Shutdown() : kinesis_{{.streams = {{.name = "events", .shards = 2}}}} { kinesis_.start(); }

  [[nodiscard]] Config config() const {
    Config config;
    config.endpoint_url = kinesis_.endpoint_url();
    config.record_max_buffered_time = 10ms;
    config.max_outstanding_records = places;
    config.shutdown_timeout = 300ms;
    return config;
  }
  /// Puts until there is no place any more.
  static std::vector<Outcome> fill(Producer& producer) {
    std::vector<Outcome> outcomes;
    while (auto outcome = producer.try_put_record({.stream = "events", .partition_key = "k", .data = "full"}))
      outcomes.push_back(*std::move(outcome));
    return outcomes;
  }
  static void expect_aborted(const std::vector<Outcome>& outcomes) {
    for (const Outcome& outcome : outcomes) {
      ASSERT_TRUE(outcome.is_set()) << "a producer that has ended leaves nothing open";
      const RecordResult result = outcome.get();
      EXPECT_FALSE(result.success);
      EXPECT_EQ(result.attempts.back().error_code, error_code::aborted) << result;
    }
  }

  emulator::LocalKinesis kinesis_;
};

/// Threads that put until they are told that the producer is closed.
class Callers {
 public:
  Callers(SyncProducer& producer, int count) {
    for (int i = 0; i < count; ++i) {
      threads_.emplace_back([this, &producer] {
        try {
          for (;;) {
            // Before the call: what a caller that waits has not got into.
            ++tried_;
            SyncOutcome outcome = producer.put_record({.stream = "events", .partition_key = "k", .data = "d"});
            const std::lock_guard lock{mutex_};
            outcomes_.push_back(std::move(outcome));
          }
        } catch (const ProducerClosed&) {
          ++refused_;
        }
      });
    }
  }
  Callers(const Callers&) = delete;
  Callers& operator=(const Callers&) = delete;
  ~Callers() { join(); }

  /// All of them are inside a call that does not end.
  [[nodiscard]] bool all_wait(const SyncProducer& producer) const {
    return testing::eventually(
        [&] { return producer.outstanding_records() >= places && tried_ == taken() + threads_.size(); });
  }
  /// From now on they run only when this processor has nothing else to do.
  void starve(std::size_t processor) {
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(processor, &only);
    const sched_param none{};
    for (std::thread& thread : threads_) {
      pthread_setaffinity_np(thread.native_handle(), sizeof(only), &only);
      pthread_setschedparam(thread.native_handle(), SCHED_IDLE, &none);
    }
  }
  void join() {
    for (std::thread& thread : threads_)
      if (thread.joinable()) thread.join();
  }
  [[nodiscard]] std::size_t refused() const { return refused_; }
  [[nodiscard]] std::size_t taken() const {
    const std::lock_guard lock{mutex_};
    return outcomes_.size();
  }
  [[nodiscard]] const std::vector<SyncOutcome>& outcomes() const { return outcomes_; }

 private:
  std::atomic<std::size_t> tried_ = 0;
  std::atomic<std::size_t> refused_ = 0;
  mutable std::mutex mutex_;
  std::vector<SyncOutcome> outcomes_;
  std::vector<std::thread> threads_;
};

TEST_F(Shutdown, ACloseWhileFullFreesTheCallersAndResolvesTheRest) {
  kinesis_.set_stalled(true);
  SyncProducer producer{config()};
  Callers callers{producer, 4};
  ASSERT_TRUE(callers.all_wait(producer));
  const auto start = steady_clock::now();
  const CloseReport report = producer.close(300ms);
  EXPECT_LT(steady_clock::now() - start, 3s);
  callers.join();
  EXPECT_EQ(callers.refused(), 4U) << "each heard ProducerClosed";
  EXPECT_EQ(report.aborted, callers.taken());
  EXPECT_EQ(producer.outstanding_records(), 0U);
  EXPECT_EQ(producer.outstanding_bytes(), 0U);
  for (const SyncOutcome& outcome : callers.outcomes()) {
    ASSERT_TRUE(outcome.done());
    EXPECT_EQ(outcome.wait().attempts.back().error_code, error_code::aborted);
  }
  kinesis_.set_stalled(false);
}

TEST_F(Shutdown, ACloseWhileFullStoresWhatItCanInTime) {
  kinesis_.set_stalled(true);
  SyncProducer producer{config()};
  Callers callers{producer, 4};
  ASSERT_TRUE(callers.all_wait(producer));
  std::thread goes_on{[&] {
    EXPECT_TRUE(testing::eventually([&] { return callers.refused() == 4; }));
    kinesis_.set_stalled(false);
  }};
  const CloseReport report = producer.close(30s);
  goes_on.join();
  callers.join();
  EXPECT_EQ(report.aborted, 0U);
  for (const SyncOutcome& outcome : callers.outcomes())
    EXPECT_TRUE(outcome.wait().success) << outcome.wait();
  EXPECT_EQ(testing::consume(kinesis_, "events").records.size(), callers.taken()) << "and none of those refused";
}

TEST_F(Shutdown, DestroyedWhileThreadsWaitForPlacesTheyHearOfIt) {
  kinesis_.set_stalled(true);
  for (int round = 0; round < 10; ++round) {
    Config chosen = config();
    chosen.shutdown_timeout = 20ms;
    auto producer = std::make_unique<SyncProducer>(chosen);
    Callers callers{*producer, 8};
    ASSERT_TRUE(callers.all_wait(*producer));
    producer.reset();
    callers.join();
    EXPECT_EQ(callers.refused(), 8U);
    for (const SyncOutcome& outcome : callers.outcomes())
      EXPECT_TRUE(outcome.done());
  }
  kinesis_.set_stalled(false);
}

/// Keeps the processor that its maker ran on busy while it lives, and its maker off it.
class BusyProcessor {
 public:
  BusyProcessor() : number_{static_cast<std::size_t>(sched_getcpu())} {
    sched_getaffinity(0, sizeof(before_), &before_);
    cpu_set_t others = before_;
    CPU_CLR(number_, &others);
    if (CPU_COUNT(&others) > 0) sched_setaffinity(0, sizeof(others), &others);
    thread_ = std::thread{[this] {
      cpu_set_t only;
      CPU_ZERO(&only);
      CPU_SET(number_, &only);
      sched_setaffinity(0, sizeof(only), &only);
      while (!end_) {
      }
    }};
  }
  BusyProcessor(const BusyProcessor&) = delete;
  BusyProcessor& operator=(const BusyProcessor&) = delete;
  ~BusyProcessor() {
    end_ = true;
    thread_.join();
    sched_setaffinity(0, sizeof(before_), &before_);
  }
  [[nodiscard]] std::size_t number() const noexcept { return number_; }

 private:
  std::size_t number_;
  cpu_set_t before_{};
  std::atomic<bool> end_ = false;
  std::thread thread_;
};

// They are told, and have yet to run again, when the producer is gone.
TEST_F(Shutdown, DestroyedWhileThreadsWaitThatHardlyEverRun) {
  kinesis_.set_stalled(true);
  Config chosen = config();
  chosen.shutdown_timeout = 0ms;
  auto producer = std::make_unique<SyncProducer>(chosen);
  Callers callers{*producer, 8};
  ASSERT_TRUE(callers.all_wait(*producer));
  {
    const BusyProcessor busy;
    callers.starve(busy.number());
    producer.reset();
  }
  callers.join();
  EXPECT_EQ(callers.refused(), 8U);
  kinesis_.set_stalled(false);
}

TEST_F(Shutdown, ACoroutineThatWaitsForAPlaceHearsOfTheClose) {
  kinesis_.set_stalled(true);
  std::vector<Outcome> outcomes;
  const bool refused = run([](Config chosen, std::vector<Outcome>& filled) -> Task<bool> {
    Producer producer{std::move(chosen)};
    filled = fill(producer);
    PutAwaiter waits = producer.put_record({.stream = "events", .partition_key = "k", .data = "late"});
    EXPECT_FALSE(waits.await_ready());
    std::thread closes{[&] { producer.close(50ms).get(); }};
    bool heard = false;
    try {
      static_cast<void>(co_await waits);
    } catch (const ProducerClosed&) {
      heard = true;
    }
    closes.join();
    co_return heard;
  }(config(), outcomes));
  EXPECT_TRUE(refused);
  expect_aborted(outcomes);
  kinesis_.set_stalled(false);
}

TEST_F(Shutdown, AnAbortWhileFullIsAtOnce) {
  kinesis_.set_stalled(true);
  Producer producer{config()};
  const std::vector<Outcome> outcomes = fill(producer);
  EXPECT_GE(outcomes.size(), places);
  const auto start = steady_clock::now();
  EXPECT_EQ(producer.abort(), outcomes.size());
  EXPECT_LT(steady_clock::now() - start, 2s);
  expect_aborted(outcomes);
  kinesis_.set_stalled(false);
}

TEST_F(Shutdown, DestroyedWhileFullTheFailedHandlerHasHeardOfEveryRecord) {
  kinesis_.set_stalled(true);
  std::vector<FailedRecord> failed;  // the completion thread's, until the producer has ended
  std::vector<Outcome> outcomes;
  {
    Producer producer{config()};
    producer.on_failed([&](const FailedRecord& record) { failed.push_back(record); });
    outcomes = fill(producer);
  }
  expect_aborted(outcomes);
  ASSERT_EQ(failed.size(), outcomes.size());
  for (const FailedRecord& record : failed)
    EXPECT_EQ(DataView{record.data}.text(), "full");
  kinesis_.set_stalled(false);
}

}  // namespace
}  // namespace aiokpl
