#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include <aiokpl/aiokpl.hpp>
#include <aiokpl/emulator.hpp>

#include "integration/ledger.hpp"
#include "integration/waiting.hpp"
#include "unit/aws/scarcity.hpp"

// A process that has no file descriptor left: that is told, and records go on when there are some again.
namespace aiokpl {
namespace {

using namespace std::chrono_literals;

/// Hears a producer say that it has no descriptor left.
class Listener final : public Logger {
 public:
  void log(LogLevel /*level*/, std::string_view message) override {
    if (message.find("this process has too many open files") != std::string_view::npos) heard = true;
  }
  std::atomic<bool> heard = false;
};

class Descriptors : public ::testing::Test {
 protected:
  Descriptors() : kinesis_{{.tls = true, .streams = {{.name = "events", .shards = 2}}}} {
    kinesis_.start();
    std::ofstream{bundle_} << kinesis_.certificate_pem();
  }
  ~Descriptors() override { unlink(bundle_.c_str()); }

  [[nodiscard]] Config config(const std::string& url) const {
    Config config;
    config.endpoint_url = url;
    config.ca_bundle = bundle_;
    config.record_max_buffered_time = 10ms;
    return config;
  }
  void put(SyncProducer& producer, int count) {
    for (int i = 0; i < count; ++i)
      ledger_.put(producer, "events", next_++);
  }
  void expect_all_stored() {
    const auto tally = ledger_.check(kinesis_);
    EXPECT_EQ(tally.stored, ledger_.size()) << ::testing::PrintToString(tally.words);
  }

  emulator::LocalKinesis kinesis_;
  testing::Ledger ledger_;

 private:
  std::string bundle_ = ::testing::TempDir() + "aiokpl-descriptors-" + std::to_string(getpid()) + ".pem";
  std::uint64_t next_ = 0;
};

TEST_F(Descriptors, WithNoneLeftForAConnectionThatIsToldAndRecordsWait) {
  Config chosen = config(kinesis_.endpoint_url());
  const auto listener = std::make_shared<Listener>();
  chosen.logger = listener;
  SyncProducer producer{chosen};
  {
    const test::Scarcity none{0};
    put(producer, 100);
    EXPECT_TRUE(testing::eventually([&] { return listener->heard.load(); }));
  }
  expect_all_stored();
}

TEST_F(Descriptors, WithNoneLeftForTheFileOfAuthoritiesThatIsToldAndRecordsWait) {
  Config chosen = config(kinesis_.tls_endpoint_url());
  const auto listener = std::make_shared<Listener>();
  chosen.logger = listener;
  SyncProducer producer{chosen};
  {
    const test::Scarcity one_for_the_connection{1};
    put(producer, 100);
    EXPECT_TRUE(testing::eventually([&] { return listener->heard.load(); }));
  }
  expect_all_stored();
}

TEST_F(Descriptors, ConnectionsThatAreOpenGoOnWithoutMore) {
  SyncProducer producer{config(kinesis_.endpoint_url())};
  put(producer, 1);
  producer.flush(20s);
  {
    const test::Scarcity none{0};
    for (int i = 0; i < 5; ++i) {
      put(producer, 20);
      producer.flush(20s);
    }
    EXPECT_EQ(producer.outstanding_records(), 0U) << "stored by what is open";
  }
  expect_all_stored();
}

TEST_F(Descriptors, ARecordThatFindsNoneInTimeExpiresAndSaysWhy) {
  Config chosen = config(kinesis_.endpoint_url());
  chosen.record_ttl = 300ms;
  SyncProducer producer{chosen};
  const test::Scarcity none{0};
  const RecordResult result = producer.put_record({.stream = "events", .partition_key = "k", .data = "d"}).wait(20s);
  EXPECT_FALSE(result.success);
  EXPECT_EQ(result.attempts.back().error_code, error_code::expired) << result;
  EXPECT_NE(result.attempts.front().error_message.find("too many open files"), std::string::npos) << result;
}

}  // namespace
}  // namespace aiokpl
