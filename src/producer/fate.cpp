#include "producer/fate.hpp"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <new>
#include <utility>

#include <pthread.h>

#include "producer/spare_memory.hpp"

namespace aiokpl::detail {

namespace {

/// Where threads wait for fates, shared by all blocks: a mutex and a condition in each block would cost more than the
/// rest of it. Two blocks at one place only wake each other for nothing.
struct ParkingPlace {
  std::mutex mutex;
  std::condition_variable settled;
};

/// What all producers of the process share, since outcomes outlive theirs.
struct Shared {
  std::array<ParkingPlace, 64> places;
  SpareMemory memory;
};

Shared& shared() {
  // Never destroyed: an outcome may be the last thing that a program lets go of.
  static auto* const made = new Shared;
  return *made;
}

ParkingPlace& parking_place(const void* block) noexcept {
  auto& places = shared().places;
  return places[(reinterpret_cast<std::uintptr_t>(block) / 64) % places.size()];
}

SpareMemory& spare_memory() {
  return shared().memory;
}

// A fork waits for the locks, so that a child, which has none of the other threads, finds them free and what they guard
// whole. Nobody holds two of them.
void before_fork() {
  for (ParkingPlace& place : shared().places)
    place.mutex.lock();
  shared().memory.lock();
}

void after_fork() {
  shared().memory.unlock();
  for (ParkingPlace& place : shared().places)
    place.mutex.unlock();
}

void after_fork_in_child() {
  // A condition would go on counting those who wait in the parent.
  for (ParkingPlace& place : shared().places)
    new (&place.settled) std::condition_variable;
  after_fork();
}

// As the library is loaded: later a fork could come in between.
[[maybe_unused]] const int registered = [] {
  static_cast<void>(shared());
  return pthread_atfork(before_fork, after_fork, after_fork_in_child);
}();

RecordResult to_result(const pipeline::AttemptList& attempts, bool success) {
  RecordResult result{.success = success, .attempts = attempts.kept(), .attempts_omitted = attempts.omitted()};
  if (success) {
    result.shard_id = result.attempts.back().shard_id;
    result.sequence_number = result.attempts.back().sequence_number;
  }
  return result;
}

}  // namespace

void Waiter::fire(const FateHandle& fate) {
  State expected = State::waiting;
  if (!state_.compare_exchange_strong(expected, State::fired)) return;
  if (coroutine_) {
    coroutine_.resume();
  } else {
    callback_(fate.result());
  }
}

void Waiter::detach() noexcept {
  State expected = State::waiting;
  state_.compare_exchange_strong(expected, State::detached);
}

void detach(const std::shared_ptr<Waiter>& waiter) noexcept {
  waiter->detach();
}

void WakeUps::dispatch(const std::shared_ptr<Dispatcher>& dispatcher) {
  std::map<Executor*, std::vector<Entry>> by_executor;
  for (Entry& entry : std::exchange(entries_, {})) {
    by_executor[entry.waiter->executor().get()].push_back(std::move(entry));
  }
  for (auto& [raw, entries] : by_executor) {
    const std::shared_ptr<Executor> executor = entries.front().waiter->executor();
    // A plain pointer in the work: the completion thread must not be the one that destroys its own dispatcher.
    dispatcher->dispatch_to(executor, [running = dispatcher.get(), woken = std::move(entries)] {
      for (const Entry& entry : woken) {
        running->guarded([&entry] { entry.waiter->fire(entry.fate); });
      }
    });
  }
}

void* FateBlock::operator new(std::size_t size) {
  return spare_memory().take(size);
}
void FateBlock::operator delete(void* place) noexcept {
  spare_memory().give_back(place);
}

void FateBlock::settle_all(const pipeline::AttemptList& attempts, bool success, WakeUps& wake_ups) {
  result_ = to_result(attempts, success);
  state_.store(State::settled, std::memory_order_release);
  wake(wake_ups, 0, records_);
  release();
}

void FateBlock::add_history(std::uint32_t index, const pipeline::AttemptList& attempts) {
  part();
  slots_[index].history.add(attempts);
}

void FateBlock::settle_one(std::uint32_t index, const pipeline::AttemptList& attempts, bool success,
                           WakeUps& wake_ups) {
  part();
  Slot& slot = slots_[index];
  slot.history.add(attempts);
  slot.result = to_result(std::exchange(slot.history, {}), success);
  slot.settled.store(true, std::memory_order_release);
  wake(wake_ups, index, index + 1);
  if (++settled_count_ == records_) release();
}

bool FateBlock::settled(std::uint32_t index) const noexcept {
  const State state = state_.load(std::memory_order_acquire);
  return state == State::settled || (state == State::apart && slots_[index].settled.load(std::memory_order_acquire));
}

RecordResult FateBlock::result(std::uint32_t index) const {
  return state_.load(std::memory_order_acquire) == State::settled ? result_ : slots_[index].result;
}

void FateBlock::wait(std::uint32_t index) {
  ParkingPlace& place = parking_place(this);
  std::unique_lock lock{place.mutex};
  ++waiting_threads_;
  place.settled.wait(lock, [&] { return settled(index); });
  --waiting_threads_;
}

bool FateBlock::wait_until(std::uint32_t index, std::chrono::steady_clock::time_point limit) {
  ParkingPlace& place = parking_place(this);
  std::unique_lock lock{place.mutex};
  ++waiting_threads_;
  const bool in_time = place.settled.wait_until(lock, limit, [&] { return settled(index); });
  --waiting_threads_;
  return in_time;
}

bool FateBlock::add_waiter(const std::shared_ptr<Waiter>& waiter) {
  const std::lock_guard lock{parking_place(this).mutex};
  if (settled(waiter->index())) return false;
  waiters_.push_back(waiter);
  return true;
}

void FateBlock::part() {
  if (state_.load(std::memory_order_relaxed) != State::together) return;
  slots_ = std::make_unique<Slot[]>(records_);
  state_.store(State::apart, std::memory_order_release);
}

void FateBlock::wake(WakeUps& wake_ups, std::uint32_t first, std::uint32_t last) {
  ParkingPlace& place = parking_place(this);
  const std::lock_guard lock{place.mutex};
  const auto concerned = [&](const std::shared_ptr<Waiter>& waiter) {
    return first <= waiter->index() && waiter->index() < last;
  };
  for (const auto& waiter : waiters_) {
    if (!concerned(waiter)) continue;
    add_reference();
    wake_ups.add(waiter, FateHandle{this, waiter->index()});
  }
  std::erase_if(waiters_, concerned);
  if (waiting_threads_ != 0) place.settled.notify_all();
}

}  // namespace aiokpl::detail
