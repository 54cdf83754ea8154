#include "pipeline/back_pressure.hpp"

#include <deque>
#include <vector>

#include <gtest/gtest.h>

#include "pipeline/random.hpp"

namespace aiokpl::pipeline::test {
namespace {

constexpr std::uint64_t plenty = 1'000'000'000;

struct NamedWaiter : Waiter {
  explicit NamedWaiter(StreamUsage& usage, std::uint64_t count = 1, std::uint64_t size = 1) {
    stream = &usage;
    records = count;
    bytes = size;
  }
};

TEST(BackPressureTest, CountsPlacesInRecordsAndInBytes) {
  BackPressure pressure{100, 1'000};
  StreamUsage stream;
  EXPECT_TRUE(pressure.admit(stream, 99, 99));
  EXPECT_FALSE(pressure.admit(stream, 2, 2));
  EXPECT_TRUE(pressure.admit(stream, 1, 1));
  EXPECT_FALSE(pressure.admit(stream, 1, 1));
  pressure.release(stream, 100, 100);
  EXPECT_EQ(pressure.records(), 0U);
  EXPECT_TRUE(pressure.admit(stream, 1, 1'000));
  EXPECT_FALSE(pressure.admit(stream, 1, 1));
  EXPECT_EQ(stream.bytes, 1'000U);
}

TEST(BackPressureTest, ARecordLargerThanTheByteLimitPassesWhenItIsAlone) {
  BackPressure pressure{100, 1'000};
  StreamUsage stream;
  EXPECT_TRUE(pressure.admit(stream, 1, 10));
  EXPECT_FALSE(pressure.admit(stream, 1, 5'000));
  NamedWaiter large{stream, 1, 5'000};
  pressure.wait(large);
  EXPECT_EQ(pressure.next_admissible(), nullptr);
  pressure.release(stream, 1, 10);
  EXPECT_EQ(pressure.next_admissible(), &large);
  EXPECT_EQ(pressure.bytes(), 5'000U);
  EXPECT_FALSE(pressure.admit(stream, 1, 10));
  pressure.release(stream, 1, 5'000);
  EXPECT_TRUE(pressure.admit(stream, 1, 10));
}

TEST(BackPressureTest, ASteadyTrickleDoesNotStarveALargeRecord) {
  BackPressure pressure{1'000, 1'000};
  StreamUsage large_stream;
  StreamUsage small_stream;
  EXPECT_TRUE(pressure.admit(small_stream, 1, 600));
  NamedWaiter large{large_stream, 1, 900};
  pressure.wait(large);
  std::uint64_t small_ones = 0;
  for (int i = 0; i < 100; ++i)
    small_ones += pressure.admit(small_stream, 1, 40) ? 1 : 0;
  EXPECT_LE(small_ones * 40, 100U) << "the reserve only";
  pressure.release(small_stream, 1 + small_ones, 600 + 40 * small_ones);
  EXPECT_EQ(pressure.next_admissible(), &large);
}

TEST(BackPressureTest, AStuckStreamDelaysOnlyItsOwnCallers) {
  BackPressure pressure{1'000, plenty};
  StreamUsage stuck;
  StreamUsage healthy;
  EXPECT_TRUE(pressure.admit(stuck, 1'000, 1'000));
  std::deque<NamedWaiter> stuck_callers;
  for (int i = 0; i < 5'000; ++i)
    pressure.wait(stuck_callers.emplace_back(stuck));
  EXPECT_EQ(pressure.next_admissible(), nullptr) << "it holds more than its share of the reserve";

  for (int round = 0; round < 1'000; ++round) {
    ASSERT_TRUE(pressure.admit(healthy, 50, 50)) << "two streams, half of the hundred each";
    ASSERT_FALSE(pressure.admit(healthy, 1, 1));
    pressure.release(healthy, 50, 50);
    ASSERT_EQ(pressure.next_admissible(), nullptr);
  }
  for (NamedWaiter& waiter : stuck_callers)
    pressure.withdraw(waiter);
}

TEST(BackPressureTest, TheReserveIsSharedEvenlyByTheStreamsThatHoldOrAskForSomething) {
  BackPressure pressure{1'000, plenty};
  StreamUsage stuck;
  EXPECT_TRUE(pressure.admit(stuck, 1'000, 1'000));
  std::vector<StreamUsage> others(3);
  EXPECT_TRUE(pressure.admit(others[0], 1, 1));
  EXPECT_TRUE(pressure.admit(others[1], 1, 1));
  EXPECT_TRUE(pressure.admit(others[2], 1, 1));
  for (StreamUsage& stream : others) {
    EXPECT_FALSE(pressure.admit(stream, 25, 25)) << "four streams: 25 each";
    EXPECT_TRUE(pressure.admit(stream, 24, 24));
  }
  pressure.release(others[2], 25, 25);
  EXPECT_TRUE(pressure.admit(others[0], 8, 8)) << "three streams again: 33 each";
  EXPECT_FALSE(pressure.admit(others[0], 1, 1));
}

TEST(BackPressureTest, AStreamThatHoldsNothingMayHaveOneRecordThatIsLargerThanItsShare) {
  BackPressure pressure{1'000, 1'000};
  StreamUsage stuck;
  StreamUsage other;
  EXPECT_TRUE(pressure.admit(stuck, 1, 1'000));
  EXPECT_FALSE(pressure.admit(other, 2, 80));
  EXPECT_TRUE(pressure.admit(other, 1, 80));
  EXPECT_FALSE(pressure.admit(other, 1, 10));
}

TEST(BackPressureTest, ANewcomerDoesNotOvertakeTheWaitersOfItsOwnStream) {
  BackPressure pressure{10, plenty};
  StreamUsage stream;
  EXPECT_TRUE(pressure.admit(stream, 10, 10));
  NamedWaiter first{stream, 5};
  NamedWaiter second{stream, 1};
  pressure.wait(first);
  pressure.wait(second);
  pressure.release(stream, 2, 2);
  EXPECT_EQ(pressure.next_admissible(), nullptr) << "the first needs five, and the second comes after it";
  EXPECT_FALSE(pressure.admit(stream, 1, 1));
  pressure.release(stream, 4, 4);
  EXPECT_EQ(pressure.next_admissible(), &first);
  EXPECT_EQ(pressure.next_admissible(), &second);
  EXPECT_EQ(pressure.next_admissible(), nullptr);
  EXPECT_EQ(stream.records, 10U);
}

TEST(BackPressureTest, WaitersAreServedInOrderWithinAStreamAndInTurnsOverStreams) {
  BackPressure pressure{10, plenty};
  StreamUsage holder;
  StreamUsage a;
  StreamUsage b;
  EXPECT_TRUE(pressure.admit(holder, 10, 10));
  NamedWaiter a1{a, 5};
  NamedWaiter a2{a, 2};
  NamedWaiter a3{a};
  NamedWaiter b1{b, 2};
  for (NamedWaiter* waiter : {&a1, &a2, &a3, &b1})
    pressure.wait(*waiter);
  EXPECT_EQ(pressure.next_admissible(), nullptr);
  pressure.release(holder, 10, 10);
  for (NamedWaiter* waiter : {&a1, &b1, &a2, &a3})
    EXPECT_EQ(pressure.next_admissible(), waiter);
  EXPECT_FALSE(pressure.has_waiters());
}

TEST(BackPressureTest, AWaiterThatWithdrawsLeavesTheOthersInOrder) {
  BackPressure pressure{10, plenty};
  StreamUsage a;
  StreamUsage b;
  EXPECT_TRUE(pressure.admit(a, 10, 10));
  NamedWaiter a1{a, 4};
  NamedWaiter a2{a, 4};
  NamedWaiter a3{a, 2};
  NamedWaiter b1{b, 4};
  for (NamedWaiter* waiter : {&a1, &b1, &a2, &a3})
    pressure.wait(*waiter);
  pressure.withdraw(a2);
  pressure.withdraw(a2);
  pressure.withdraw(a1);
  pressure.withdraw(b1);
  pressure.release(a, 10, 10);
  EXPECT_EQ(pressure.next_admissible(), &a3);
  EXPECT_EQ(pressure.next_admissible(), nullptr);
  EXPECT_TRUE(pressure.admit(b, 8, 8)) << "b's withdrawn waiter holds nobody up";
}

TEST(BackPressureTest, ThousandsOfBlockedCallersOfAStuckStreamCostNothingAtARelease) {
  BackPressure pressure{1'000'000, plenty};
  StreamUsage stuck;
  StreamUsage healthy;
  EXPECT_TRUE(pressure.admit(stuck, 1'000'000, 1));
  std::deque<NamedWaiter> callers;
  for (int i = 0; i < 20'000; ++i)
    pressure.wait(callers.emplace_back(stuck));
  // A million rounds through twenty thousand waiters would take half a minute.
  for (int i = 0; i < 1'000'000; ++i) {
    ASSERT_TRUE(pressure.admit(healthy, 1, 1));
    pressure.release(healthy, 1, 1);
    ASSERT_EQ(pressure.next_admissible(), nullptr);
  }
  for (NamedWaiter& waiter : callers)
    pressure.withdraw(waiter);
}

TEST(BackPressureTest, WithAnyNumberOfStreamsMemoryStaysBelowElevenTenthsAndEverybodyIsServed) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Random random{seed};
    BackPressure pressure{200, 20'000};
    struct Held {
      StreamUsage* stream;
      std::uint64_t records;
      std::uint64_t bytes;
    };
    std::vector<StreamUsage> streams(1 + random.next() % 40);
    std::vector<Held> held;
    std::deque<NamedWaiter> waiters;
    std::size_t waiting = 0;
    const auto wake = [&] {
      while (Waiter* waiter = pressure.next_admissible()) {
        held.push_back({waiter->stream, waiter->records, waiter->bytes});
        --waiting;
      }
    };
    const auto give_back = [&] {
      const std::size_t chosen = random.next() % held.size();
      pressure.release(*held[chosen].stream, held[chosen].records, held[chosen].bytes);
      held[chosen] = held.back();
      held.pop_back();
      wake();
    };
    for (int step = 0; step < 3'000; ++step) {
      StreamUsage& stream = streams[random.next() % streams.size()];
      const std::uint64_t records = 1 + random.next() % 8;
      const std::uint64_t bytes = records * (1 + random.next() % 400);
      if (pressure.admit(stream, records, bytes)) {
        held.push_back({&stream, records, bytes});
      } else {
        pressure.wait(waiters.emplace_back(stream, records, bytes));
        ++waiting;
      }
      ASSERT_LE(pressure.records(), 220U);
      ASSERT_LE(pressure.bytes(), 22'000U);
      if (random.uniform() < 0.7 && !held.empty()) give_back();
    }
    while (!held.empty())
      give_back();
    EXPECT_EQ(waiting, 0U) << "seed " << seed;
    EXPECT_EQ(pressure.records(), 0U);
    EXPECT_EQ(pressure.bytes(), 0U);
    EXPECT_FALSE(pressure.has_waiters());
  }
}

}  // namespace
}  // namespace aiokpl::pipeline::test
