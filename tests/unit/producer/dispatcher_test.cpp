#include "producer/dispatcher.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "queue_executor.hpp"

namespace aiokpl::detail {
namespace {

using namespace std::chrono_literals;

TEST(DispatcherTest, WorkRunsInOrderOnOneThreadThatIsNotTheCallers) {
  std::vector<int> order;
  std::vector<std::thread::id> threads;
  {
    Dispatcher dispatcher{nullptr, [](const char*) {}};
    EXPECT_FALSE(dispatcher.on_completion_thread());
    for (int i = 0; i < 100; ++i) {
      dispatcher.dispatch([&, i] {
        order.push_back(i);
        threads.push_back(std::this_thread::get_id());
        EXPECT_TRUE(dispatcher.on_completion_thread());
      });
    }
  }
  ASSERT_EQ(order.size(), 100U) << "the end runs what is queued";
  EXPECT_TRUE(std::ranges::is_sorted(order));
  EXPECT_TRUE(std::ranges::all_of(threads, [&](auto id) { return id == threads[0]; }));
  EXPECT_NE(threads[0], std::this_thread::get_id());
}

TEST(DispatcherTest, TheConfigsExecutorTakesTheWorkAndAnotherOneWhereItIsNamed) {
  auto configured = std::make_shared<QueueExecutor>();
  auto named = std::make_shared<QueueExecutor>();
  Dispatcher dispatcher{configured, [](const char*) {}};
  int ran = 0;
  dispatcher.dispatch([&] { ++ran; });
  dispatcher.dispatch_to(nullptr, [&] { ++ran; });
  dispatcher.dispatch_to(named, [&] { ran += 10; });
  EXPECT_EQ(ran, 0);
  EXPECT_EQ(configured->run(), 2U);
  EXPECT_EQ(ran, 2);
  EXPECT_EQ(named->run(), 1U);
  EXPECT_EQ(ran, 12);
}

TEST(DispatcherTest, SomeWorkRunsOnTheCompletionThreadWhateverTheConfigSays) {
  auto configured = std::make_shared<QueueExecutor>();
  Dispatcher dispatcher{configured, [](const char*) {}};
  std::promise<bool> ran;
  dispatcher.dispatch_here([&] { ran.set_value(dispatcher.on_completion_thread()); });
  EXPECT_TRUE(ran.get_future().get());
}

TEST(DispatcherTest, ExceptionsOfUserCodeAreTold) {
  std::vector<std::string> told;
  const Dispatcher dispatcher{nullptr, [&](const char* what) { told.emplace_back(what); }};
  dispatcher.guarded([] { throw std::runtime_error{"what it says"}; });
  dispatcher.guarded([] { throw 42; });
  dispatcher.guarded([] {});
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0], "what it says");
}

/// An executor that does not take anything.
class BrokenExecutor final : public Executor {
 public:
  void execute(std::function<void()> /*work*/) override { throw std::runtime_error{"full"}; }
};

TEST(DispatcherTest, AnExecutorThatThrowsIsTold) {
  std::vector<std::string> told;
  Dispatcher dispatcher{std::make_shared<BrokenExecutor>(), [&](const char* what) { told.emplace_back(what); }};
  dispatcher.dispatch([] {});
  EXPECT_EQ(told, std::vector<std::string>{"full"});
}

TEST(DispatcherTest, ItMayBeLetGoOfByItsOwnWork) {
  struct Fulfil {
    std::promise<void>* promise;
    ~Fulfil() { promise->set_value(); }
  };
  struct Held {
    std::shared_ptr<Fulfil> after;
    std::shared_ptr<Dispatcher> dispatcher;  // goes first
  };
  std::promise<void> let_go;
  std::promise<void> over;
  auto dispatcher = std::make_shared<Dispatcher>(nullptr, [](const char*) {});
  dispatcher->dispatch(
      [held = Held{std::make_shared<Fulfil>(&over), dispatcher}, go = let_go.get_future().share()] { go.wait(); });
  dispatcher.reset();
  let_go.set_value();
  EXPECT_EQ(over.get_future().wait_for(60s), std::future_status::ready)
      << "what work holds goes when the work goes: the dispatcher is destroyed on its own thread";
}

TEST(DispatcherTest, WhatWorkHoldsMayDispatchWhenItGoes) {
  struct LastWords {
    std::function<void()> say;
    ~LastWords() { say(); }
  };
  std::promise<void> heard;
  Dispatcher dispatcher{nullptr, [](const char*) {}};
  dispatcher.dispatch(
      [words = std::make_shared<LastWords>([&] { dispatcher.dispatch([&heard] { heard.set_value(); }); })] {});
  EXPECT_EQ(heard.get_future().wait_for(60s), std::future_status::ready);
}

TEST(DispatcherTest, AtRestItsThreadEndsWithTheWorkAndStartsAgainWithMore) {
  // Told when the thread that made it ends.
  struct Last {
    std::promise<void> over;
    ~Last() { over.set_value(); }
  };
  std::vector<int> order;
  Dispatcher dispatcher{nullptr, [](const char*) {}};
  const auto end_of_a_thread_that_does = [&](std::function<void()> work) {
    std::promise<std::future<void>> known;
    auto future = known.get_future();
    dispatcher.dispatch([&known, work = std::move(work)] {
      thread_local Last last;
      known.set_value(last.over.get_future());
      work();
    });
    return future.get();
  };
  auto first = end_of_a_thread_that_does([&] { order.push_back(1); });
  dispatcher.dispatch([&] { order.push_back(2); });
  dispatcher.rest();
  ASSERT_EQ(first.wait_for(60s), std::future_status::ready);
  EXPECT_EQ(order, (std::vector{1, 2}));
  for (int i = 3; i < 6; ++i) {
    auto late = end_of_a_thread_that_does([&, i] {
      EXPECT_TRUE(dispatcher.on_completion_thread());
      order.push_back(i);
    });
    ASSERT_EQ(late.wait_for(60s), std::future_status::ready);
  }
  EXPECT_EQ(order, (std::vector{1, 2, 3, 4, 5}));
  EXPECT_FALSE(dispatcher.on_completion_thread());
}

}  // namespace
}  // namespace aiokpl::detail
