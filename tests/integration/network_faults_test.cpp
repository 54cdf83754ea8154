#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <aiokpl/aiokpl.hpp>
#include <aiokpl/emulator.hpp>

#include "integration/faulty_proxy.hpp"
#include "integration/ledger.hpp"
#include "integration/waiting.hpp"

// What a network does to connections, and what becomes of the records on them: nothing is lost, and the attempts tell
// in words what happened.
namespace aiokpl {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using testing::Flow;

class NetworkFaults : public ::testing::Test {
 protected:
  NetworkFaults() : kinesis_{{.streams = {{.name = "events", .shards = 4}}}}, proxy_{start(kinesis_)} {}

  static std::uint16_t start(emulator::LocalKinesis& kinesis) {
    kinesis.start();
    return kinesis.port();
  }
  [[nodiscard]] Config config() const {
    Config config;
    config.endpoint_url = proxy_.url();
    config.record_max_buffered_time = 10ms;
    config.rate_limit_bytes_per_sec_per_shard = 1e9;
    config.rate_limit_records_per_sec_per_shard = 1e6;
    config.connect_timeout = 1s;
    config.request_timeout = 300ms;
    return config;
  }
  /// The first record, after which the shards are known and connections are kept.
  void warm_up(SyncProducer& producer) {
    put(producer, 1);
    producer.flush(20s);
  }
  void put(SyncProducer& producer, int count, std::size_t size = 100) {
    for (int i = 0; i < count; ++i)
      ledger_.put(producer, "events", next_++, size);
  }
  void expect_all_stored(const testing::Ledger::Tally& tally) const {
    EXPECT_EQ(tally.failed, 0U) << ::testing::PrintToString(tally.words);
    EXPECT_EQ(tally.stored, ledger_.size());
  }

