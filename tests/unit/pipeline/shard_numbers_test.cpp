#include "pipeline/shard_numbers.hpp"

#include <gtest/gtest.h>

#include "even_shards.hpp"
#include "moments.hpp"

namespace aiokpl::pipeline::test {
namespace {

ShardMap map_of(std::vector<ShardRange> shards) {
  return *ShardMap::make(std::move(shards));
}

TEST(ShardNumbersTest, AShardKeepsItsNumberForTheStreamsLife) {
  ShardNumbers numbers;
  EXPECT_EQ(numbers.find("shardId-000000000000"), std::nullopt);
  const ShardNumber first = numbers.number_of("shardId-000000000000");
  for (int i = 1; i < 5'000; ++i)
    numbers.number_of("shardId-" + std::to_string(i));
  EXPECT_EQ(numbers.number_of("shardId-000000000000"), first);
  EXPECT_EQ(numbers.find("shardId-000000000000"), first);
  EXPECT_EQ(numbers.id_of(first), "shardId-000000000000");
  EXPECT_EQ(numbers.id_of(numbers.number_of("shardId-77")), "shardId-77");
  EXPECT_EQ(numbers.size(), 5'000U);
  EXPECT_EQ(numbers.range_of(first, start), std::nullopt) << "a number alone is no range";
}

TEST(ShardNumbersTest, AClosedShardsRangeStaysKnownForSixtySecondsAfterTheMapThatDroppedIt) {
  ShardNumbers numbers;
  const HashKeyRange whole{};
  numbers.observe(map_of({{"parent", whole}}), start);
  EXPECT_EQ(numbers.range_of("parent", start + 1h), whole) << "open shards are known as long as the map holds";

  auto children = even_shards(2);
  numbers.observe(map_of(children), start + 2h);
  EXPECT_EQ(numbers.range_of("shard-0", start + 2h), children[0].range);
  EXPECT_EQ(numbers.range_of("parent", start + 2h + 59'999ms), whole);
  EXPECT_EQ(numbers.range_of("parent", start + 2h + 60s), std::nullopt);

  numbers.observe(map_of(children), start + 2h + 30s);
  EXPECT_EQ(numbers.range_of("parent", start + 2h + 60s), std::nullopt) << "a later map does not lengthen it";
  EXPECT_EQ(numbers.range_of("shard-1", start + 9h), children[1].range);
}

TEST(ShardNumbersTest, ARangeFromAListWithClosedShardsIsLearned) {
  ShardNumbers numbers;
  const HashKeyRange range{{1, 2}, {3, 4}};
  const ShardNumber number = numbers.learn("closed", range, start);
  EXPECT_EQ(numbers.range_of(number, start + 59s), range);
  EXPECT_EQ(numbers.range_of(number, start + 60s), std::nullopt);
  numbers.observe(map_of({{"open", {}}}), start);
  numbers.learn("open", {}, start);
  EXPECT_EQ(numbers.range_of("open", start + 1h), HashKeyRange{}) << "learning does not limit what the map knows";
  EXPECT_EQ(numbers.range_of("nobody", start), std::nullopt);
  EXPECT_EQ(numbers.range_of(no_shard, start), std::nullopt);
}

}  // namespace
}  // namespace aiokpl::pipeline::test
