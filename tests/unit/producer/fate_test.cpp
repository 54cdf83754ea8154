#include "producer/fate.hpp"

#include <coroutine>
#include <future>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

#include <aiokpl/outcome.hpp>

#include "queue_executor.hpp"

namespace aiokpl::detail {
namespace {

using namespace std::chrono_literals;
using pipeline::AttemptList;

constexpr std::chrono::system_clock::time_point system_start{400'000h};

AttemptList attempts(std::initializer_list<Attempt> infos) {
  AttemptList list;
  for (const Attempt& info : infos)
    list.add(std::make_shared<const Attempt>(info));
  return list;
}
Attempt success(std::string number) {
  return {.started_at = system_start + 1s,
          .ended_at = system_start + 3s,
          .success = true,
          .shard_id = "shard-0",
          .sequence_number = std::move(number)};
}
Attempt failure(std::string code) {
  return {.started_at = system_start,
          .ended_at = system_start + 1s,
          .error_code = std::move(code),
          .error_message = "words"};
}

/// A block of fates, settled by the test as the engine would.
class FateTest : public ::testing::Test {
 protected:
  /// A record begins in the block, as `OpenBatches::put` has it.
  FateHandle handle(std::uint32_t index) {
    const bool first = begun_.insert(index).second;
    if (!first) block_->add_reference();
    return {block_, index};
  }
  /// Those whose handle nobody asked for let go of it.
  void close(std::uint32_t records, std::uint64_t flush_round = 0) {
    for (std::uint32_t i = 0; i < records; ++i)
      (void)handle(i);
    block_->close(records, flush_round);
  }
  Outcome outcome(std::uint32_t index) { return Outcome{handle(index)}; }
  void settle_all(std::uint32_t records, const AttemptList& list, bool succeeded) {
    close(records);
    block_->settle_all(list, succeeded, wake_ups_);
  }
  /// Those who waited are told, on the test's own thread.
  std::size_t wake() {
    wake_ups_.dispatch(dispatcher_);
    return executor_->run();
  }

  std::vector<std::string> exceptions_;
  std::shared_ptr<QueueExecutor> executor_ = std::make_shared<QueueExecutor>();
  std::shared_ptr<Dispatcher> dispatcher_ =
      std::make_shared<Dispatcher>(executor_, [this](const char* what) { exceptions_.emplace_back(what); });
  FateBlock* block_ = new FateBlock{dispatcher_};
  std::set<std::uint32_t> begun_;
  WakeUps wake_ups_;
};

TEST_F(FateTest, OneStoreSettlesAWholeBatch) {
  const Outcome first = outcome(0);
  const Outcome second = outcome(1);
  EXPECT_FALSE(first.is_set());
  settle_all(2, attempts({failure("InternalFailure"), success("17")}), true);
  for (const Outcome& one : {first, second}) {
    ASSERT_TRUE(one.is_set());
    const RecordResult result = one.get();
    EXPECT_TRUE(result.success);
    EXPECT_EQ(result.shard_id, "shard-0");
    EXPECT_EQ(result.sequence_number, "17");
    ASSERT_EQ(result.attempts.size(), 2U);
    EXPECT_EQ(result.attempts[0].error_code, "InternalFailure");
    EXPECT_EQ(result.attempts[0].shard_id, std::nullopt);
  }
}

TEST_F(FateTest, RecordsOfABatchShareTheirAttemptsWhichOutliveTheirHandles) {
  std::optional<RecordResult> first;
  std::optional<RecordResult> second;
  {
    const Outcome one = outcome(0);
    const Outcome other = outcome(1);
    settle_all(2, attempts({success("1")}), true);
    first = one.get();
    second = RecordResult{other.get()};
  }
  EXPECT_EQ(first, second);
  EXPECT_EQ(&first->attempts[0], &second->attempts[0]);
  first.reset();
  EXPECT_EQ(second->sequence_number, "1");
}

TEST_F(FateTest, AFailureHasNoPlace) {
  const Outcome one = outcome(0);
  settle_all(1, attempts({success("1"), failure("Expired")}), false);
  EXPECT_FALSE(one.get().success);
  EXPECT_EQ(one.get().shard_id, std::nullopt);
  EXPECT_EQ(one.get().attempts.back().error_code, "Expired");
}

TEST_F(FateTest, RecordsThatPartWaysEndEachForItself) {
  const Outcome stays = outcome(0);
  const Outcome leaves = outcome(1);
  const Outcome expires = outcome(2);
  close(3, 7);
  EXPECT_EQ(block_->flush_round(), 7U);
  block_->add_history(1, attempts({failure("Wrong Shard")}));
  block_->settle_one(2, attempts({failure("Wrong Shard"), failure("Expired")}), false, wake_ups_);
  EXPECT_TRUE(expires.is_set());
  EXPECT_FALSE(stays.is_set());
  EXPECT_FALSE(leaves.is_set());
  block_->add_history(1, attempts({failure("InternalFailure")}));
  block_->settle_one(1, attempts({success("5")}), true, wake_ups_);
  const RecordResult result = leaves.get();
  EXPECT_TRUE(result.success);
  EXPECT_EQ(result.sequence_number, "5");
  ASSERT_EQ(result.attempts.size(), 3U) << "its history comes first";
  EXPECT_EQ(result.attempts[0].error_code, "Wrong Shard");
  EXPECT_EQ(result.attempts[1].error_code, "InternalFailure");
  block_->settle_one(0, attempts({failure("Aborted")}), false, wake_ups_);
  EXPECT_EQ(stays.get().attempts.at(0).error_code, "Aborted");
}

TEST_F(FateTest, OfManyAttemptsTheRestIsCounted) {
  AttemptList list;
  for (int i = 0; i < 150; ++i)
    list.add(std::make_shared<const Attempt>(failure(std::to_string(i))));
  const Outcome one = outcome(0);
  settle_all(1, list, false);
  const RecordResult result = one.get();
  EXPECT_EQ(result.attempts.size(), 100U);
  EXPECT_EQ(result.attempts_omitted, 50U);
  EXPECT_EQ(result.attempts[9].error_code, "9");
  EXPECT_EQ(result.attempts[10].error_code, "60");
}

TEST_F(FateTest, ThreadsWaitUntilTheirRecordIsSettled) {
  std::vector<std::thread> threads;
  std::vector<std::promise<void>> begun(4);
  std::vector<std::optional<RecordResult>> results(4);
  close(2);
  for (std::uint32_t i = 0; i < 4; ++i) {
    threads.emplace_back([&, i, mine = outcome(i % 2)] {
      begun[i].set_value();
      results[i] = i < 2 ? mine.get() : mine.get(1h);
    });
  }
  for (std::promise<void>& one : begun)
    one.get_future().wait();
  block_->settle_one(1, attempts({success("one")}), true, wake_ups_);
  threads[1].join();
  threads[3].join();
  block_->settle_one(0, attempts({success("zero")}), true, wake_ups_);
  threads[0].join();
  threads[2].join();
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_EQ(results[i]->sequence_number, i % 2 == 0 ? "zero" : "one");
}

TEST_F(FateTest, AWaitEndsAtItsLimitAndTheRecordGoesOn) {
  const FateHandle fate = handle(0);
  EXPECT_FALSE(fate.wait_until(std::chrono::steady_clock::now()));
  EXPECT_THROW((void)Outcome{fate}.get(0ns), TimeoutError);
  settle_all(1, attempts({success("1")}), true);
  EXPECT_TRUE(fate.wait_until(std::chrono::steady_clock::time_point::min()));
  EXPECT_EQ(Outcome{fate}.get(0ns).sequence_number, "1");
}

TEST_F(FateTest, CallbacksAreToldOnceWhetherTheyCameBeforeOrAfter) {
  std::vector<std::string> told;
  const auto tell = [&told](std::string who) {
    return
        [&told, who](const RecordResult& result) { told.push_back(who + ' ' + std::string{*result.sequence_number}); };
  };
  const Outcome first = outcome(0);
  const Outcome second = outcome(1);
  close(2);
  first.on_ready(tell("before"));
  first.on_ready(tell("again"));
  second.on_ready(tell("second"));
  EXPECT_EQ(executor_->run(), 0U);
  block_->settle_one(0, attempts({success("a")}), true, wake_ups_);
  EXPECT_TRUE(told.empty()) << "user code never runs on the engine's thread";
  EXPECT_EQ(wake(), 1U) << "the executor is called once for all";
  EXPECT_EQ(told, (std::vector<std::string>{"before a", "again a"}));
  first.on_ready(tell("after"));
  EXPECT_EQ(told.size(), 2U);
  executor_->run();
  EXPECT_EQ(told.back(), "after a");
  block_->settle_one(1, attempts({success("b")}), true, wake_ups_);
  wake();
  EXPECT_EQ(told.back(), "second b");
  EXPECT_EQ(told.size(), 4U);
}

TEST_F(FateTest, AnExceptionOutOfACallbackIsToldAndStopsNobodyElse) {
  int called = 0;
  const Outcome one = outcome(0);
  one.on_ready([](const RecordResult&) { throw std::runtime_error{"user code"}; });
  one.on_ready([&called](const RecordResult&) { ++called; });
  settle_all(1, attempts({success("1")}), true);
  wake();
  EXPECT_EQ(called, 1);
  EXPECT_EQ(exceptions_, std::vector<std::string>{"user code"});
}

/// A coroutine that the test may destroy at will.
struct Waiting {
  struct promise_type {
    Waiting get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    [[nodiscard]] std::suspend_never initial_suspend() const noexcept { return {}; }
    [[nodiscard]] std::suspend_always final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const { throw; }
  };
  std::coroutine_handle<promise_type> handle;
};
Waiting wait_for(Outcome outcome, std::vector<std::string>& told) {
  const RecordResult result = co_await outcome.wait();
  told.emplace_back(*result.sequence_number);
}

TEST_F(FateTest, CoroutinesResumeOnTheExecutor) {
  std::vector<std::string> told;
  const Waiting waiting = wait_for(outcome(0), told);
  settle_all(1, attempts({success("1")}), true);
  EXPECT_TRUE(told.empty());
  wake();
  EXPECT_EQ(told, std::vector<std::string>{"1"});
  EXPECT_TRUE(waiting.handle.done());
  waiting.handle.destroy();
}

TEST_F(FateTest, ACoroutineThatComesLateDoesNotWait) {
  std::vector<std::string> told;
  const Outcome one = outcome(0);
  settle_all(1, attempts({success("1")}), true);
  const Waiting waiting = wait_for(one, told);
  EXPECT_EQ(told, std::vector<std::string>{"1"});
  waiting.handle.destroy();
}

TEST_F(FateTest, ADestroyedCoroutineDetachesItsWaiterAtAnyMoment) {
  std::vector<std::string> told;
  const Waiting before = wait_for(outcome(0), told);
  const Waiting between = wait_for(outcome(0), told);
  const Waiting stays = wait_for(outcome(0), told);
  before.handle.destroy();
  settle_all(1, attempts({success("1")}), true);
  wake_ups_.dispatch(dispatcher_);
  between.handle.destroy();  // settled, but not resumed yet
  executor_->run();
  EXPECT_EQ(told, std::vector<std::string>{"1"});
  stays.handle.destroy();
}

TEST_F(FateTest, AHandleOutlivesEverythingElse) {
  Outcome kept = outcome(0);
  settle_all(1, attempts({success("1")}), true);
  dispatcher_.reset();
  executor_.reset();
  EXPECT_EQ(kept.get().sequence_number, "1");
  kept = {};
  EXPECT_THROW((void)kept.get(), std::logic_error);
}

TEST_F(FateTest, AHandleThatIsDroppedDoesNotTouchTheRecord) {
  (void)outcome(0);
  const Outcome other = outcome(1);
  settle_all(2, attempts({success("1")}), true);
  EXPECT_TRUE(other.get().success);
}

TEST_F(FateTest, SyncOutcomesLetGoOfTheHandleAlone) {
  SyncOutcome cancelled{outcome(0)};
  SyncOutcome kept{outcome(0)};
  EXPECT_TRUE(cancelled.cancel());
  EXPECT_FALSE(cancelled.cancel());
  EXPECT_TRUE(cancelled.done());
  EXPECT_THROW((void)cancelled.wait(), OutcomeCancelled);
  EXPECT_FALSE(kept.done());
  settle_all(1, attempts({success("1")}), true);
  EXPECT_TRUE(kept.done());
  EXPECT_FALSE(kept.cancel()) << "the result is there";
  EXPECT_TRUE(kept.wait().success);
}

TEST(FateEndTest, TheLastHandleMayGoOnTheCompletionThreadWithTheDispatcherItself) {
  std::promise<void> over;
  struct Fulfil {
    std::promise<void>* promise;
    ~Fulfil() { promise->set_value(); }
  };
  {
    auto dispatcher = std::make_shared<Dispatcher>(nullptr, [](const char*) {});
    auto* block = new FateBlock{dispatcher};
    // The callback's last words come when the work, and with it the dispatcher, has been let go of.
    Outcome{FateHandle{block, 0}}.on_ready([guard = std::make_shared<Fulfil>(&over)](const RecordResult&) {});
    WakeUps wake_ups;
    block->close(1, 0);
    block->settle_all(attempts({success("1")}), true, wake_ups);
    wake_ups.dispatch(dispatcher);
  }
  EXPECT_EQ(over.get_future().wait_for(60s), std::future_status::ready);
}

}  // namespace
}  // namespace aiokpl::detail
