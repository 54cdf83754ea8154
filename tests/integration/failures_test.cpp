#include <chrono>
#include <cstdlib>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <aiokpl/aiokpl.hpp>
#include <aiokpl/emulator.hpp>

#include "integration/consumer.hpp"

// What a caller sees, and when, where the service cannot be used at all.
namespace aiokpl {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

class Failures : public ::testing::Test {
 protected:
  void SetUp() override {
    // Whoever runs the tests may have an account; these tests must not meet it.
    for (const char* name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION",
                             "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_KINESIS"}) {
      unsetenv(name);  // NOLINT(concurrency-mt-unsafe)
    }
  }

  [[nodiscard]] static Config config_for(const emulator::LocalKinesis& kinesis) {
    Config config;
    config.endpoint_url = kinesis.endpoint_url();
    config.record_max_buffered_time = 10ms;
    return config;
  }

  static RecordResult put_one(SyncProducer& producer) {
    return producer.put_record({.stream = "events", .partition_key = "user-1", .data = "hello"}).wait(30s);
  }
};

/// Keeps what the library says.
class Notebook final : public Logger {
 public:
  void log(LogLevel level, std::string_view message) override {
    const std::lock_guard lock{mutex_};
    lines_.emplace_back(level, message);
  }
  [[nodiscard]] int count(LogLevel level, std::string_view part) const {
    const std::lock_guard lock{mutex_};
    int found = 0;
    for (const auto& [said, line] : lines_)
      found += said == level && line.find(part) != std::string::npos ? 1 : 0;
    return found;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::pair<LogLevel, std::string>> lines_;
};

TEST_F(Failures, WithoutCredentialsEachRecordSaysSoAtOnce) {
  Config config;
  config.region = "us-east-1";                     // nothing is sent: there is nothing to sign it with
  setenv("AWS_EC2_METADATA_DISABLED", "true", 1);  // NOLINT(concurrency-mt-unsafe): no producer runs yet
  SyncProducer producer{config};
  const auto start = steady_clock::now();
  const RecordResult result = put_one(producer);
  EXPECT_LT(steady_clock::now() - start, 5s) << "at once, not at the TTL";
  EXPECT_FALSE(result.success);
  // While they were looked for, it was tried.
  ASSERT_FALSE(result.attempts.empty());
  EXPECT_EQ(result.attempts.back().error_code, error_code::no_credentials);
  EXPECT_NE(result.attempts.back().error_message.find("AWS_ACCESS_KEY_ID"), std::string::npos)
      << result.attempts.back().error_message;
}

TEST_F(Failures, WithoutARegionNoProducerIsMade) {
  EXPECT_THROW(Producer{Config{}}, ConfigError);
}

TEST_F(Failures, ARefusedPortIsSaidInWordsAndTheRecordExpiresAtItsTtl) {
  emulator::LocalKinesis gone{{.streams = {{.name = "events"}}}};
  gone.start();
  Config config = config_for(gone);
  gone.stop();
  config.record_ttl = 1s;
  SyncProducer producer{config};
  const auto start = steady_clock::now();
  const RecordResult result = put_one(producer);
  const auto took = steady_clock::now() - start;
  EXPECT_GE(took, 1s);
  EXPECT_LT(took, 1s + config.connect_timeout + config.request_timeout);
  EXPECT_FALSE(result.success);
  ASSERT_GE(result.attempts.size(), 2U) << result;
  EXPECT_EQ(result.attempts.front().error_code, error_code::internal);
  EXPECT_NE(result.attempts.front().error_message.find("127.0.0.1"), std::string::npos)
      << result.attempts.front().error_message;
  EXPECT_EQ(result.attempts.back().error_code, error_code::expired);
  EXPECT_LT(result.attempts.size(), 20U) << "backs off instead of spinning";
}

TEST_F(Failures, RecordsGoOnWhenTheServiceComesBack) {
  emulator::LocalKinesis kinesis{{.streams = {{.name = "events"}}}};
  kinesis.start();
  SyncProducer producer{config_for(kinesis)};
  ASSERT_TRUE(put_one(producer).success);
  kinesis.fail_next("PutRecords", {.kind = emulator::ScriptedFault::Kind::drop}, 3);
  const RecordResult result = put_one(producer);
  EXPECT_TRUE(result.success) << result;
  EXPECT_EQ(result.attempts.size(), 4U) << result;
}

TEST_F(Failures, WhereListShardsIsForbiddenRecordsGoRawWithOneWarning) {
  emulator::LocalKinesis kinesis{
      {.streams = {{.name = "events", .shards = 2}}, .faults = {.refused_operations = {"ListShards"}}}};
  kinesis.start();
  auto notebook = std::make_shared<Notebook>();
  Config config = config_for(kinesis);
  config.logger = notebook;
  SyncProducer producer{config};
  const auto start = steady_clock::now();
  std::vector<SyncOutcome> outcomes;
  for (int i = 0; i < 50; ++i) {
    outcomes.push_back(producer.put_record({.stream = "events", .partition_key = std::to_string(i), .data = "d"}));
  }
  const auto keyless = producer.put_record({.stream = "events", .data = "keyless"});
  for (const auto& outcome : outcomes)
    EXPECT_TRUE(outcome.wait(10s).success) << outcome.wait();
  EXPECT_TRUE(keyless.wait(10s).success) << keyless.wait();
  EXPECT_LT(steady_clock::now() - start, 4s) << "a refusal is not waited out";
  const auto consumed = testing::consume(kinesis, "events");
  EXPECT_EQ(consumed.records.size(), 51U);
  EXPECT_EQ(consumed.aggregates, 0U);
  EXPECT_EQ(notebook->count(LogLevel::warning, "cannot be listed"), 1);
}

TEST_F(Failures, WherePutRecordsIsForbiddenEachRecordFailsWithTheServicesWords) {
  emulator::LocalKinesis kinesis{{.streams = {{.name = "events"}}, .faults = {.refused_operations = {"PutRecords"}}}};
  kinesis.start();
  SyncProducer producer{config_for(kinesis)};
  const RecordResult result = put_one(producer);
  EXPECT_FALSE(result.success);
  ASSERT_EQ(result.attempts.size(), 1U) << result;
  EXPECT_EQ(result.attempts[0].error_code, "AccessDeniedException");
  EXPECT_FALSE(result.attempts[0].error_message.empty());
}

TEST_F(Failures, AStreamThatDoesNotExistIsTriedOnceMoreASecondLater) {
  emulator::LocalKinesis kinesis{{}};
  kinesis.start();
  SyncProducer producer{config_for(kinesis)};
  const auto start = steady_clock::now();
  const RecordResult result = put_one(producer);
  EXPECT_GE(steady_clock::now() - start, 1s);
  EXPECT_LT(steady_clock::now() - start, 6s);
  EXPECT_FALSE(result.success);
  ASSERT_EQ(result.attempts.size(), 2U) << result;
  EXPECT_EQ(result.attempts.back().error_code, "ResourceNotFoundException");
}

TEST_F(Failures, OnePoisonousRecordFailsAloneAndTheOthersGoOnWithoutAnAttempt) {
  emulator::LocalKinesis kinesis{{.streams = {{.name = "events", .shards = 1}}}};
  kinesis.start();
  Config config = config_for(kinesis);
  config.aggregation_enabled = false;
  config.max_record_size = 2'000'000;  // more than the stream takes: the service itself refuses it
  config.record_max_buffered_time = 200ms;
  SyncProducer producer{config};
  ASSERT_TRUE(put_one(producer).success);
  const std::string large(1'500'000, 'x');
  std::vector<SyncOutcome> outcomes;
  for (int i = 0; i < 7; ++i) {
    outcomes.push_back(producer.put_record({.stream = "events", .partition_key = std::to_string(i), .data = "d"}));
  }
  const auto poisonous = producer.put_record({.stream = "events", .partition_key = "large", .data = large});
  const RecordResult refused = poisonous.wait(20s);
  EXPECT_FALSE(refused.success);
  EXPECT_EQ(refused.attempts.size(), 1U) << refused;
  for (const auto& outcome : outcomes) {
    const RecordResult result = outcome.wait(20s);
    EXPECT_TRUE(result.success) << result;
    EXPECT_EQ(result.attempts.size(), 1U) << result;
  }
}

TEST_F(Failures, AnAnswerForAnotherNumberOfRecordsFailsThem) {
  emulator::LocalKinesis kinesis{{.streams = {{.name = "events"}}}};
  kinesis.start();
  SyncProducer producer{config_for(kinesis)};
  ASSERT_TRUE(put_one(producer).success);
  kinesis.fail_next("PutRecords", {.kind = emulator::ScriptedFault::Kind::wrong_count});
  const RecordResult result = put_one(producer);
  EXPECT_FALSE(result.success);
  EXPECT_EQ(result.attempts.back().error_code, error_code::record_count_mismatch);
}

TEST_F(Failures, AServiceThatNeverAnswersIsGivenUpInTime) {
  emulator::LocalKinesis kinesis{{.streams = {{.name = "events"}}}};
  kinesis.start();
  Config config = config_for(kinesis);
  config.record_ttl = 1s;
  config.connect_timeout = 500ms;
  config.request_timeout = 500ms;
  SyncProducer producer{config};
  ASSERT_TRUE(put_one(producer).success);
  kinesis.set_stalled(true);
  const auto start = steady_clock::now();
  const RecordResult result = put_one(producer);
  EXPECT_LT(steady_clock::now() - start, 2'500ms)
      << "TTL + connect timeout + request timeout, and some for the machine";
  EXPECT_FALSE(result.success);
  EXPECT_EQ(result.attempts.back().error_code, error_code::expired) << result;
  kinesis.set_stalled(false);
}

}  // namespace
}  // namespace aiokpl
