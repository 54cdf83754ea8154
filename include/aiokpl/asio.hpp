#pragma once

/// The producer's operations for Boost.Asio (1.74 or later), with completion tokens: callbacks, `use_awaitable`,
/// `use_future`, ... Optional: the library itself does not need Boost.
///
/// ```cpp
/// aiokpl::Outcome outcome = co_await aiokpl::async_put_record(producer, record, boost::asio::use_awaitable);
/// aiokpl::RecordResult result = co_await aiokpl::async_wait(outcome, boost::asio::use_awaitable);
/// ```
///
/// - Arguments are checked, and records copied, before a function returns, whatever the token: a bad argument throws
///   at the call. What happens later reaches the handler.
/// - A handler runs on its associated executor, never inside the call. One that has none runs on the executor given as
///   the first argument, in the overloads that take one, else on `boost::asio::system_executor`: threads of Asio's own.
/// - Until then that executor counts outstanding work, so that `io_context::run` does not return early. The context
///   must outlive its operations.
/// - A single operation cannot be cancelled: cancellation slots are not looked at. `Producer::abort` ends them all.

#include <chrono>
#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/execution/executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/is_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/system_executor.hpp>

#include <aiokpl/outcome.hpp>
#include <aiokpl/producer.hpp>
#include <aiokpl/task.hpp>

namespace aiokpl {

namespace detail {

template <typename T>
concept AsioExecutor = boost::asio::is_executor<T>::value || boost::asio::execution::is_executor<T>::value;

/// A handler with its arguments, as a function without any; allocates as the handler wishes.
template <typename Handler, typename... Args>
struct BoundHandler {
  using allocator_type = boost::asio::associated_allocator_t<Handler>;

  Handler handler;
  std::tuple<Args...> arguments;

  [[nodiscard]] allocator_type get_allocator() const noexcept { return boost::asio::get_associated_allocator(handler); }
  void operator()() { std::apply(std::move(handler), std::move(arguments)); }
};

/// A handler that waits for the library. It keeps both executors busy: the handler's own, and the one that its
/// operation was started for.
template <typename Handler, typename Executor>
class AsioCompletion {
 public:
  AsioCompletion(Handler handler, const Executor& executor)
      : operation_work_{executor},
        handler_work_{boost::asio::get_associated_executor(handler, executor)},
        handler_{std::move(handler)} {}

  template <typename... Args>
  void complete(Args... arguments) {
    BoundHandler<Handler, Args...> bound{std::move(handler_), {std::move(arguments)...}};
    boost::asio::post(handler_work_.get_executor(), std::move(bound));
    handler_work_.reset();
    operation_work_.reset();
  }

