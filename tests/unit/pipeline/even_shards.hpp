#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/shard_map.hpp"
#include "pipeline/shard_map_refresh.hpp"

namespace aiokpl::pipeline::test {

/// Shards that end at the keys, which ascend to the highest.
inline std::vector<ShardRange> shards_ending_at(const std::vector<HashKey>& ends) {
  std::vector<ShardRange> shards;
  HashKey first{};
  for (const HashKey last : ends) {
    const auto number = static_cast<ShardNumber>(shards.size());
    shards.push_back({.id = "shard-" + std::to_string(number), .range = {first, last}, .number = number});
    first = {last.high + (last.low == ~std::uint64_t{0} ? 1 : 0), last.low + 1};
  }
  return shards;
}

inline std::vector<ShardRange> even_shards(std::size_t count) {
  std::vector<HashKey> ends;
  const std::uint64_t step = ~std::uint64_t{0} / count;
  for (std::size_t i = 1; i < count; ++i)
    ends.push_back({step * i, ~std::uint64_t{0}});
  ends.push_back(HashKey::max());
  return shards_ending_at(ends);
}

/// The same as ListShards tells them.
inline std::vector<ListedShard> listed(const std::vector<ShardRange>& shards) {
  std::vector<ListedShard> list;
  for (const ShardRange& shard : shards)
    list.push_back({.id = shard.id, .range = shard.range});
  return list;
}

}  // namespace aiokpl::pipeline::test
