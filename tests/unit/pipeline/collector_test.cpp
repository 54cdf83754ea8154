#include "pipeline/collector.hpp"

#include <gtest/gtest.h>

#include "moments.hpp"
#include "sized_batch.hpp"

namespace aiokpl::pipeline::test {
namespace {

constexpr std::size_t unlimited = ~std::size_t{0};

class CollectorTest : public ::testing::Test {
 protected:
  void add(ShardNumber shard, std::uint32_t size, Duration deadline = 100ms, Duration arrived = 0ms) {
    BatchPtr batch = sized_batch(shard, start + arrived, size);
    batch->deadline = start + deadline;
    collector_.add(std::move(batch));
  }
  std::vector<std::size_t> take(Duration now = 0ms, std::size_t max_bytes = unlimited) {
    std::vector<std::size_t> sizes;
    for (const BatchPtr& batch : collector_.take(start + now, max_bytes))
      sizes.push_back(batch->kinesis_size());
    return sizes;
  }

  Collector collector_{RequestLimits{}};
};

using Sizes = std::vector<std::size_t>;

TEST_F(CollectorTest, ARequestFallsDueAtItsEarliestDeadline) {
  EXPECT_EQ(collector_.next(), never);
  EXPECT_FALSE(collector_.ready(start + 1h));
  add(0, 10, 100ms);
  add(1, 20, 70ms);
  add(2, 30, 90ms);
  EXPECT_EQ(collector_.next(), start + 70ms);
  EXPECT_TRUE(take(69ms).empty());
  EXPECT_EQ(take(70ms), (Sizes{10, 20, 30})) << "all of it, in the order in which they came";
  EXPECT_TRUE(collector_.empty());
}

TEST_F(CollectorTest, FiveHundredRecordsFillARequest) {
  for (std::uint32_t i = 0; i < 499; ++i)
    add(i, 10);
  EXPECT_FALSE(collector_.ready(start));
  add(499, 10);
  EXPECT_TRUE(collector_.ready(start));
  add(500, 11);
  EXPECT_EQ(take().size(), 500U);
  EXPECT_FALSE(collector_.ready(start));
  EXPECT_EQ(take(100ms), Sizes{11});
}

TEST_F(CollectorTest, FiveMebibytesFillARequest) {
  for (std::uint32_t i = 0; i < 20; ++i)
    add(i, 262'143);
  EXPECT_FALSE(collector_.ready(start)) << "20 bytes are left";
  add(20, 20);
  EXPECT_TRUE(collector_.ready(start));
  EXPECT_EQ(take().size(), 21U);
}

TEST_F(CollectorTest, TheRecordThatWouldOverflowStartsTheNextRequest) {
  Collector collector{RequestLimits{.max_size = 100, .max_size_per_shard = 1'000}};
  for (const std::uint32_t size : {60U, 30U, 11U, 5U})
    collector.add(sized_batch(0, start, size));
  std::vector<BatchPtr> taken = collector.take(start, unlimited);
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_FALSE(collector.ready(start)) << "the next one waits for more";
}

TEST_F(CollectorTest, ARecordThatAloneExceedsTheLimitGoesAlone) {
  Collector collector{RequestLimits{.max_size = 100, .max_size_per_shard = 1'000}};
  for (const std::uint32_t size : {50U, 500U, 50U})
    collector.add(sized_batch(0, start, size));
  for (const std::size_t expected : {50U, 500U}) {
    const std::vector<BatchPtr> taken = collector.take(start, unlimited);
    ASSERT_EQ(taken.size(), 1U);
    EXPECT_EQ(taken[0]->kinesis_size(), expected);
  }
  EXPECT_FALSE(collector.ready(start));
  EXPECT_FALSE(collector.empty());
}

TEST_F(CollectorTest, QuarterOfAMebibyteForOneShardClosesAfterTheRecordThatReachesIt) {
  add(0, 200'000);
  add(1, 200'000);
  EXPECT_FALSE(collector_.ready(start)) << "two shards";
  add(0, 62'143);
  EXPECT_FALSE(collector_.ready(start)) << "one byte below";
  add(0, 100'000);
  EXPECT_TRUE(collector_.ready(start));
  EXPECT_EQ(take().size(), 4U) << "with the record that reached it";
  add(0, 200'000);
  EXPECT_FALSE(collector_.ready(start)) << "the next request counts anew";
}

TEST_F(CollectorTest, RecordsWithoutAPredictionHaveNoShardToFill) {
  for (int i = 0; i < 10; ++i)
    add(no_shard, 200'000);
  EXPECT_FALSE(collector_.ready(start));
}

TEST_F(CollectorTest, StaysOpenUntilSomebodyTakesIt) {
  add(0, 10, 50ms);
  EXPECT_TRUE(collector_.ready(start + 60ms));
  add(1, 20, 160ms);
  EXPECT_EQ(take(70ms), (Sizes{10, 20})) << "past its deadline it takes companions along";
}

TEST_F(CollectorTest, TakesNoMoreBytesThanTheLineMoves) {
  for (const std::uint32_t size : {40U, 40U, 40U, 500U, 10U})
    add(0, size);
  EXPECT_EQ(take(100ms, 100), (Sizes{40, 40}));
  EXPECT_EQ(take(100ms, 100), Sizes{40});
  EXPECT_EQ(take(100ms, 100), Sizes{500}) << "but at least one";
  EXPECT_EQ(take(100ms, 100), Sizes{10});
  EXPECT_TRUE(collector_.empty());
}

TEST_F(CollectorTest, KnowsTheOldestRecordThatWaits) {
  EXPECT_EQ(collector_.oldest(), never);
  add(0, 10, 100ms, 3ms);
  add(1, 10, 100ms, 1ms);
  add(2, 10, 100ms, 2ms);
  EXPECT_EQ(collector_.oldest(), start + 1ms);
  EXPECT_EQ(take(100ms, 20).size(), 2U);
  EXPECT_EQ(collector_.oldest(), start + 2ms) << "the older ones have left";
}

TEST_F(CollectorTest, TakesOutWhatIsTooOld) {
  add(0, 10, 100ms, 1ms);
  add(0, 20, 100ms, 5ms);
  add(0, 262'144, 100ms, 9ms);
  add(0, 30, 100ms, 2ms);
  std::vector<BatchPtr> old;
  collector_.take_older_than(start + 2ms, old);
  ASSERT_EQ(old.size(), 2U);
  EXPECT_EQ(old[0]->kinesis_size(), 10U);
  EXPECT_EQ(old[1]->kinesis_size(), 30U);
  EXPECT_EQ(collector_.oldest(), start + 5ms);
  EXPECT_EQ(take(), (Sizes{20, 262'144}));
  EXPECT_TRUE(collector_.empty());
}

TEST_F(CollectorTest, GivesEverythingUpInOrder) {
  for (const std::uint32_t size : {1U, 300'000U, 2U})
    add(0, size);
  std::vector<BatchPtr> all;
  collector_.take_all(all);
  EXPECT_EQ(all.size(), 3U);
  EXPECT_EQ(all[2]->kinesis_size(), 2U);
  EXPECT_TRUE(collector_.empty());
  EXPECT_EQ(collector_.next(), never);
}

TEST_F(CollectorTest, HurriedRequestsGoAsTheyAre) {
  add(0, 10);
  collector_.hurry();
  EXPECT_TRUE(collector_.ready(start));
  EXPECT_EQ(take(), Sizes{10});
  add(0, 20);
  EXPECT_FALSE(collector_.ready(start)) << "the next one waits again";
}

}  // namespace
}  // namespace aiokpl::pipeline::test
