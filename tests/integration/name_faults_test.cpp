#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkstemp is not in <cstdlib>
#include <sys/mount.h>
#include <unistd.h>

#include <aiokpl/aiokpl.hpp>
#include <aiokpl/emulator.hpp>

#include "integration/faulty_proxy.hpp"
#include "integration/ledger.hpp"
#include "integration/own_network.hpp"
#include "integration/waiting.hpp"

// A host's name that cannot be looked up, or means another address than before; and a line that is cut.
namespace aiokpl {
namespace {

using namespace std::chrono_literals;

/// What names mean: this process's own /etc/hosts, and no name server that could know more.
class Names {
 public:
  Names() {
    const std::string resolver = make_file("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
    mounted_ = mount(hosts_.c_str(), "/etc/hosts", nullptr, MS_BIND, nullptr) == 0 &&
               mount(resolver.c_str(), "/etc/resolv.conf", nullptr, MS_BIND, nullptr) == 0;
    unlink(resolver.c_str());
  }
  Names(const Names&) = delete;
  Names& operator=(const Names&) = delete;
  ~Names() { unlink(hosts_.c_str()); }

  [[nodiscard]] bool mounted() const noexcept { return mounted_; }
  /// In place: a new file would not be the one that was mounted.
  void set(const std::string& lines) const { std::ofstream{hosts_, std::ios::trunc} << lines; }

 private:
  static std::string make_file(const std::string& text) {
    std::string name = ::testing::TempDir() + "aiokpl-names-XXXXXX";
    close(mkstemp(name.data()));
    std::ofstream{name} << text;
    return name;
  }

  std::string hosts_ = make_file("");
  bool mounted_ = false;
};

Config config_for(const std::string& host, std::uint16_t port) {
  Config config;
  config.endpoint_url = "http://" + host + ":" + std::to_string(port);
  config.region = "us-east-1";
  config.aws_access_key_id = "test";
  config.aws_secret_access_key = "test";
  config.record_max_buffered_time = 10ms;
  config.record_ttl = 20s;
  config.connect_timeout = 1s;
  config.request_timeout = 500ms;
  return config;
}

class NameFaults : public ::testing::Test {
 protected:
  void put(SyncProducer& producer, int count) {
    for (int i = 0; i < count; ++i)
      ledger_.put(producer, "events", next_++);
  }
  void warm_up(SyncProducer& producer) {
    put(producer, 1);
    producer.flush(20s);
  }
  testing::Ledger::Tally expect_all_stored(const emulator::LocalKinesis& kinesis) {
    auto tally = ledger_.check(kinesis);
    EXPECT_EQ(tally.stored, ledger_.size()) << ::testing::PrintToString(tally.words);
    return tally;
  }
  static bool retries(const SyncProducer& producer, std::uint64_t more_than) {
    return testing::eventually([&] { return producer.retried_records() > more_than; });
  }

  testing::Ledger ledger_;

 private:
  std::uint64_t next_ = 0;
};

TEST_F(NameFaults, ANameThatStopsResolvingIsToldAndRecordsGoOnWhenItIsBack) {
  AIOKPL_IN_OWN_NETWORK();
  const Names names;
  ASSERT_TRUE(names.mounted());
  names.set("127.0.0.1 kinesis.test\n");
  emulator::LocalKinesis kinesis{{.streams = {{.name = "events", .shards = 2}}}};
  kinesis.start();
  testing::FaultyProxy proxy{kinesis.port()};
  SyncProducer producer{config_for("kinesis.test", proxy.port())};
  warm_up(producer);
  names.set("");
  proxy.set_listening(false);
  proxy.reset_all();
  put(producer, 100);
  EXPECT_TRUE(retries(producer, 300)) << "the address that was known, then the name";
  proxy.set_listening(true);
  EXPECT_TRUE(retries(producer, producer.retried_records())) << "nobody knows where it is";
  names.set("127.0.0.1 kinesis.test\n");
  const auto tally = expect_all_stored(kinesis);
  EXPECT_TRUE(tally.says("cannot look up the name of kinesis.test:")) << ::testing::PrintToString(tally.words);
}

TEST_F(NameFaults, ANameThatNobodyKnowsYetIsTold) {
  AIOKPL_IN_OWN_NETWORK();
  const Names names;
  ASSERT_TRUE(names.mounted());
  Config config = config_for("kinesis.test", 4567);
  config.record_ttl = 500ms;
  SyncProducer producer{config};
  const RecordResult result = producer.put_record({.stream = "events", .partition_key = "k", .data = "d"}).wait(20s);
  EXPECT_FALSE(result.success);
  EXPECT_EQ(result.attempts.front().error_code, error_code::internal);
  EXPECT_NE(result.attempts.front().error_message.find("cannot look up the name of kinesis.test:4567"),
            std::string::npos)
      << result;
}

// As a service's name does when a part of it has died.
TEST_F(NameFaults, ANameThatMovesAwayFromADeadAddressIsLookedUpAnew) {
  AIOKPL_IN_OWN_NETWORK();
  const Names names;
  ASSERT_TRUE(names.mounted());
  names.set("127.0.0.1 kinesis.test\n");
  emulator::LocalKinesis kinesis{{.address = "127.0.0.2", .streams = {{.name = "events", .shards = 2}}}};
  kinesis.start();
  // The same port at the old address leads nowhere from some moment on.
  emulator::LocalKinesis old{{.port = kinesis.port(), .streams = {{.name = "events", .shards = 2}}}};
  old.start();
  SyncProducer producer{config_for("kinesis.test", kinesis.port())};
  ASSERT_TRUE(producer.put_record({.stream = "events", .partition_key = "k", .data = "before"}).wait(20s).success);
  old.stop();
  put(producer, 100);
  EXPECT_TRUE(retries(producer, 0));
  names.set("127.0.0.2 kinesis.test\n");
  expect_all_stored(kinesis);
}

// No end and no reset comes from a line that is cut: packets are lost, both ways.
TEST_F(NameFaults, ALineThatIsCutAndMendedLosesNothing) {
  AIOKPL_IN_OWN_NETWORK();
  emulator::LocalKinesis kinesis{{.streams = {{.name = "events", .shards = 2}}}};
  kinesis.start();
  Config config = config_for("127.0.0.1", kinesis.port());
  config.connect_timeout = 500ms;
  SyncProducer producer{config};
  warm_up(producer);
  ASSERT_TRUE(testing::set_loopback(false));
  put(producer, 100);
  EXPECT_TRUE(retries(producer, 400)) << "the kept connections, then a new one";
  ASSERT_TRUE(testing::set_loopback(true));
  const auto tally = expect_all_stored(kinesis);
  EXPECT_TRUE(tally.says("no byte moved for 500 ms")) << ::testing::PrintToString(tally.words);
  EXPECT_TRUE(tally.says("no connection to 127.0.0.1:")) << ::testing::PrintToString(tally.words);
}

}  // namespace
}  // namespace aiokpl
