#include "producer/dispatcher.hpp"

#include <exception>
#include <utility>

namespace aiokpl::detail {

Dispatcher::Dispatcher(std::shared_ptr<Executor> executor, std::function<void(const char*)> on_exception,
                       std::shared_ptr<Executor> completions)
    : executor_{std::move(executor)}, on_exception_{std::move(on_exception)}, completions_{std::move(completions)} {}

Dispatcher::~Dispatcher() {
  rest();
  if (!thread_.joinable()) return;
  if (on_completion_thread()) {
    thread_.detach();
  } else {
    thread_.join();
  }
}

void Dispatcher::dispatch(std::function<void()> work) {
  dispatch_to(executor_, std::move(work));
}

void Dispatcher::dispatch_to(const std::shared_ptr<Executor>& executor, std::function<void()> work) {
  const std::shared_ptr<Executor>& chosen = executor ? executor : executor_;
  if (!chosen) {
    dispatch_here(std::move(work));
    return;
  }
  guarded([&] { chosen->execute(work); });
}

void Dispatcher::dispatch_here(std::function<void()> work) {
  if (completions_) {
    guarded([&] { completions_->execute(std::move(work)); });
    return;
  }
  {
    const std::lock_guard lock{shared_->mutex};
    shared_->queue.push_back(std::move(work));
    if (!shared_->running) {
      // One that came to rest has let go of the lock for the last time.
      if (thread_.joinable()) thread_.join();
      thread_ = std::thread{[shared = shared_] { run(shared); }};
      shared_->running = true;
    }
  }
  shared_->changed.notify_one();
}

void Dispatcher::rest() {
  {
    const std::lock_guard lock{shared_->mutex};
    shared_->stopping = true;
  }
  shared_->changed.notify_all();
}

bool Dispatcher::on_completion_thread() const noexcept {
  return shared_->runner.load(std::memory_order_relaxed) == std::this_thread::get_id();
}

void Dispatcher::guarded(const std::function<void()>& work) const noexcept {
  try {
    work();
  } catch (const std::exception& error) {
    on_exception_(error.what());
  } catch (...) {
    on_exception_("an exception that is no std::exception");
  }
}

void Dispatcher::run(const std::shared_ptr<Shared>& shared) {
  shared->runner.store(std::this_thread::get_id(), std::memory_order_relaxed);
  std::unique_lock lock{shared->mutex};
  for (;;) {
    shared->changed.wait(lock, [&] { return shared->stopping || !shared->queue.empty(); });
    if (shared->queue.empty()) {
      shared->running = false;
      shared->runner.store({}, std::memory_order_relaxed);  // another thread may get its number
      return;
    }
    std::function<void()> work = std::move(shared->queue.front());
    shared->queue.pop_front();
    lock.unlock();
    work();
    work = nullptr;  // before the lock: what it holds may dispatch when it goes, or be the dispatcher itself
    lock.lock();
  }
}

}  // namespace aiokpl::detail
