#pragma once

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <aiokpl/error.hpp>
#include <aiokpl/export.hpp>
#include <aiokpl/result.hpp>

namespace aiokpl {

namespace detail {

class FateBlock;
class Waiter;

/// One record's place in the block of fates that it shares with its batch. Copying counts a reference.
class AIOKPL_EXPORT FateHandle {
 public:
  FateHandle() noexcept = default;
  FateHandle(FateBlock* block, std::uint32_t index) noexcept;  // takes over a reference
  FateHandle(const FateHandle& other) noexcept;
  FateHandle(FateHandle&& other) noexcept : block_{std::exchange(other.block_, nullptr)}, index_{other.index_} {}
  FateHandle& operator=(FateHandle other) noexcept {
    std::swap(block_, other.block_);
    index_ = other.index_;
    return *this;
  }
  ~FateHandle() {
    if (block_ != nullptr) release();
  }

  [[nodiscard]] bool settled() const;
  [[nodiscard]] RecordResult result() const;
  void wait() const;
  [[nodiscard]] bool wait_until(std::chrono::steady_clock::time_point limit) const;
  void on_ready(std::function<void(const RecordResult&)> callback) const;
  /// Registers a suspended coroutine; false when the outcome is there already, so that it goes on at once.
  [[nodiscard]] bool suspend(std::coroutine_handle<> waiting, std::shared_ptr<Waiter>& waiter) const;
  [[nodiscard]] bool valid() const noexcept { return block_ != nullptr; }
  void reset() noexcept { *this = FateHandle{}; }

 private:
  void release() noexcept;

  FateBlock* block_ = nullptr;
  std::uint32_t index_ = 0;
};

/// Takes a waiting coroutine off its list when its frame is destroyed before it was resumed.
AIOKPL_EXPORT void detach(const std::shared_ptr<Waiter>& waiter) noexcept;

}  // namespace detail

/// Waits for an outcome in a coroutine: `RecordResult result = co_await outcome.wait();`
class [[nodiscard]] OutcomeAwaiter {
 public:
  explicit OutcomeAwaiter(detail::FateHandle fate) noexcept : fate_{std::move(fate)} {}
  OutcomeAwaiter(const OutcomeAwaiter&) = delete;
  OutcomeAwaiter& operator=(const OutcomeAwaiter&) = delete;
  ~OutcomeAwaiter() {
    if (waiter_) detail::detach(waiter_);
  }

  [[nodiscard]] bool await_ready() const { return fate_.settled(); }
  [[nodiscard]] bool await_suspend(std::coroutine_handle<> waiting) { return fate_.suspend(waiting, waiter_); }
  [[nodiscard]] RecordResult await_resume() const { return fate_.result(); }

 private:
  detail::FateHandle fate_;
  std::shared_ptr<detail::Waiter> waiter_;
};

/// The handle of a record that was accepted. It resolves once, with the record's result, by the TTL plus the connect
/// and request timeouts at the latest. Cheap to copy and to drop: dropping it does not touch the record. It outlives
/// the producer. Every member may be called from any thread.
class [[nodiscard]] AIOKPL_EXPORT Outcome {
 public:
  /// Holds no record; everything but assignment and `valid` throws std::logic_error.
  Outcome() noexcept = default;
  explicit Outcome(detail::FateHandle fate) noexcept : fate_{std::move(fate)} {}

  [[nodiscard]] bool valid() const noexcept { return fate_.valid(); }
  /// Whether the result is there.
  [[nodiscard]] bool is_set() const { return fate_.settled(); }

  /// In a coroutine: `co_await outcome.wait()`, or `co_await outcome`. Resumes on `run`'s thread inside `run`, else on
  /// the config's executor, else on the library's completion thread. Destroying the waiting coroutine is fine.
  OutcomeAwaiter wait() const { return OutcomeAwaiter{fate_}; }
  OutcomeAwaiter operator co_await() const { return wait(); }

  /// From a thread: blocks until the result is there.
  [[nodiscard]] RecordResult get() const;
  /// Blocks at most so long, then throws TimeoutError; the record is still tracked.
  [[nodiscard]] RecordResult get(std::chrono::nanoseconds timeout) const;

  /// Calls back with the result, once, on the config's executor or the library's completion thread, also when the
  /// result is there already. An exception out of the callback is logged and counted.
  void on_ready(std::function<void(const RecordResult&)> callback) const { fate_.on_ready(std::move(callback)); }

 private:
  detail::FateHandle fate_;
};

/// The handle that SyncProducer gives: the same, waited for by blocking.
class [[nodiscard]] AIOKPL_EXPORT SyncOutcome {
 public:
  SyncOutcome() noexcept = default;
  explicit SyncOutcome(Outcome outcome) noexcept : outcome_{std::move(outcome)} {}

  /// Blocks until the result is there. After `cancel`: OutcomeCancelled.
  [[nodiscard]] RecordResult wait() const;
  /// Blocks at most so long, then throws TimeoutError; the record is still tracked.
  [[nodiscard]] RecordResult wait(std::chrono::nanoseconds timeout) const;
  /// Lets go of this handle; the record itself goes on. False if the result was there already, or it was cancelled
  /// before.
  bool cancel();
  /// Whether the result is there, or the handle was cancelled.
  [[nodiscard]] bool done() const;
  void on_ready(std::function<void(const RecordResult&)> callback) const;

 private:
  [[nodiscard]] const Outcome& held() const;

  Outcome outcome_;
  bool cancelled_ = false;
};

}  // namespace aiokpl
