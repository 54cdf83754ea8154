#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <aiokpl/hash_key.hpp>

#include "pipeline/batch.hpp"

namespace aiokpl::pipeline {

/// An open shard.
struct ShardRange {
  std::string id;
  HashKeyRange range;
  ShardNumber number = no_shard;

  friend bool operator==(const ShardRange&, const ShardRange&) = default;
};

std::ostream& operator<<(std::ostream& out, const ShardRange& shard);

/// A stream's open shards at one moment, sorted by their ending hash keys. They cover all hash keys without a hole or
/// an overlap, so that every key has its shard. Never changes, so that any number of threads may read it.
class ShardMap {
 public:
  /// What is wrong with the shards as a map, in words; empty when nothing is. Any order.
  [[nodiscard]] static std::string problem_of(const std::vector<ShardRange>& shards);
  /// Nothing when they do not make a map; see `problem_of`.
  [[nodiscard]] static std::optional<ShardMap> make(std::vector<ShardRange> shards);

  /// The index of the shard whose range holds the key.
  [[nodiscard]] std::size_t find(HashKey key) const noexcept;
  [[nodiscard]] const ShardRange& operator[](std::size_t index) const noexcept { return shards_[index]; }
  [[nodiscard]] std::size_t size() const noexcept { return shards_.size(); }
  [[nodiscard]] auto begin() const noexcept { return shards_.begin(); }
  [[nodiscard]] auto end() const noexcept { return shards_.end(); }

  /// Null for a shard that is not open in this map.
  [[nodiscard]] const ShardRange* by_number(ShardNumber number) const noexcept;
  [[nodiscard]] bool same_shards(const ShardMap& other) const noexcept { return shards_ == other.shards_; }

 private:
  explicit ShardMap(std::vector<ShardRange> sorted);

  std::vector<ShardRange> shards_;
  // The ends alone, side by side: a search touches few cache lines.
  std::vector<HashKey> ends_;
  // By the key's leading bits: the first shard that may hold such a key. One more entry than there are leading bits'
  // values. Shards of equal size, the usual case, are found without a search.
  std::vector<std::uint32_t> first_by_leading_bits_;
  unsigned shift_ = 0;
  std::vector<std::pair<ShardNumber, std::uint32_t>> index_by_number_;
};

}  // namespace aiokpl::pipeline
