#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <aiokpl/hash_key.hpp>

#include "pipeline/batch.hpp"
#include "pipeline/shard_map.hpp"
#include "pipeline/time.hpp"

namespace aiokpl::pipeline {

/// Gives each of a stream's shards a small number for as long as the stream is known, and remembers the ranges: those
/// of open shards, and those of closed ones for a while, since an answer may name a shard that the newest map dropped.
class ShardNumbers {
 public:
  ShardNumbers() = default;
  // The table points into the ids.
  ShardNumbers(const ShardNumbers&) = delete;
  ShardNumbers& operator=(const ShardNumbers&) = delete;

  /// How long a range stays known after the map that dropped its shard, or after it was learned elsewhere.
  static constexpr Duration range_kept = std::chrono::seconds{60};

  /// The shard's number; a new one for an id that was never seen.
  ShardNumber number_of(std::string_view id);
  [[nodiscard]] std::optional<ShardNumber> find(std::string_view id) const;
  /// The number must be one that was given here.
  [[nodiscard]] const std::string& id_of(ShardNumber number) const { return shards_[number].id; }
  [[nodiscard]] std::size_t size() const noexcept { return shards_.size(); }

  /// A new map holds: its ranges are known, and those that only the one before had are known for a while yet.
  void observe(const ShardMap& map, TimePoint now);
  /// A range from a list that includes closed shards. Gives the shard's number.
  ShardNumber learn(std::string_view id, HashKeyRange range, TimePoint now);

  /// The stream is another one of the same name: no range holds any more.
  void forget_ranges() noexcept;

  [[nodiscard]] std::optional<HashKeyRange> range_of(ShardNumber number, TimePoint now) const;
  [[nodiscard]] std::optional<HashKeyRange> range_of(std::string_view id, TimePoint now) const;

 private:
  struct Shard {
    std::string id;
    HashKeyRange range;
    /// `never` while the current map has it.
    TimePoint known_until = TimePoint::min();
  };

  // A deque, so that the ids stay where the table of numbers looks at them.
  std::deque<Shard> shards_;
  std::unordered_map<std::string_view, ShardNumber> numbers_;
  std::vector<ShardNumber> in_map_;
};

}  // namespace aiokpl::pipeline
