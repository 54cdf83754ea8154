#include "aws/refreshing_credentials.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aiokpl::aws {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Clock = std::chrono::system_clock;

/// A source that the test plays: each fetch waits until it is told how to end.
class PlayedSource final : public CredentialsSource {
 public:
  Credentials fetch(const FetchContext& context) override {
    std::unique_lock lock{mutex_};
    ++begun_;
    changed_.notify_all();
    const auto told = [this] { return !ends_.empty(); };
    if (deaf_) {
      changed_.wait(lock, told);
    } else {
      changed_.wait(lock, context.stop, told);
    }
    if (ends_.empty()) throw CredentialsFailure{"stopped"};
    const std::function<Credentials()> end = ends_.front();
    ends_.erase(ends_.begin());
    lock.unlock();
    return end();
  }
  std::string name() const override { return "played"; }

  void end(std::function<Credentials()> how) {
    const std::lock_guard lock{mutex_};
    ends_.push_back(std::move(how));
    changed_.notify_all();
  }
  void give(const std::string& key, std::chrono::nanoseconds lifetime = 1h) {
    end([key, lifetime] {
      return Credentials{.access_key_id = key,
                         .secret_access_key = "s",
                         .expires = Clock::now() + std::chrono::duration_cast<Clock::duration>(lifetime)};
    });
  }
  [[nodiscard]] bool await_begun(int count) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, 10s, [&] { return begun_ >= count; });
  }
  void be_deaf() {
    const std::lock_guard lock{mutex_};
    deaf_ = true;
  }
  [[nodiscard]] int begun() {
    const std::lock_guard lock{mutex_};
    return begun_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<std::function<Credentials()>> ends_;
  int begun_ = 0;
  bool deaf_ = false;
};

/// Counts what a provider tells its listeners.
class Listener {
 public:
  explicit Listener(RefreshingCredentials& provider) {
    provider.add_listener([this] {
      const std::lock_guard lock{mutex_};
      ++told_;
      changed_.notify_all();
    });
  }
  [[nodiscard]] bool await(int count) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, 10s, [&] { return told_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int told_ = 0;
};

std::string says(RefreshingCredentials& provider) {
  const CredentialsOutcome outcome = provider.get(Clock::now());
  if (outcome) return outcome.credentials->access_key_id;
  return (outcome.pending ? "pending: " : "final: ") + outcome.reason;
}

TEST(RefreshingCredentials, StartWithTheFirstQuestion) {
  const auto source = std::make_shared<PlayedSource>();
  RefreshingCredentials provider{source, {}};
  Listener listener{provider};
  EXPECT_TRUE(provider.renews());
  EXPECT_EQ(source->begun(), 0);
  EXPECT_EQ(says(provider), "pending: those of played are being fetched");
  ASSERT_TRUE(source->await_begun(1));
  EXPECT_EQ(says(provider), "pending: those of played are being fetched");
  source->give("A");
  ASSERT_TRUE(listener.await(1));
  EXPECT_EQ(says(provider), "A");
  EXPECT_EQ(source->begun(), 1);
}

TEST(RefreshingCredentials, RenewAheadOfTheEnd) {
  const auto source = std::make_shared<PlayedSource>();
  RefreshingCredentials provider{source, {}};
  Listener listener{provider};
  source->give("A", 2s);
  static_cast<void>(says(provider));
  ASSERT_TRUE(listener.await(1));
  ASSERT_TRUE(source->await_begun(2));
  EXPECT_EQ(says(provider), "A") << "while others are fetched";
  source->give("B");
  ASSERT_TRUE(listener.await(2));
  EXPECT_EQ(says(provider), "B");
}

TEST(RefreshingCredentials, RenewRejectedOnesOnce) {
  const auto source = std::make_shared<PlayedSource>();
  RefreshingCredentials provider{source, {}};
  Listener listener{provider};
  source->give("A");
  static_cast<void>(says(provider));
  ASSERT_TRUE(listener.await(1));
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] { provider.expired({.access_key_id = "A"}); });
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_THAT(says(provider), HasSubstr("pending: those of played were refused as expired"));
  source->give("B");
  ASSERT_TRUE(listener.await(2));
  provider.expired({.access_key_id = "A"});
  EXPECT_EQ(says(provider), "B");
  EXPECT_EQ(source->begun(), 2);
}

