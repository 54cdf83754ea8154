#include "pipeline/shard_map.hpp"

#include <algorithm>
#include <ostream>

namespace aiokpl::pipeline {

namespace {

constexpr unsigned most_leading_bits = 16;

bool ends_before(const ShardRange& a, const ShardRange& b) noexcept {
  return a.range.last < b.range.last || (a.range.last == b.range.last && a.range.first < b.range.first);
}

/// For a key that is not the last.
HashKey next_key(HashKey key) noexcept {
  ++key.low;
  if (key.low == 0) ++key.high;
  return key;
}

std::string problem_of_sorted(const std::vector<ShardRange>& shards) {
  if (shards.empty()) return "there is no open shard";
  HashKey expected{};
  const ShardRange* before = nullptr;
  for (const ShardRange& shard : shards) {
    if (shard.range.last < shard.range.first) return shard.id + " ends before it starts";
    if (shard.range.first != expected) {
      const bool overlaps = shard.range.first < expected;
      if (before == nullptr) return "no shard holds the keys below " + shard.id;
      return (overlaps ? "shards overlap: " : "no shard holds the keys between ") + before->id + " and " + shard.id;
    }
    if (&shard == &shards.back()) break;
    if (shard.range.last == HashKey::max()) return "shards overlap: " + shard.id + " and " + shards.back().id;
    expected = next_key(shard.range.last);
    before = &shard;
  }
  if (shards.back().range.last != HashKey::max()) return "no shard holds the keys above " + shards.back().id;
  return {};
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const ShardRange& shard) {
  out << shard.id << " [" << shard.range.first.to_decimal() << ", " << shard.range.last.to_decimal() << "]";
  return shard.number == no_shard ? out : out << " #" << shard.number;
}

std::string ShardMap::problem_of(const std::vector<ShardRange>& shards) {
  if (std::ranges::is_sorted(shards, ends_before)) return problem_of_sorted(shards);
  std::vector<ShardRange> sorted = shards;
  std::ranges::sort(sorted, ends_before);
  return problem_of_sorted(sorted);
}

std::optional<ShardMap> ShardMap::make(std::vector<ShardRange> shards) {
  std::ranges::sort(shards, ends_before);
  if (!problem_of_sorted(shards).empty()) return std::nullopt;
  return ShardMap{std::move(shards)};
}

ShardMap::ShardMap(std::vector<ShardRange> sorted) : shards_{std::move(sorted)} {
  ends_.reserve(shards_.size());
  index_by_number_.reserve(shards_.size());
  for (const ShardRange& shard : shards_) {
    if (shard.number != no_shard) index_by_number_.emplace_back(shard.number, static_cast<std::uint32_t>(ends_.size()));
    ends_.push_back(shard.range.last);
  }
  std::ranges::sort(index_by_number_);

  // Twice as many values as shards: then most values lead to one or two shards.
  unsigned bits = 1;
  while (bits < most_leading_bits && (std::size_t{1} << bits) < 2 * shards_.size())
    ++bits;
  shift_ = 64 - bits;
  const std::size_t values = std::size_t{1} << bits;
  first_by_leading_bits_.reserve(values + 1);
  std::uint32_t index = 0;
  for (std::size_t value = 0; value < values; ++value) {
    const HashKey lowest{std::uint64_t{value} << shift_, 0};
    while (ends_[index] < lowest)
      ++index;
    first_by_leading_bits_.push_back(index);
  }
  first_by_leading_bits_.push_back(static_cast<std::uint32_t>(ends_.size() - 1));
}

std::size_t ShardMap::find(HashKey key) const noexcept {
  const auto value = static_cast<std::size_t>(key.high >> shift_);
  std::size_t low = first_by_leading_bits_[value];
  std::size_t high = first_by_leading_bits_[value + 1];
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (ends_[middle] < key) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

const ShardRange* ShardMap::by_number(ShardNumber number) const noexcept {
  const auto place =
      std::ranges::lower_bound(index_by_number_, number, {}, &std::pair<ShardNumber, std::uint32_t>::first);
  return place != index_by_number_.end() && place->first == number ? &shards_[place->second] : nullptr;
}

}  // namespace aiokpl::pipeline
