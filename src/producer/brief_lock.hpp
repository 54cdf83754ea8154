#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

namespace aiokpl::detail {

/// What one does who finds a BriefLock taken: looks again at once, for as long as its holder may well be at work on
/// another core; then lets others run on this one; then sleeps, since the holder may be one whom the scheduler will not
/// run before this thread rests.
class Patience {
 public:
  enum class Step : std::uint8_t { look, yield, sleep };

  /// Some microseconds, which is more than it takes to write a record.
  static constexpr std::uint32_t looks = 100;
  static constexpr std::uint32_t yields = 10;

  Step next() noexcept {
    if (steps_ == looks + yields) return Step::sleep;
    return ++steps_ <= looks ? Step::look : Step::yield;
  }

 private:
  std::uint32_t steps_ = 0;
};

/// A lock under which a record is written to memory, and nothing is waited for but memory. A std::mutex is unlocked
/// with an instruction that waits until all that was written before has left the processor; where thousands of records
/// go to memory that is in no cache, this was a sixth of what a record costs. Here a plain store lets go, and the
/// thread goes on while its record is still on the way. The price: nobody is woken. Who finds the lock taken looks
/// again.
class BriefLock {
 public:
  void lock() noexcept {
    if (taken_.exchange(true, std::memory_order_acquire)) [[unlikely]]
      lock_when_free();
  }
  void unlock() noexcept { taken_.store(false, std::memory_order_release); }

 private:
  /// Apart, so that what is inlined everywhere is short.
  [[gnu::noinline, gnu::cold]] void lock_when_free() noexcept {
    Patience patience;
    // Looking on does not take the memory away from its holder, as another try would.
    while (taken_.load(std::memory_order_relaxed) || taken_.exchange(true, std::memory_order_acquire)) {
      switch (patience.next()) {
        case Patience::Step::look:
          breathe();
          break;
        case Patience::Step::yield:
          std::this_thread::yield();
          break;
        case Patience::Step::sleep:
          std::this_thread::sleep_for(std::chrono::microseconds{50});
          break;
      }
    }
  }
  /// Tells the processor that it looks at the same thing again and again.
  static void breathe() noexcept {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }

  std::atomic<bool> taken_ = false;
};

}  // namespace aiokpl::detail
