#pragma once

#include <array>
#include <atomic>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include <aiokpl/outcome.hpp>

#include "pipeline/attempt_list.hpp"
#include "producer/dispatcher.hpp"

namespace aiokpl::detail {

/// A coroutine or a callback that waits for one fate. A coroutine that is destroyed while it waits detaches itself;
/// whoever comes first, that or the resumption, wins.
class Waiter {
 public:
  Waiter(std::uint32_t index, std::coroutine_handle<> coroutine, std::shared_ptr<Executor> executor)
      : index_{index}, coroutine_{coroutine}, executor_{std::move(executor)} {}
  Waiter(std::uint32_t index, std::function<void(const RecordResult&)> callback)
      : index_{index}, callback_{std::move(callback)} {}

  [[nodiscard]] std::uint32_t index() const noexcept { return index_; }
  [[nodiscard]] const std::shared_ptr<Executor>& executor() const noexcept { return executor_; }
  /// Resumes or calls back, unless it was detached.
  void fire(const FateHandle& fate);
  void detach() noexcept;

 private:
  enum class State { waiting, fired, detached };

  std::atomic<State> state_ = State::waiting;
  std::uint32_t index_;
  std::coroutine_handle<> coroutine_;
  std::function<void(const RecordResult&)> callback_;
  std::shared_ptr<Executor> executor_;
};

/// Those who hear of what was settled, gathered over a request so that each executor is called once.
class WakeUps {
 public:
  void add(std::shared_ptr<Waiter> waiter, FateHandle fate) {
    entries_.push_back({std::move(waiter), std::move(fate)});
  }
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  void dispatch(const std::shared_ptr<Dispatcher>& dispatcher);

 private:
  struct Entry {
    std::shared_ptr<Waiter> waiter;
    FateHandle fate;
  };
  std::vector<Entry> entries_;
};

/// The fates of the records that began their life in one batch. While they stay together one store settles them all;
/// records that part ways get a slot each.
///
/// The engine's thread alone settles. Handles may read, wait and be dropped on any thread.
class FateBlock {
 public:
  /// The new block has one reference, which belongs to the pipeline until the last fate is settled, and those of the
  /// handles that its records will be given: who begins here need not count. `close` takes back what was not given.
  explicit FateBlock(std::shared_ptr<Dispatcher> dispatcher) noexcept : dispatcher_{std::move(dispatcher)} {}
  FateBlock(const FateBlock&) = delete;
  // A block for each batch, with aggregation off for each record: some of the memory is kept for the next ones.
  static void* operator new(std::size_t size);
  static void operator delete(void* place) noexcept;
  FateBlock& operator=(const FateBlock&) = delete;

  void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  // Engine's thread.
  /// The batch was closed: no more records begin here. So many did, and each was given a handle.
  void close(std::uint32_t records, std::uint64_t flush_round) noexcept {
    records_ = records;
    flush_round_ = flush_round;
    references_.fetch_sub(most_handles - records, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t flush_round() const noexcept { return flush_round_; }
  /// All of the block's records ended alike. May delete the block.
  void settle_all(const pipeline::AttemptList& attempts, bool success, WakeUps& wake_ups);
  /// Tries that one record made with batches that it has left; null when there were none.
  [[nodiscard]] const pipeline::AttemptList* history(std::uint32_t index) const noexcept {
    return state_.load(std::memory_order_relaxed) == State::apart ? &slots_[index].history : nullptr;
  }
  /// Tries that one record made with a batch that it has left.
  void add_history(std::uint32_t index, const pipeline::AttemptList& attempts);
  /// One record's end; `attempts` come after its history. May delete the block.
  void settle_one(std::uint32_t index, const pipeline::AttemptList& attempts, bool success, WakeUps& wake_ups);

  // Any thread, with a reference held.
  [[nodiscard]] bool settled(std::uint32_t index) const noexcept;
  [[nodiscard]] RecordResult result(std::uint32_t index) const;
  void wait(std::uint32_t index);
  [[nodiscard]] bool wait_until(std::uint32_t index, std::chrono::steady_clock::time_point limit);
  /// False when the fate is settled already.
  [[nodiscard]] bool add_waiter(const std::shared_ptr<Waiter>& waiter);
  [[nodiscard]] const std::shared_ptr<Dispatcher>& dispatcher() const noexcept { return dispatcher_; }

 private:
  enum class State : std::uint8_t { together, settled, apart };

  struct Slot {
    pipeline::AttemptList history;
    RecordResult result;
    std::atomic<bool> settled = false;
  };

  ~FateBlock() = default;
  void part();
  void wake(WakeUps& wake_ups, std::uint32_t first, std::uint32_t last);

  /// More than a batch has records, and then as many copies of their handles.
  static constexpr std::uint64_t most_handles = std::uint64_t{1} << 32U;

  std::atomic<std::uint64_t> references_ = 1 + most_handles;
  std::atomic<State> state_ = State::together;
  std::uint32_t records_ = 0;
  std::uint32_t settled_count_ = 0;
  std::uint32_t waiting_threads_ = 0;  // under the parking place's lock
  std::uint64_t flush_round_ = 0;
  RecordResult result_;  // of all, while they are together
  std::unique_ptr<Slot[]> slots_;
  std::vector<std::shared_ptr<Waiter>> waiters_;  // under the parking place's lock
  std::shared_ptr<Dispatcher> dispatcher_;
};

}  // namespace aiokpl::detail
