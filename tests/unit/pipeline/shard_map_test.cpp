#include "pipeline/shard_map.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "even_shards.hpp"
#include "pipeline/random.hpp"

namespace aiokpl::pipeline::test {
namespace {

constexpr HashKey half{std::uint64_t{1} << 63U, 0};
constexpr HashKey before_half{(std::uint64_t{1} << 63U) - 1, ~std::uint64_t{0}};

TEST(ShardMapTest, FindsTheShardWhoseRangeHoldsTheKey) {
  const auto map = ShardMap::make({{"b", {half, HashKey::max()}, 7}, {"a", {{}, before_half}, 3}});
  ASSERT_TRUE(map);
  EXPECT_EQ((*map)[map->find({})].id, "a");
  EXPECT_EQ((*map)[map->find(before_half)].id, "a");
  EXPECT_EQ((*map)[map->find(half)].id, "b");
  EXPECT_EQ((*map)[map->find(HashKey::max())].id, "b");
  EXPECT_EQ(map->by_number(3)->id, "a");
  EXPECT_EQ(map->by_number(7)->id, "b");
  EXPECT_EQ(map->by_number(5), nullptr);
  EXPECT_EQ(map->by_number(no_shard), nullptr);
}

TEST(ShardMapTest, CoversTheWholeKeySpaceWithoutHoleOrOverlapOrIsNone) {
  const struct {
    std::vector<ShardRange> shards;
    std::string problem;
  } cases[] = {
      {{}, "there is no open shard"},
      {{{"a", {{0, 1}, HashKey::max()}}}, "no shard holds the keys below a"},
      {{{"a", {{}, before_half}}}, "no shard holds the keys above a"},
      {{{"a", {{}, before_half}}, {"b", {{half.high, 1}, HashKey::max()}}}, "no shard holds the keys between a and b"},
      {{{"a", {{}, half}}, {"b", {half, HashKey::max()}}}, "shards overlap: a and b"},
      {{{"a", {{}, HashKey::max()}}, {"b", {half, HashKey::max()}}}, "shards overlap: a and b"},
      {{{"a", {{}, HashKey::max()}}, {"b", {{}, HashKey::max()}}}, "shards overlap: a and b"},
      {{{"a", {{}, before_half}}, {"b", {half, {}}}}, "b ends before it starts"},
      {{{"a", {{}, HashKey::max()}}}, ""},
  };
  for (const auto& [shards, problem] : cases) {
    EXPECT_EQ(ShardMap::problem_of(shards), problem);
    EXPECT_EQ(ShardMap::make(shards).has_value(), problem.empty()) << problem;
  }
}

void expect_same_as_plain_search(const ShardMap& map, Random& random) {
  const auto plain = [&map](HashKey key) {
    const auto place = std::ranges::find_if(map, [key](const ShardRange& shard) { return shard.range.contains(key); });
    return static_cast<std::size_t>(place - map.begin());
  };
  for (const ShardRange& shard : map) {
    ASSERT_EQ(map.find(shard.range.first), plain(shard.range.first));
    ASSERT_EQ(map.find(shard.range.last), plain(shard.range.last));
  }
  for (int i = 0; i < 200; ++i) {
    const HashKey key{random.next(), random.next()};
    ASSERT_EQ(map.find(key), plain(key));
  }
}

TEST(ShardMapTest, FindsInEvenShardsOfAnyNumber) {
  Random random{1};
  for (const std::size_t count : {1U, 2U, 3U, 5U, 64U, 100U, 1'000U, 4'096U}) {
    expect_same_as_plain_search(*ShardMap::make(even_shards(count)), random);
  }
}

TEST(ShardMapTest, FindsInShardsThatWereSplitUnevenly) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    Random random{seed};
    // Half of the ends crowd into a sliver of the key space.
    std::vector<HashKey> ends{HashKey::max()};
    for (std::uint64_t i = random.next() % 200; i > 0; --i) {
      const bool crowded = i % 2 == 0;
      ends.push_back({crowded ? (std::uint64_t{0xABC} << 52U) | (random.next() >> 40U) : random.next() >> 1U,
                      crowded ? random.next() : ~std::uint64_t{0}});
    }
    std::ranges::sort(ends);
    ends.erase(std::ranges::unique(ends).begin(), ends.end());
    expect_same_as_plain_search(*ShardMap::make(shards_ending_at(ends)), random);
  }
}

TEST(ShardMapTest, TellsWhetherTheShardsAreTheSame) {
  const auto four = ShardMap::make(even_shards(4));
  auto shuffled = even_shards(4);
  std::ranges::reverse(shuffled);
  EXPECT_TRUE(four->same_shards(*ShardMap::make(shuffled)));
  EXPECT_FALSE(four->same_shards(*ShardMap::make(even_shards(5))));
  auto renamed = even_shards(4);
  renamed[2].id = "other";
  EXPECT_FALSE(four->same_shards(*ShardMap::make(renamed)));
}

}  // namespace
}  // namespace aiokpl::pipeline::test
