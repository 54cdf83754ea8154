#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <aiokpl/hash_key.hpp>

#include "aws/kinesis_protocol.hpp"

/// Which shards to split and to merge. Every list may hold closed shards, which are passed over; what cannot be chosen
/// throws CommandError (usage).
namespace aiokpl::cli {

struct SplitChoice {
  std::string shard;
  /// Where the upper half begins.
  HashKey at;

  friend bool operator==(const SplitChoice&, const SplitChoice&) = default;
};

/// Without `at` the middle, without `shard` the shard that holds `at`, without both the middle of the widest shard.
[[nodiscard]] SplitChoice choose_split(const std::vector<aws::Shard>& shards, const std::optional<std::string>& shard,
                                       const std::optional<HashKey>& at);

/// The lower of the two first.
using MergeChoice = std::pair<std::string, std::string>;

/// Without `given` the two neighbours that own the fewest hash keys together.
[[nodiscard]] MergeChoice choose_merge(const std::vector<aws::Shard>& shards, const std::optional<MergeChoice>& given);

/// How much of all hash keys a range owns, 0 to 1.
[[nodiscard]] double share_of_all_keys(const HashKeyRange& range) noexcept;

}  // namespace aiokpl::cli
