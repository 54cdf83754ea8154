#include "aws/no_fork_here.hpp"

#include <condition_variable>
#include <mutex>
#include <new>

#include <pthread.h>

namespace aiokpl::aws {

namespace {

struct Gate {
  std::mutex mutex;
  std::condition_variable changed;
  unsigned inside = 0;
  unsigned forks_waiting = 0;
};

// How many of them stand within each other in this thread.
thread_local unsigned depth = 0;

Gate& gate() {
  // Never destroyed: threads may be busy until the very end.
  static auto* const made = new Gate;
  return *made;
}

// The lock is kept over the fork, so that nobody enters meanwhile.
void before_fork() {
  std::unique_lock lock{gate().mutex};
  ++gate().forks_waiting;
  // Who forks may itself be inside.
  const unsigned own = depth > 0 ? 1 : 0;
  gate().changed.wait(lock, [own] { return gate().inside == own; });
  --gate().forks_waiting;
  lock.release();
}

void after_fork_in_parent() {
  gate().mutex.unlock();
  gate().changed.notify_all();
}

void after_fork_in_child() {
  // Those who waited are not here, and a condition would go on counting them.
  new (&gate().changed) std::condition_variable;
  gate().forks_waiting = 0;
  gate().mutex.unlock();
}

// As the library is loaded: later a fork could come in between.
[[maybe_unused]] const int registered = [] {
  static_cast<void>(gate());
  return pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}();

}  // namespace

NoForkHere::NoForkHere() noexcept {
  if (depth++ > 0) return;
  std::unique_lock lock{gate().mutex};
  // Forks go first, or threads that relieve each other would keep them out for ever.
  gate().changed.wait(lock, [] { return gate().forks_waiting == 0; });
  ++gate().inside;
}

NoForkHere::~NoForkHere() {
  if (--depth > 0) return;
  bool told = false;
  {
    const std::lock_guard lock{gate().mutex};
    --gate().inside;
    told = gate().forks_waiting > 0;
  }
  if (told) gate().changed.notify_all();
}

}  // namespace aiokpl::aws
