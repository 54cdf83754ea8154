#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include <aiokpl/executor.hpp>

namespace aiokpl::detail {

/// Runs user code away from the engine: on the library's completion thread, which starts with the first work, or on
/// the executor that the config names. Work of one kind runs in the order in which it came.
class Dispatcher {
 public:
  /// `on_exception` hears of what user code lets out; it runs on the thread that ran the code. `completions`, where
  /// given, stands in for the completion thread.
  Dispatcher(std::shared_ptr<Executor> executor, std::function<void(const char* what)> on_exception,
             std::shared_ptr<Executor> completions = nullptr);
  /// Runs what is queued, then ends the thread. On the completion thread itself it lets go of it instead.
  ~Dispatcher();
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  /// On the config's executor, else on the completion thread.
  void dispatch(std::function<void()> work);
  /// On `executor`, where that is given, else as `dispatch`.
  void dispatch_to(const std::shared_ptr<Executor>& executor, std::function<void()> work);
  /// On the completion thread, whatever the config says.
  void dispatch_here(std::function<void()> work);

  /// The producer is gone, and outcomes of it may be kept for long: from now on the completion thread ends when it has
  /// done what there is, and starts again with late work.
  void rest();

  [[nodiscard]] bool on_completion_thread() const noexcept;

  /// Runs user code so that an exception out of it is counted and told instead of ending the thread.
  void guarded(const std::function<void()>& work) const noexcept;

 private:
  /// Outlives the dispatcher where that is destroyed on its own thread.
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::function<void()>> queue;
    bool stopping = false;
    bool running = false;
    /// The completion thread, once it runs: asked for by threads that must not wait for themselves.
    std::atomic<std::thread::id> runner;
  };
  static void run(const std::shared_ptr<Shared>& shared);

  std::shared_ptr<Executor> executor_;
  std::function<void(const char*)> on_exception_;
  std::shared_ptr<Executor> completions_;
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  std::thread thread_;
};

}  // namespace aiokpl::detail
