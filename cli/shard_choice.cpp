#include "cli/shard_choice.hpp"

#include <algorithm>
#include <cmath>

#include "cli/exit_status.hpp"

namespace aiokpl::cli {
namespace {

__extension__ using Wide = unsigned __int128;

Wide wide(HashKey key) noexcept {
  return (static_cast<Wide>(key.high) << 64U) | key.low;
}

// From the first key to the last: one less than how many there are, which fits where the count of all keys does not.
Wide span_of(const HashKeyRange& range) noexcept {
  return wide(range.last) - wide(range.first);
}

HashKey middle_of(const HashKeyRange& range) noexcept {
  const Wide middle = wide(range.first) + span_of(range) / 2 + 1;
  return {static_cast<std::uint64_t>(middle >> 64U), static_cast<std::uint64_t>(middle)};
}

std::vector<aws::Shard> open_by_range(const std::vector<aws::Shard>& shards) {
  std::vector<aws::Shard> open;
  std::ranges::copy_if(shards, std::back_inserter(open), &aws::Shard::open);
  std::ranges::sort(open, {}, [](const aws::Shard& shard) { return shard.range.first; });
  if (open.empty()) throw CommandError{ExitStatus::usage, "the stream has no open shard"};
  return open;
}

const aws::Shard& open_shard(const std::vector<aws::Shard>& open, const std::vector<aws::Shard>& all,
                             const std::string& id) {
  const auto found = std::ranges::find(open, id, &aws::Shard::id);
  if (found != open.end()) return *found;
  const bool closed = std::ranges::find(all, id, &aws::Shard::id) != all.end();
  throw CommandError{ExitStatus::usage, closed ? "shard " + id + " is closed already" : "there is no shard " + id};
}

const aws::Shard& shard_to_split(const std::vector<aws::Shard>& open, const std::vector<aws::Shard>& all,
                                 const std::optional<std::string>& id, const std::optional<HashKey>& at) {
  if (id) return open_shard(open, all, *id);
  const auto chosen =
      at ? std::ranges::find_if(open, [&](const aws::Shard& shard) { return shard.range.contains(*at); })
         : std::ranges::max_element(open, {}, [](const aws::Shard& shard) { return span_of(shard.range); });
  if (chosen != open.end()) return *chosen;
  throw CommandError{ExitStatus::usage, "no open shard holds the hash key " + at->to_decimal()};
}

bool adjacent(const aws::Shard& lower, const aws::Shard& upper) noexcept {
  return wide(lower.range.last) + 1 == wide(upper.range.first) && upper.range.first != HashKey{};
}

}  // namespace

SplitChoice choose_split(const std::vector<aws::Shard>& shards, const std::optional<std::string>& shard,
                         const std::optional<HashKey>& at) {
  const std::vector<aws::Shard> open = open_by_range(shards);
  const aws::Shard& chosen = shard_to_split(open, shards, shard, at);
  const HashKeyRange& range = chosen.range;
  if (range.first == range.last) {
    throw CommandError{ExitStatus::usage, "shard " + chosen.id + " owns a single hash key and cannot be split"};
  }
  if (!at) return {chosen.id, middle_of(range)};
  if (*at <= range.first || *at > range.last) {
    throw CommandError{ExitStatus::usage, "--at: " + at->to_decimal() + " leaves nothing for one half of shard " +
                                              chosen.id + ", whose hash keys are " + range.first.to_decimal() + " to " +
                                              range.last.to_decimal()};
  }
  return {chosen.id, *at};
}

MergeChoice choose_merge(const std::vector<aws::Shard>& shards, const std::optional<MergeChoice>& given) {
  const std::vector<aws::Shard> open = open_by_range(shards);
  if (given) {
    const aws::Shard& one = open_shard(open, shards, given->first);
    const aws::Shard& other = open_shard(open, shards, given->second);
    if (adjacent(one, other)) return {one.id, other.id};
    if (adjacent(other, one)) return {other.id, one.id};
    throw CommandError{ExitStatus::usage, "shards " + one.id + " and " + other.id +
                                              " are no neighbours: the hash keys of one must begin where those of the "
                                              "other end"};
  }
  std::optional<std::size_t> best;
  const auto span_with_next = [&](std::size_t i) { return wide(open[i + 1].range.last) - wide(open[i].range.first); };
  for (std::size_t i = 0; i + 1 < open.size(); ++i) {
    if (adjacent(open[i], open[i + 1]) && (!best || span_with_next(i) < span_with_next(*best))) best = i;
  }
  if (!best) throw CommandError{ExitStatus::usage, "the stream has no two open shards that are neighbours"};
  return {open[*best].id, open[*best + 1].id};
}

double share_of_all_keys(const HashKeyRange& range) noexcept {
  return std::ldexp(static_cast<double>(span_of(range)), -128);
}

}  // namespace aiokpl::cli
