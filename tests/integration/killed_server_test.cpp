#include <atomic>
#include <chrono>
#include <csignal>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <aiokpl/aiokpl.hpp>
#include <aiokpl/emulator.hpp>

#include "integration/child.hpp"
#include "integration/faulty_proxy.hpp"
#include "integration/ledger.hpp"
#include "integration/program.hpp"
#include "integration/waiting.hpp"

// The server's process dies while records flow, and another one comes up on the same port.
namespace aiokpl {
namespace {

using namespace std::chrono_literals;

/// A port of the loopback where nobody listens.
std::uint16_t free_port() {
  return testing::FaultyProxy{1}.port();
}

Config config_for(const std::string& url) {
  Config config;
  config.endpoint_url = url;
  config.record_max_buffered_time = 10ms;
  config.rate_limit_bytes_per_sec_per_shard = 1e9;
  config.rate_limit_records_per_sec_per_shard = 1e6;
  config.connect_timeout = 1s;
  config.request_timeout = 1s;
  return config;
}

/// The front of the service: a process that is killed and started again.
class Front {
 public:
  Front(std::uint16_t target, std::uint16_t port)
      : command_{AIOKPL_FRONT, std::to_string(target), std::to_string(port)}, child_{start()} {}
  void kill_it() { child_.end(SIGKILL); }
  void start_again() { child_ = start(); }

 private:
  [[nodiscard]] testing::Child start() const {
    testing::Child child{command_};
    EXPECT_EQ(child.line(), "ready");
    return child;
  }

  std::vector<std::string> command_;
  testing::Child child_;
};

TEST(KilledServer, KilledAgainAndAgainWhileRecordsFlowNothingIsLost) {
  emulator::LocalKinesis kinesis{{.streams = {{.name = "events", .shards = 4}}}};
  kinesis.start();
  const std::uint16_t port = free_port();
  Front front{kinesis.port(), port};
  SyncProducer producer{config_for("http://127.0.0.1:" + std::to_string(port))};
  testing::Ledger ledger;
  std::atomic<bool> enough = false;
  std::vector<std::thread> callers;
  for (std::uint64_t caller = 0; caller < 3; ++caller) {
    callers.emplace_back([&, caller] {
      // Until the last kill, and then some; a place is waited for while the server is away.
      for (std::uint64_t i = 0; !enough && i < 20'000; ++i) {
        ledger.put(producer, "events", caller * 1'000'000 + i, 200);
        if (i % 50 == 49) std::this_thread::sleep_for(2ms);  // some 60,000 a second at most
      }
    });
  }
  const auto stored_beyond = [&](std::uint64_t before) {
    return testing::eventually([&] { return kinesis.counters().records_stored > before; });
  };
  EXPECT_TRUE(stored_beyond(0));
  for (int kill = 0; kill < 3; ++kill) {
    const std::uint64_t retried = producer.retried_records();
    front.kill_it();
    EXPECT_TRUE(testing::eventually([&] { return producer.retried_records() > retried; }));
    const std::uint64_t before = kinesis.counters().records_stored;
    front.start_again();
    EXPECT_TRUE(stored_beyond(before)) << "records go on after kill " << kill;
  }
  enough = true;
  for (std::thread& caller : callers)
    caller.join();
  const auto tally = ledger.check(kinesis);
  EXPECT_EQ(tally.stored, ledger.size()) << ::testing::PrintToString(tally.words);
  EXPECT_TRUE(tally.says("Connection refused")) << ::testing::PrintToString(tally.words);
  EXPECT_EQ(producer.outstanding_records(), 0U);
}

TEST(KilledServer, ASuccessorWithoutMemoryGetsWhatIsPutNow) {
  testing::Program program;  // it forgets what it had: its successor begins with empty streams and new shards
  SyncProducer producer{config_for(program.url())};
  std::vector<SyncOutcome> first;
  std::vector<SyncOutcome> second;
  for (int i = 0; i < 500; ++i)
    first.push_back(producer.put_record({.stream = "events", .partition_key = std::to_string(i), .data = "before"}));
  program.kill_it();
  std::multiset<std::string> expected;
  for (int i = 0; i < 500; ++i) {
    const std::string data = "after " + std::to_string(i);
    second.push_back(producer.put_record({.stream = "events", .partition_key = std::to_string(i), .data = data}));
    expected.insert(data);
  }
  program.start_again();
  for (const SyncOutcome& outcome : first)
    EXPECT_TRUE(outcome.wait(60s).success) << outcome.wait();
  for (const SyncOutcome& outcome : second)
    EXPECT_TRUE(outcome.wait(60s).success) << outcome.wait();
  std::multiset<std::string> found = program.records();
  found.erase("before");  // some had no answer when the first one died
  EXPECT_EQ(found, expected);
}

}  // namespace
}  // namespace aiokpl
