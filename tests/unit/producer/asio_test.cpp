#include <future>
#include <stdexcept>
#include <string>
#include <thread>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <aiokpl/asio.hpp>

// How an awaiter of the library becomes an operation of Asio, with an awaiter of the test's own.
namespace aiokpl::detail {
namespace {

namespace asio = boost::asio;

/// What the awaiters below wait for; another thread settles it.
struct Signal {
  std::coroutine_handle<> waiting;
  std::promise<void> suspended;
};

/// Waits for `signal`, or not at all without one; gives `value` or throws.
class StringAwaiter {
 public:
  StringAwaiter(Signal* signal, std::string value, bool throws = false)
      : signal_{signal}, value_{std::move(value)}, throws_{throws} {}
  StringAwaiter(const StringAwaiter&) = delete;
  StringAwaiter& operator=(const StringAwaiter&) = delete;
  ~StringAwaiter() = default;

  [[nodiscard]] bool await_ready() const { return signal_ == nullptr; }
  void await_suspend(std::coroutine_handle<> waiting) {
    signal_->waiting = waiting;
    signal_->suspended.set_value();
  }
  std::string await_resume() {
    if (throws_) throw std::runtime_error{value_};
    return std::move(value_);
  }

 private:
  Signal* signal_;
  std::string value_;
  bool throws_;
};

using Signature = void(std::exception_ptr, std::string);

template <typename Executor, typename Token>
auto async_text(const Executor& executor, Signal* signal, std::string text, Token&& token, bool throws = false) {
  return start_asio<Signature>(on_heap([&] { return StringAwaiter{signal, std::move(text), throws}; }), executor,
                               std::forward<Token>(token), WithFailure{});
}

/// The library's thread: resumes what waits for `signal`.
std::jthread resume_elsewhere(Signal& signal) {
  return std::jthread{[&signal] {
    signal.suspended.get_future().wait();
    signal.waiting.resume();
  }};
}

TEST(Asio, CallbackRunsOnTheExecutorGiven) {
  asio::io_context context;
  Signal signal;
  std::string seen;
  std::thread::id where;
  async_text(context.get_executor(), &signal, "hello", [&](std::exception_ptr failure, std::string text) {
    EXPECT_EQ(failure, nullptr);
    seen = std::move(text);
    where = std::this_thread::get_id();
  });
  const std::jthread library = resume_elsewhere(signal);
  context.run();  // would return at once if the operation were not counted as work
  EXPECT_EQ(seen, "hello");
  EXPECT_EQ(where, std::this_thread::get_id());
}

TEST(Asio, AssociatedExecutorComesFirst) {
  asio::io_context operation_context;
  asio::io_context handler_context;
  Signal signal;
  bool ran = false;
  async_text(operation_context.get_executor(), &signal, "x",
             asio::bind_executor(asio::make_strand(handler_context), [&](std::exception_ptr, const std::string&) {
               EXPECT_TRUE(handler_context.get_executor().running_in_this_thread());
               ran = true;
             }));
  const std::jthread library = resume_elsewhere(signal);
  handler_context.run();
  EXPECT_TRUE(ran);
}

TEST(Asio, WhatIsReadyAtOnceStillDoesNotRunInsideTheCall) {
  asio::io_context context;
  bool ran = false;
  async_text(context.get_executor(), nullptr, "x", [&](std::exception_ptr, const std::string&) { ran = true; });
  EXPECT_FALSE(ran);
  context.run();
  EXPECT_TRUE(ran);
}

TEST(Asio, ExceptionReachesTheCallback) {
  asio::io_context context;
  std::exception_ptr seen;
  async_text(
      context.get_executor(), nullptr, "closed",
      [&](std::exception_ptr failure, const std::string&) { seen = std::move(failure); }, true);
  context.run();
  EXPECT_THROW(std::rethrow_exception(seen), std::runtime_error);
}

TEST(Asio, FutureGivesValueOrException) {
  Signal signal;
  auto future = async_text(asio::system_executor{}, &signal, "later", asio::use_future);
  const std::jthread library = resume_elsewhere(signal);
  EXPECT_EQ(future.get(), "later");
  auto failing = async_text(asio::system_executor{}, nullptr, "closed", asio::use_future, true);
  EXPECT_THROW(failing.get(), std::runtime_error);
}

TEST(Asio, AwaitablesResumeOnTheirContext) {
  asio::io_context context;
  Signal signal;
  std::string seen;
  const auto caller = std::this_thread::get_id();
  const auto work = [&]() -> asio::awaitable<void> {
    std::string text = co_await async_text(asio::system_executor{}, &signal, "one", asio::use_awaitable);
    EXPECT_EQ(std::this_thread::get_id(), caller);
    seen = text;
    try {
      text = co_await async_text(asio::system_executor{}, nullptr, "closed", asio::use_awaitable, true);
      ADD_FAILURE() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
      seen += error.what();
    }
  };
  asio::co_spawn(context, work(), asio::detached);
  const std::jthread library = resume_elsewhere(signal);
  context.run();
  EXPECT_EQ(seen, "oneclosed");
}

TEST(Asio, HandlersThatCanOnlyBeMovedWork) {
  asio::io_context context;
  auto owned = std::make_unique<std::string>();
  std::string* kept = owned.get();
  async_text(context.get_executor(), nullptr, "x",
             [owned = std::move(owned), kept](std::exception_ptr, std::string text) {
               EXPECT_EQ(owned.get(), kept);
               *owned = std::move(text);
             });
  EXPECT_EQ(context.run(), 1U);
}

TEST(Asio, InsideRunTheLoopIsNotWaitedFor) {
  // A coroutine of `run` that runs an io_context keeps the loop busy: a result that went through it would never come.
  asio::io_context context;
  std::shared_ptr<Executor> seen = std::make_shared<RunLoop>();
  run([](asio::io_context& io, std::shared_ptr<Executor>& loop) -> Task<> {
    struct Asks {
      std::shared_ptr<Executor>* loop;
      [[nodiscard]] bool await_ready() const {
        *loop = RunLoop::current();
        return true;
      }
      void await_suspend(std::coroutine_handle<>) const {}
      [[nodiscard]] int await_resume() const { return 0; }
    };
    start_asio<void(std::exception_ptr)>(
        on_heap([&] { return Asks{&loop}; }), io.get_executor(), [](std::exception_ptr) {}, FailureOnly{});
    EXPECT_NE(RunLoop::current(), nullptr);
    co_return;
  }(context, seen));
  context.run();
  EXPECT_EQ(seen, nullptr);
}

}  // namespace
}  // namespace aiokpl::detail
