#include <aiokpl/task.hpp>

namespace aiokpl::detail {
namespace {

std::shared_ptr<Executor>& current_loop() {
  thread_local std::shared_ptr<Executor> loop;
  return loop;
}

}  // namespace

RunLoop::RunLoop() = default;
RunLoop::~RunLoop() = default;

void RunLoop::execute(std::function<void()> work) {
  const std::lock_guard lock{mutex_};
  queue_.push_back(std::move(work));
  // Under the lock: the loop's owner may let go of it as soon as it sees what was queued.
  changed_.notify_one();
}

void RunLoop::run_until_stopped() {
  std::unique_lock lock{mutex_};
  while (true) {
    changed_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
    if (stopped_) return;
    std::function<void()> work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work();
    work = nullptr;  // before the lock: what it holds may call `execute` when it goes
    lock.lock();
  }
}

void RunLoop::stop() {
  const std::lock_guard lock{mutex_};
  stopped_ = true;
  changed_.notify_one();
}

std::shared_ptr<Executor> RunLoop::current() {
  return current_loop();
}

RunLoop::Scope::Scope(std::shared_ptr<Executor> loop) : previous_{std::exchange(current_loop(), std::move(loop))} {}
RunLoop::Scope::~Scope() {
  current_loop() = std::move(previous_);
}

}  // namespace aiokpl::detail
