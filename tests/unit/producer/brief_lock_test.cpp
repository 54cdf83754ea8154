#include "producer/brief_lock.hpp"

#include <cstddef>
#include <cstdint>
#include <latch>
#include <mutex>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace aiokpl::detail {
namespace {

TEST(Patience, LooksAgainThenYieldsThenSleepsForAsLongAsItTakes) {
  Patience patience;
  for (std::uint32_t i = 0; i < Patience::looks; ++i)
    ASSERT_EQ(patience.next(), Patience::Step::look) << i;
  for (std::uint32_t i = 0; i < Patience::yields; ++i)
    ASSERT_EQ(patience.next(), Patience::Step::yield) << i;
  for (std::uint32_t i = 0; i < 1000; ++i)
    ASSERT_EQ(patience.next(), Patience::Step::sleep) << i;
}

// What was written under it is read and written in two steps, so that nothing is lost only while there is one at a
// time. Under ThreadSanitizer this also shows that the lock orders it.
TEST(BriefLock, OneAtATime) {
  constexpr std::size_t threads = 4;
  constexpr std::uint64_t rounds = 500'000;
  BriefLock lock;
  volatile std::uint64_t entered = 0;
  std::latch start{threads};
  std::vector<std::thread> running;
  for (std::size_t i = 0; i < threads; ++i) {
    running.emplace_back([&] {
      start.arrive_and_wait();
      for (std::uint64_t round = 0; round < rounds; ++round) {
        const std::lock_guard guard{lock};
        entered = entered + 1;
      }
    });
  }
  for (std::thread& thread : running)
    thread.join();
  EXPECT_EQ(entered, threads * rounds);
}

// Its holder is off its core for long: all that a waiter does for it, sleeping included, ends with the unlock.
TEST(BriefLock, WhoeverWaitsForLongComesInAfterTheUnlock) {
  BriefLock lock;
  bool written = false;
  bool seen = false;
  lock.lock();
  std::latch waits{1};
  std::thread waiter{[&] {
    waits.count_down();
    const std::lock_guard guard{lock};
    seen = written;
  }};
  waits.wait();
  for (std::uint32_t i = 0; i < 2 * (Patience::looks + Patience::yields); ++i)
    std::this_thread::yield();
  written = true;
  lock.unlock();
  waiter.join();
  EXPECT_TRUE(seen);
}

}  // namespace
}  // namespace aiokpl::detail
