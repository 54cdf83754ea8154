#pragma once

#include <condition_variable>
#include <coroutine>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include <aiokpl/executor.hpp>
#include <aiokpl/export.hpp>

namespace aiokpl {

template <typename T = void>
class Task;

namespace detail {

/// The queue of work that `run` drains on its caller's thread.
class AIOKPL_EXPORT RunLoop final : public Executor {
 public:
  RunLoop();
  ~RunLoop() override;
  RunLoop(const RunLoop&) = delete;
  RunLoop& operator=(const RunLoop&) = delete;

  void execute(std::function<void()> work) override;
  /// Runs what is queued, waiting for more, until `stop`.
  void run_until_stopped();
  void stop();

  /// The loop that is running on this thread, where coroutines that suspend here resume; null outside `run`.
  [[nodiscard]] static std::shared_ptr<Executor> current();
  /// Makes `loop` the current one for a scope.
  class AIOKPL_EXPORT Scope {
   public:
    explicit Scope(std::shared_ptr<Executor> loop);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    std::shared_ptr<Executor> previous_;
  };

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  bool stopped_ = false;
};

struct TaskPromiseBase {
  std::coroutine_handle<> continuation = std::noop_coroutine();
  std::exception_ptr failure;

  struct FinalAwaiter {
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <typename Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> done) const noexcept {
      return done.promise().continuation;
    }
    void await_resume() const noexcept {}
  };

  [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
  [[nodiscard]] FinalAwaiter final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { failure = std::current_exception(); }
};

template <typename T>
struct TaskPromise : TaskPromiseBase {
  std::optional<T> value;

  Task<T> get_return_object();
  template <typename U>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
  T take() {
    if (failure) std::rethrow_exception(failure);
    return std::move(*value);
  }
};

template <>
struct TaskPromise<void> : TaskPromiseBase {
  Task<void> get_return_object();
  void return_void() const noexcept {}
  void take() const {
    if (failure) std::rethrow_exception(failure);
  }
};

}  // namespace detail

/// A coroutine that starts when it is awaited and gives its result, or its exception, to the one that awaits it.
/// For programs without a coroutine runtime of their own; `run` drives it.
template <typename T>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::TaskPromise<T>;

  Task(Task&& other) noexcept : handle_{std::exchange(other.handle_, nullptr)} {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      if (handle_) handle_.destroy();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  auto operator co_await() && noexcept {
    struct Awaiter {
      std::coroutine_handle<promise_type> handle;
      [[nodiscard]] bool await_ready() const noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) const noexcept {
        handle.promise().continuation = waiting;
        return handle;
      }
      T await_resume() const { return handle.promise().take(); }
    };
    return Awaiter{handle_};
  }

 private:
  friend promise_type;
  explicit Task(std::coroutine_handle<promise_type> handle) noexcept : handle_{handle} {}

  std::coroutine_handle<promise_type> handle_;
};

namespace detail {

template <typename T>
Task<T> TaskPromise<T>::get_return_object() {
  return Task<T>{std::coroutine_handle<TaskPromise<T>>::from_promise(*this)};
}
inline Task<void> TaskPromise<void>::get_return_object() {
  return Task<void>{std::coroutine_handle<TaskPromise<void>>::from_promise(*this)};
}

/// The outermost coroutine of `run`: awaits the task, keeps what came out of it, stops the loop.
struct RunRoot {
  struct promise_type {
    [[nodiscard]] RunRoot get_return_object() {
      return RunRoot{std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
    [[nodiscard]] std::suspend_always final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }  // its body catches everything
  };
  std::coroutine_handle<promise_type> handle;
};

}  // namespace detail

/// Runs a task to its end on the calling thread and returns its result or throws its exception. Coroutines that wait
/// for the library inside it resume on this thread.
template <typename T>
T run(Task<T> task) {
  auto loop = std::make_shared<detail::RunLoop>();
  const detail::RunLoop::Scope scope{loop};
  std::exception_ptr failure;
  using Kept = std::conditional_t<std::is_void_v<T>, bool, T>;
  std::optional<Kept> kept;
  // A lambda's captures would dangle in a coroutine that outlives it: everything comes in as a parameter.
  auto root = [](Task<T> inner, detail::RunLoop& stop_me, std::exception_ptr& failed,
                 std::optional<Kept>& result) -> detail::RunRoot {
    try {
      if constexpr (std::is_void_v<T>) {
        co_await std::move(inner);
        result.emplace(true);
      } else {
        result.emplace(co_await std::move(inner));
      }
    } catch (...) {
      failed = std::current_exception();
    }
    stop_me.stop();
  }(std::move(task), *loop, failure, kept);
  root.handle.resume();
  loop->run_until_stopped();
  root.handle.destroy();
  if (failure) std::rethrow_exception(failure);
  if constexpr (!std::is_void_v<T>) return std::move(*kept);
}

}  // namespace aiokpl