TEST(RefreshingCredentials, TellFailuresInTheirWordsAndStrangersInNone) {
  const auto source = std::make_shared<PlayedSource>();
  RefreshingCredentials provider{source, {}};
  Listener listener{provider};
  source->end([]() -> Credentials { throw NotConfigured{"X in the environment"}; });
  static_cast<void>(says(provider));
  ASSERT_TRUE(listener.await(1));
  EXPECT_EQ(says(provider), "final: X in the environment");
  EXPECT_FALSE(provider.get(Clock::now()).misconfigured);
  source->end([]() -> Credentials { throw std::runtime_error{"secret"}; });
  ASSERT_TRUE(listener.await(2)) << "it is asked again after a second";
  EXPECT_EQ(says(provider), "pending: played: an unexpected error");
}

TEST(RefreshingCredentials, EndWhileAFetchIsUnderWay) {
  const auto source = std::make_shared<PlayedSource>();
  auto provider = std::make_unique<RefreshingCredentials>(source, FetchContext{});
  static_cast<void>(says(*provider));
  ASSERT_TRUE(source->await_begun(1));
  const auto begin = std::chrono::steady_clock::now();
  provider.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 900ms) << "it was asked to stop, and did";
}

TEST(RefreshingCredentials, LeaveAStuckFetchBehind) {
  const auto source = std::make_shared<PlayedSource>();
  source->be_deaf();
  auto provider = std::make_unique<RefreshingCredentials>(source, FetchContext{});
  std::atomic<int> told = 0;
  provider->add_listener([&told] { ++told; });
  static_cast<void>(says(*provider));
  ASSERT_TRUE(source->await_begun(1));
  const auto begin = std::chrono::steady_clock::now();
  provider.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  const std::weak_ptr<PlayedSource> left = source;
  source->give("A");  // now it ends, with nobody there
  const auto limit = std::chrono::steady_clock::now() + 10s;
  while (left.use_count() > 1 && std::chrono::steady_clock::now() < limit)
    std::this_thread::yield();
  EXPECT_EQ(left.use_count(), 1) << "and lets go of what it had";
  EXPECT_EQ(told, 0);
}

TEST(RefreshingCredentials, EndUnaskedWithoutAThread) {
  const auto source = std::make_shared<PlayedSource>();
  {
    const RefreshingCredentials provider{source, {}};
  }
  EXPECT_EQ(source->begun(), 0);
  EXPECT_THROW((RefreshingCredentials{nullptr, {}}), std::invalid_argument);
}

TEST(RefreshingCredentials, TellNoListenerThatWasRemoved) {
  const auto source = std::make_shared<PlayedSource>();
  RefreshingCredentials provider{source, {}};
  std::atomic<int> told = 0;
  const auto id = provider.add_listener([&told] { ++told; });
  Listener listener{provider};
  provider.remove_listener(id);
  source->give("A");
  static_cast<void>(says(provider));
  ASSERT_TRUE(listener.await(1));
  EXPECT_EQ(told, 0);
}

TEST(CredentialsChain, StopsAtOneThatIsPending) {
  const auto source = std::make_shared<PlayedSource>();
  const auto pending = std::make_shared<RefreshingCredentials>(source, FetchContext{});
  CredentialsChain chain{{pending, std::make_shared<LocalCredentials>()}};
  const CredentialsOutcome outcome = chain.get(Clock::now());
  EXPECT_TRUE(outcome.pending);
  EXPECT_EQ(outcome.reason, "no credentials: those of played are being fetched");
}

}  // namespace
}  // namespace aiokpl::aws
