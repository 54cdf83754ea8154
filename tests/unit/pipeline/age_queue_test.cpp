#include "pipeline/age_queue.hpp"

#include <set>

#include <gtest/gtest.h>

#include "moments.hpp"
#include "pipeline/random.hpp"
#include "sized_batch.hpp"

namespace aiokpl::pipeline::test {
namespace {

TEST(AgeQueueTest, NewOnesAppendAndOneThatIsSentAgainGoesWhereItsAgePutsIt) {
  AgeQueue queue;
  for (const auto age : {0ms, 10ms, 20ms, 30ms})
    queue.push(sized_batch(1, start + age, 100));
  EXPECT_EQ(queue.pop()->oldest(), start);
  queue.push(sized_batch(1, start + 15ms, 7));
  queue.push(sized_batch(1, start, 8));
  EXPECT_EQ(queue.bytes(), 315U);
  for (const auto age : {0ms, 10ms, 15ms, 20ms, 30ms})
    EXPECT_EQ(queue.pop()->oldest(), start + age);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0U);
}

TEST(AgeQueueTest, KeepsTheOrderOfEqualAges) {
  AgeQueue queue;
  queue.push(sized_batch(1, start + 1ms, 50));
  for (const std::uint32_t size : {1U, 2U, 3U})
    queue.push(sized_batch(1, start, size));
  for (const std::uint32_t size : {1U, 2U, 3U, 50U})
    EXPECT_EQ(queue.pop()->kinesis_size(), size);
}

TEST(AgeQueueTest, StaysInOrderThroughThousandsOfPushesAndPops) {
  Random random{3};
  AgeQueue queue;
  std::multiset<TimePoint> expected;
  for (int i = 0; i < 20'000; ++i) {
    if (random.uniform() < 0.52) {
      const bool again = random.uniform() < 0.2;
      const TimePoint age = start + (again ? 1ms * (i / 2) : 1ms * i);
      queue.push(sized_batch(1, age, 1));
      expected.insert(age);
    } else if (!expected.empty()) {
      ASSERT_EQ(queue.pop()->oldest(), *expected.begin());
      expected.erase(expected.begin());
    }
    ASSERT_EQ(queue.size(), expected.size());
  }
}

}  // namespace
}  // namespace aiokpl::pipeline::test