 private:
  boost::asio::executor_work_guard<Executor> operation_work_;
  boost::asio::executor_work_guard<boost::asio::associated_executor_t<Handler, Executor>> handler_work_;
  Handler handler_;
};

/// A coroutine that nobody waits for; it frees itself.
struct Detached {
  struct promise_type {
    Detached get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    // What an awaiter throws is caught. What is left is a lack of memory while posting a handler that can then never
    // be called.
    void unhandled_exception() const noexcept { std::terminate(); }
  };
};

/// Awaits, and hands over what came of it: `finish(exception or null, result)`.
template <typename Awaiter, typename Finish>
Detached await_and_finish(std::unique_ptr<Awaiter> awaiter, Finish finish) {
  using Result = decltype(awaiter->await_resume());
  Awaiter& waiting = *awaiter;  // by name: GCC 12 would copy what it awaits through a pointer
  std::exception_ptr failure;
  Result result{};
  try {
    result = co_await waiting;
  } catch (...) {
    failure = std::current_exception();
  }
  awaiter.reset();  // before the handler may run: it may end what the awaiter belongs to
  finish(std::move(failure), std::move(result));
}

/// Starts an operation for a token. The awaiter is there already, so that a token that starts late (`use_awaitable`
/// does) finds arguments checked and copied.
template <typename Signature, typename Awaiter, typename Executor, typename Token, typename Shape>
auto start_asio(std::unique_ptr<Awaiter> awaiter, const Executor& executor, Token&& token, Shape shape) {
  auto initiate = [](auto&& handler, std::unique_ptr<Awaiter> waiting, Executor given, Shape as) {
    using Handler = std::decay_t<decltype(handler)>;
    AsioCompletion<Handler, Executor> completion{std::forward<decltype(handler)>(handler), given};
    // Without this a thread inside `aiokpl::run` would be where the result has to pass, though it may be busy running
    // an io_context.
    const RunLoop::Scope no_loop{nullptr};
    await_and_finish(std::move(waiting),
                     [completion = std::move(completion), as](std::exception_ptr failure, auto result) mutable {
                       as(completion, std::move(failure), std::move(result));
                     });
  };
  return boost::asio::async_initiate<Token, Signature>(std::move(initiate), token, std::move(awaiter), executor, shape);
}

// How a result reaches the handler.
struct WithFailure {
  void operator()(auto& completion, std::exception_ptr failure, auto result) const {
    completion.complete(std::move(failure), std::move(result));
  }
};
struct FailureOnly {
  void operator()(auto& completion, std::exception_ptr failure, const auto&) const {
    completion.complete(std::move(failure));
  }
};
struct ResultOnly {
  void operator()(auto& completion, const std::exception_ptr&, auto result) const {
    completion.complete(std::move(result));
  }
};

/// An awaiter cannot be moved; made in place, it can be passed on.
template <typename Make>
auto on_heap(Make make) {
  using Awaiter = std::invoke_result_t<Make>;
  return std::unique_ptr<Awaiter>{new Awaiter(make())};
}

}  // namespace detail

/// Accepts a record: `void(std::exception_ptr, Outcome)`. It waits for back-pressure only; ProducerClosed if the
/// producer was closed meanwhile. Throws InvalidArgument and ProducerClosed at the call.
template <detail::AsioExecutor Executor, typename Token>
auto async_put_record(const Executor& executor, Producer& producer, const Record& record, Token&& token) {
  auto awaiter = detail::on_heap([&] { return producer.put_record(record); });
  return detail::start_asio<void(std::exception_ptr, Outcome)>(std::move(awaiter), executor, std::forward<Token>(token),
                                                               detail::WithFailure{});
}
template <typename Token>
auto async_put_record(Producer& producer, const Record& record, Token&& token) {
  return async_put_record(boost::asio::system_executor{}, producer, record, std::forward<Token>(token));
}

/// Accepts many records: `void(std::exception_ptr, std::vector<Outcome>)`. The records and what they view must stay
/// until it completes.
template <detail::AsioExecutor Executor, typename Token>
auto async_put_records(const Executor& executor, Producer& producer, std::span<const Record> records, Token&& token) {
  auto awaiter = detail::on_heap([&] { return producer.put_records(records); });
  return detail::start_asio<void(std::exception_ptr, std::vector<Outcome>)>(
      std::move(awaiter), executor, std::forward<Token>(token), detail::WithFailure{});
}
template <typename Token>
auto async_put_records(Producer& producer, std::span<const Record> records, Token&& token) {
  return async_put_records(boost::asio::system_executor{}, producer, records, std::forward<Token>(token));
}

/// Waits for a record's fate: `void(RecordResult)`. A failure is data in the result.
template <detail::AsioExecutor Executor, typename Token>
auto async_wait(const Executor& executor, const Outcome& outcome, Token&& token) {
  auto awaiter = detail::on_heap([&] { return outcome.wait(); });
  return detail::start_asio<void(RecordResult)>(std::move(awaiter), executor, std::forward<Token>(token),
                                                detail::ResultOnly{});
}
template <typename Token>
auto async_wait(const Outcome& outcome, Token&& token) {
  return async_wait(boost::asio::system_executor{}, outcome, std::forward<Token>(token));
}

/// `Producer::flush`: `void(std::exception_ptr)`.
template <detail::AsioExecutor Executor, typename Token>
auto async_flush(const Executor& executor, Producer& producer, Token&& token) {
  auto awaiter = detail::on_heap([&] { return producer.flush(); });
  return detail::start_asio<void(std::exception_ptr)>(std::move(awaiter), executor, std::forward<Token>(token),
                                                      detail::FailureOnly{});
}
template <typename Token>
auto async_flush(Producer& producer, Token&& token) {
  return async_flush(boost::asio::system_executor{}, producer, std::forward<Token>(token));
}

/// `Producer::close`: `void(std::exception_ptr, CloseReport)`.
template <detail::AsioExecutor Executor, typename Token>
auto async_close(const Executor& executor, Producer& producer, std::optional<std::chrono::nanoseconds> timeout,
                 Token&& token) {
  auto awaiter = detail::on_heap([&] { return producer.close(timeout); });
  return detail::start_asio<void(std::exception_ptr, CloseReport)>(std::move(awaiter), executor,
                                                                   std::forward<Token>(token), detail::WithFailure{});
}
template <typename Token>
auto async_close(Producer& producer, std::optional<std::chrono::nanoseconds> timeout, Token&& token) {
  return async_close(boost::asio::system_executor{}, producer, timeout, std::forward<Token>(token));
}

}  // namespace aiokpl
