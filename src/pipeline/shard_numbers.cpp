#include "pipeline/shard_numbers.hpp"

namespace aiokpl::pipeline {

ShardNumber ShardNumbers::number_of(std::string_view id) {
  if (const auto known = numbers_.find(id); known != numbers_.end()) return known->second;
  const auto number = static_cast<ShardNumber>(shards_.size());
  shards_.push_back({.id = std::string{id}, .range = {}});
  numbers_.emplace(shards_.back().id, number);
  return number;
}

std::optional<ShardNumber> ShardNumbers::find(std::string_view id) const {
  const auto known = numbers_.find(id);
  return known == numbers_.end() ? std::nullopt : std::optional{known->second};
}

void ShardNumbers::observe(const ShardMap& map, TimePoint now) {
  for (const ShardNumber number : in_map_)
    shards_[number].known_until = later(now, range_kept);
  in_map_.clear();
  for (const ShardRange& shard : map) {
    const ShardNumber number = number_of(shard.id);
    shards_[number].range = shard.range;
    shards_[number].known_until = never;
    in_map_.push_back(number);
  }
}

ShardNumber ShardNumbers::learn(std::string_view id, HashKeyRange range, TimePoint now) {
  const ShardNumber number = number_of(id);
  Shard& shard = shards_[number];
  if (shard.known_until == never) return number;
  shard.range = range;
  shard.known_until = later(now, range_kept);
  return number;
}

void ShardNumbers::forget_ranges() noexcept {
  in_map_.clear();
  for (Shard& shard : shards_)
    shard.known_until = TimePoint::min();
}

std::optional<HashKeyRange> ShardNumbers::range_of(ShardNumber number, TimePoint now) const {
  if (number >= shards_.size()) return std::nullopt;
  const Shard& shard = shards_[number];
  const bool known = shard.known_until == never || now < shard.known_until;
  return known ? std::optional{shard.range} : std::nullopt;
}

std::optional<HashKeyRange> ShardNumbers::range_of(std::string_view id, TimePoint now) const {
  const auto number = find(id);
  return number ? range_of(*number, now) : std::nullopt;
}

}  // namespace aiokpl::pipeline