  emulator::LocalKinesis kinesis_;
  testing::FaultyProxy proxy_;
  testing::Ledger ledger_;
  std::uint64_t next_ = 0;
};

TEST_F(NetworkFaults, APeerThatVanishesWithoutAWordIsGivenUpAndTheRecordsGoOn) {
  SyncProducer producer{config()};
  warm_up(producer);
  proxy_.abandon();  // the kept connection is half of one now
  put(producer, 100);
  const auto tally = ledger_.check(kinesis_);
  expect_all_stored(tally);
  EXPECT_TRUE(tally.says("no byte moved for 300 ms on the connection to 127.0.0.1"))
      << ::testing::PrintToString(tally.words);
}

TEST_F(NetworkFaults, ConnectionsThatAreTakenAndNeverAnsweredAreGivenUpUntilOneIs) {
  SyncProducer producer{config()};
  warm_up(producer);
  proxy_.set(Flow::swallow(), Flow::swallow());
  put(producer, 100);
  EXPECT_TRUE(testing::eventually([&] { return producer.retried_records() > 0; }));
  proxy_.reset_all();
  proxy_.pass();
  put(producer, 100);
  const auto tally = ledger_.check(kinesis_);
  expect_all_stored(tally);
  EXPECT_TRUE(tally.says("no byte moved for 300 ms")) << ::testing::PrintToString(tally.words);
}

TEST_F(NetworkFaults, ABodyThatNobodyTakesIsGivenUpWithTheBytesThatWereSent) {
  SyncProducer producer{config()};
  warm_up(producer);
  proxy_.set(Flow::hold(), Flow::pass());
  put(producer, 12, 1'000'000);  // more than the system's buffers keep
  EXPECT_TRUE(testing::eventually([&] { return producer.retried_records() > 0; }));
  proxy_.reset_all();
  proxy_.pass();
  const auto tally = ledger_.check(kinesis_);
  expect_all_stored(tally);
  EXPECT_TRUE(tally.says("bytes were sent")) << ::testing::PrintToString(tally.words);
}

TEST_F(NetworkFaults, ResetsInTheMiddleOfRequestsLoseNothing) {
  Config chosen = config();
  chosen.aggregation_max_size = 2'000;
  chosen.collection_max_count = 10;
  chosen.max_connections = 2;
  SyncProducer producer{chosen};
  warm_up(producer);
  proxy_.set(Flow::reset_after(60'000), Flow::pass());  // a few requests of each connection
  for (int i = 0; i < 20; ++i)
    put(producer, 100);
  const auto tally = ledger_.check(kinesis_);
  expect_all_stored(tally);
  EXPECT_TRUE(tally.says("was closed while in use")) << ::testing::PrintToString(tally.words);
  EXPECT_GT(proxy_.accepted(), 5U);
}

TEST_F(NetworkFaults, ResetsInTheMiddleOfAnswersNeverMakeAFalseSuccess) {
  Config chosen = config();
  chosen.aggregation_max_size = 2'000;
  chosen.collection_max_count = 2;
  chosen.max_connections = 2;
  SyncProducer producer{chosen};
  warm_up(producer);
  proxy_.set(Flow::pass(), Flow::reset_after(3'000));
  for (int i = 0; i < 20; ++i)
    put(producer, 100);
  const auto tally = ledger_.check(kinesis_);
  expect_all_stored(tally);
  EXPECT_TRUE(tally.says("was closed while in use")) << ::testing::PrintToString(tally.words);
}

/// Cuts the answer after so many of its bytes: in the status line, in a header, between headers and body, in the body.
class CutAnswers : public NetworkFaults, public ::testing::WithParamInterface<int> {};

TEST_P(CutAnswers, AreFailedAttemptsAndTheRecordGoesOn) {
  SyncProducer producer{config()};
  warm_up(producer);
  proxy_.set(Flow::pass(), Flow::close_after(static_cast<std::uint64_t>(GetParam())));
  put(producer, 1);
  EXPECT_TRUE(testing::eventually([&] { return producer.retried_records() > 0; }));
  proxy_.pass();
  const auto tally = ledger_.check(kinesis_);
  expect_all_stored(tally);
  EXPECT_TRUE(tally.says("Internal: the connection to 127.0.0.1")) << ::testing::PrintToString(tally.words);
}

INSTANTIATE_TEST_SUITE_P(, CutAnswers, ::testing::Values(0, 1, 12, 17, 40, 100, 140, 170, 200));

TEST_F(NetworkFaults, AnAnswerThatDripsIsAwaitedAsLongAsBytesCome) {
  Config chosen = config();
  chosen.request_timeout = 200ms;
  SyncProducer producer{chosen};
  warm_up(producer);
  proxy_.set(Flow::pass(), Flow::drip(400));  // headers, too: some 0.8 s in all, a byte at a time
  const auto start = steady_clock::now();
  put(producer, 1);
  const auto tally = ledger_.check(kinesis_);
  EXPECT_GT(steady_clock::now() - start, 400ms) << "longer than the request timeout";
  expect_all_stored(tally);
  EXPECT_TRUE(tally.words.empty()) << ::testing::PrintToString(tally.words);
}

TEST_F(NetworkFaults, AnAnswerThatDripsForEverEndsWithTheRecord) {
  Config chosen = config();
  chosen.record_ttl = 1s;
  chosen.connect_timeout = 300ms;
  chosen.request_timeout = 300ms;
  SyncProducer producer{chosen};
  warm_up(producer);
  proxy_.set(Flow::pass(), Flow::drip(10));  // a byte is always in time
  const auto start = steady_clock::now();
  put(producer, 10);
  const auto tally = ledger_.check(kinesis_);
  EXPECT_LT(steady_clock::now() - start, 3s) << "TTL, connect and request timeout, and some for the machine";
  EXPECT_EQ(tally.failed, 10U);
  EXPECT_TRUE(tally.says("still not whole")) << ::testing::PrintToString(tally.words);
}

TEST_F(NetworkFaults, ALineDownToATrickleTakesLongerAndLosesNothing) {
  Config chosen = config();
  chosen.request_timeout = 2s;  // the smallest requests, of 16 KiB, get through in that time
  SyncProducer producer{chosen};
  warm_up(producer);
  proxy_.set(Flow::drip(100'000), Flow::drip(20'000));  // of each connection
  put(producer, 300, 1'000);
  EXPECT_TRUE(proxy_.await_bytes_up(proxy_.bytes_up() + 50'000));
  proxy_.set(Flow::drip(30'000), Flow::drip(2'000));
  put(producer, 50, 1'000);
  const auto tally = ledger_.check(kinesis_);
  expect_all_stored(tally);
}

TEST_F(NetworkFaults, AClosedPortIsToldAndTheRecordsGoOnWhenItOpens) {
  SyncProducer producer{config()};
  warm_up(producer);
  proxy_.set_listening(false);
  proxy_.reset_all();
  put(producer, 500);
  EXPECT_TRUE(testing::eventually([&] { return producer.retried_records() > 500; })) << "more than once each";
  proxy_.set_listening(true);
  const auto tally = ledger_.check(kinesis_);
  expect_all_stored(tally);
  EXPECT_TRUE(tally.says("cannot connect to 127.0.0.1")) << ::testing::PrintToString(tally.words);
  EXPECT_TRUE(tally.says("Connection refused")) << ::testing::PrintToString(tally.words);
}

TEST_F(NetworkFaults, ThroughEveryFaultInTurnNothingIsLost) {
  SyncProducer producer{config()};
  warm_up(producer);
  const std::vector<std::pair<Flow, Flow>> faults{
      {Flow::pass(), Flow::reset_after(500)}, {Flow::close_after(5'000), Flow::pass()}, {Flow::pass(), Flow::swallow()},
      {Flow::hold(), Flow::pass()},           {Flow::drip(50'000), Flow::drip(5'000)},  {Flow::pass(), Flow::pass()}};
  for (int round = 0; round < 2; ++round) {
    for (const auto& [up, down] : faults) {
      proxy_.set(up, down);
      const std::uint64_t retried = producer.retried_records();
      put(producer, 200, 500);
      EXPECT_TRUE(testing::eventually([&] {
        return producer.retried_records() > retried || producer.outstanding_records() == 0;
      })) << "each fault is met before the next, round "
          << round;
      proxy_.reset_all();
    }
  }
  proxy_.pass();
  expect_all_stored(ledger_.check(kinesis_));
}

}  // namespace
}  // namespace aiokpl
