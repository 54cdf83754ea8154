#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include <aiokpl/task.hpp>

namespace aiokpl {
namespace {

/// Suspends, and has another thread post the resumption to the current run loop, as the library does.
struct ElsewhereAwaiter {
  std::jthread other = {};

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) {
    auto loop = detail::RunLoop::current();
    other = std::jthread{[loop, waiting] { loop->execute([waiting] { waiting.resume(); }); }};
  }
  void await_resume() const noexcept {}
};

Task<int> answer() {
  co_return 42;
}
Task<int> fails() {
  throw std::runtime_error{"broken"};
  co_return 0;  // makes it a coroutine
}
Task<> nothing(bool& ran) {
  ran = true;
  co_return;
}

TEST(Run, GivesTheTasksResult) {
  EXPECT_EQ(run(answer()), 42);
}

TEST(Run, ThrowsTheTasksException) {
  try {
    run(fails());
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "broken");
  }
}

TEST(Run, TakesTasksWithoutResult) {
  bool ran = false;
  run(nothing(ran));
  EXPECT_TRUE(ran);
}

TEST(Run, GivesResultsThatCanOnlyBeMoved) {
  auto result = run([]() -> Task<std::unique_ptr<std::string>> { co_return std::make_unique<std::string>("moved"); }());
  EXPECT_EQ(*result, "moved");
}

TEST(Task, AwaitsOthersAndCatchesWhatTheyThrow) {
  const auto outer = []() -> Task<std::string> {
    const int value = co_await answer();
    try {
      co_await fails();
    } catch (const std::runtime_error& error) {
      co_return std::to_string(value) + error.what();
    }
    co_return "nothing was thrown";
  };
  EXPECT_EQ(run(outer()), "42broken");
}

TEST(Task, DeepNestingNeedsNoStack) {
  // Symmetric transfer: a chain of 100,000 tasks would overflow the stack otherwise. Sanitized and unoptimised builds
  // cannot make tail calls, so that a chain that is long and still fits is what is tested everywhere.
  struct Chain {
    static Task<int> of(int depth) {
      if (depth == 0) co_return 0;
      co_return 1 + co_await of(depth - 1);
    }
  };
  EXPECT_EQ(run(Chain::of(1'000)), 1'000);
}

TEST(Task, DoesNotStartBeforeItIsAwaited) {
  bool ran = false;
  {
    const Task<> dropped = nothing(ran);
  }
  EXPECT_FALSE(ran);
}

TEST(Run, ResumesOnTheThreadThatCalledIt) {
  const auto caller = std::this_thread::get_id();
  const auto hop = [](std::thread::id expected) -> Task<int> {
    int resumed_here = 0;
    for (int i = 0; i < 10; ++i) {
      co_await ElsewhereAwaiter{};
      if (std::this_thread::get_id() == expected) ++resumed_here;
    }
    co_return resumed_here;
  };
  EXPECT_EQ(run(hop(caller)), 10);
}

TEST(Run, NestsWithALoopForEachCall) {
  const auto inner = []() -> Task<int> {
    co_await ElsewhereAwaiter{};
    co_return 1;
  };
  const auto outer = [&inner]() -> Task<int> {
    const auto mine = detail::RunLoop::current();
    const int first = run(inner());
    EXPECT_EQ(detail::RunLoop::current(), mine);
    co_await ElsewhereAwaiter{};
    co_return first + 1;
  };
  EXPECT_EQ(run(outer()), 2);
}

TEST(Run, ThereIsNoLoopOutsideIt) {
  EXPECT_EQ(detail::RunLoop::current(), nullptr);
  run([]() -> Task<> {
    EXPECT_NE(detail::RunLoop::current(), nullptr);
    co_return;
  }());
  EXPECT_EQ(detail::RunLoop::current(), nullptr);
}

TEST(Run, EachThreadHasItsOwnLoop) {
  const auto seen = run([]() -> Task<std::shared_ptr<Executor>> {
    co_return std::async(std::launch::async, [] { return detail::RunLoop::current(); }).get();
  }());
  EXPECT_EQ(seen, nullptr);
}

/// Posts more work from its destructor, which runs when the loop lets go of the work that owned it.
class PostsAtItsEnd {
 public:
  explicit PostsAtItsEnd(detail::RunLoop& loop) : loop_{loop} {}
  ~PostsAtItsEnd() {
    loop_.execute([&loop = loop_] { loop.stop(); });
  }
  PostsAtItsEnd(const PostsAtItsEnd&) = delete;
  PostsAtItsEnd& operator=(const PostsAtItsEnd&) = delete;

 private:
  detail::RunLoop& loop_;
};

TEST(RunLoop, WorkMayPostMoreWhileItIsDestroyed) {
  detail::RunLoop loop;
  bool ran = false;
  loop.execute([owner = std::make_shared<PostsAtItsEnd>(loop), &ran] { ran = owner != nullptr; });
  loop.run_until_stopped();
  EXPECT_TRUE(ran);
}

}  // namespace
}  // namespace aiokpl
