#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <aiokpl/aiokpl.hpp>
#include <aiokpl/emulator.hpp>

#include "integration/waiting.hpp"

// A producer whose credentials come from a class of its user's, late, for a short time, or not at all.
namespace aiokpl {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class Provider final : public CredentialsProvider {
 public:
  using Answer = std::function<AwsCredentials(int number)>;
  explicit Provider(Answer answer) : answer_{std::move(answer)} {}
  [[nodiscard]] AwsCredentials fetch() override { return answer_(++fetches); }

  std::atomic<int> fetches = 0;

 private:
  Answer answer_;
};

AwsCredentials good(std::optional<std::chrono::seconds> lifetime = {}) {
  AwsCredentials credentials{.access_key_id = "AKIDOWN", .secret_access_key = "secret"};
  if (lifetime) credentials.expires = std::chrono::system_clock::now() + *lifetime;
  return credentials;
}

class OwnCredentials : public ::testing::Test {
 protected:
  // Signatures are checked.
  OwnCredentials()
      : kinesis_{
            {.streams = {{.name = "orders", .shards = 2}}, .access_key_id = "AKIDOWN", .secret_access_key = "secret"}} {
    kinesis_.start();
  }

  [[nodiscard]] Config config(std::shared_ptr<Provider> provider) const {
    Config config;
    config.endpoint_url = kinesis_.endpoint_url();
    config.record_max_buffered_time = 10ms;
    config.credentials_provider = std::move(provider);
    return config;
  }

  emulator::LocalKinesis kinesis_;
};

TEST_F(OwnCredentials, ARecordWaitsForTheFirstOnes) {
  std::mutex mutex;
  std::condition_variable changed;
  bool free = false;
  const auto provider = std::make_shared<Provider>([&](int) {
    std::unique_lock lock{mutex};
    changed.wait_for(lock, 20s, [&] { return free; });
    return good();
  });
  SyncProducer producer{config(provider)};
  const SyncOutcome early = producer.put_record({.stream = "orders", .partition_key = "k", .data = "early"});
  ASSERT_TRUE(testing::eventually([&] { return provider->fetches > 0 && producer.oldest_record_age() > 50ms; }));
  EXPECT_FALSE(early.done());
  {
    const std::lock_guard lock{mutex};
    free = true;
  }
  changed.notify_all();
  EXPECT_TRUE(early.wait(20s).success) << early.wait();
  EXPECT_EQ(kinesis_.counters().records_stored, 1U);
}

/// Tells when a producer says that something failed for want of credentials.
class Complaint final : public Logger {
 public:
  void log(LogLevel /*level*/, std::string_view message) override {
    if (message.find(error_code::no_credentials) == std::string_view::npos) return;
    const std::lock_guard lock{mutex_};
    heard_ = true;
    changed_.notify_all();
  }
  [[nodiscard]] bool await() {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, 20s, [this] { return heard_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool heard_ = false;
};

// By itself the next try would come after half a minute.
TEST_F(OwnCredentials, TheFirstOnesSendWhatWaitedForThemAtOnce) {
  std::mutex mutex;
  std::condition_variable changed;
  bool free = false;
  const auto provider = std::make_shared<Provider>([&](int) {
    std::unique_lock lock{mutex};
    changed.wait_for(lock, 20s, [&] { return free; });
    return good();
  });
  Config chosen = config(provider);
  chosen.record_distribution_strategy = DistributionStrategy::automatic;  // sent without a list of the shards
  chosen.record_ttl = 120s;
  chosen.retry_deadline = 60s;
  const auto complaint = std::make_shared<Complaint>();
  chosen.logger = complaint;
  SyncProducer producer{chosen};
  const SyncOutcome early = producer.put_record({.stream = "orders", .partition_key = "k", .data = "early"});
  ASSERT_TRUE(complaint->await());
  {
    const std::lock_guard lock{mutex};
    free = true;
  }
  changed.notify_all();
  EXPECT_TRUE(early.wait(15s).success) << early.wait(0s);
}

TEST_F(OwnCredentials, AreAskedForAgainAfterAnException) {
  const auto provider = std::make_shared<Provider>([](int number) {
    if (number == 1) throw std::runtime_error{"the vault is sealed"};
    return good();
  });
  SyncProducer producer{config(provider)};
  const RecordResult result = producer.put_record({.stream = "orders", .partition_key = "k", .data = "x"}).wait(20s);
  EXPECT_TRUE(result.success) << result;
  EXPECT_EQ(provider->fetches, 2);
}

TEST_F(OwnCredentials, NothingIsLostThroughManyRenewals) {
  const auto provider = std::make_shared<Provider>([](int number) {
    if (number % 3 == 0) throw std::runtime_error{"not now"};
    return good(1s);
  });
  SyncProducer producer{config(provider)};
  std::vector<SyncOutcome> outcomes;
  ASSERT_TRUE(testing::eventually([&] {
    outcomes.push_back(producer.put_record({.stream = "orders", .partition_key = "k", .data = "x"}));
    return provider->fetches >= 8;
  }));
  producer.flush(20s);
  for (const SyncOutcome& outcome : outcomes)
    ASSERT_TRUE(outcome.wait(0s).success) << outcome.wait();
}

TEST_F(OwnCredentials, WithoutAnyARecordFailsAtItsTtlWithTheProvidersWords) {
  const auto provider =
      std::make_shared<Provider>([](int) -> AwsCredentials { throw std::runtime_error{"the vault is sealed"}; });
  Config chosen = config(provider);
  chosen.record_ttl = 500ms;
  SyncProducer producer{chosen};
  const RecordResult result = producer.put_record({.stream = "orders", .partition_key = "k", .data = "x"}).wait(20s);
  EXPECT_FALSE(result.success);
  ASSERT_GE(result.attempts.size(), 2U);
  const Attempt& tried = result.attempts[result.attempts.size() - 2];
  EXPECT_EQ(tried.error_code, error_code::no_credentials);
  EXPECT_THAT(tried.error_message, HasSubstr("credentials_provider: the vault is sealed"));
}

TEST_F(OwnCredentials, WhatFitsNoHeaderIsRefused) {
  const auto provider = std::make_shared<Provider>(
      [](int) { return AwsCredentials{.access_key_id = "AKID\r\nX: y", .secret_access_key = "secret"}; });
  SyncProducer producer{config(provider)};
  const RecordResult result = producer.put_record({.stream = "orders", .partition_key = "k", .data = "x"}).wait(20s);
  EXPECT_FALSE(result.success);
  EXPECT_EQ(result.attempts.back().error_code, error_code::no_credentials);
  EXPECT_THAT(result.attempts.back().error_message, HasSubstr("printable ASCII"));
}

TEST_F(OwnCredentials, BesideKeysTheyAreRefused) {
  Config both = config(std::make_shared<Provider>([](int) { return good(); }));
  both.aws_access_key_id = "AKID";
  both.aws_secret_access_key = "secret";
  EXPECT_THROW(Producer{both}, ConfigError);
}

}  // namespace
}  // namespace aiokpl
