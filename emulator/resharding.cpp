// How a stream's shards split and merge.
#include <algorithm>

#include "emulator/api_error.hpp"
#include "emulator/hash_ranges.hpp"
#include "emulator/stream.hpp"

namespace aiokpl::emulator {

void Stream::sort_open() {
  open_.clear();
  for (const auto& shard : shards_) {
    if (shard->facts().open()) open_.push_back(shard.get());
  }
  std::sort(open_.begin(), open_.end(),
            [](const Shard* a, const Shard* b) { return a->facts().range.first < b->facts().range.first; });
}

void Stream::add_shard(HashKeyRange range, const Shard* parent, const Shard* adjacent, Time now) {
  ShardFacts facts{.number = static_cast<std::uint32_t>(shards_.size()),
                   .range = range,
                   .epoch = epoch_milliseconds(now) / 1'000,
                   .created = now};
  if (parent != nullptr) {
    facts.parent = parent->facts().number;
    facts.epoch = std::max(facts.epoch, parent->facts().epoch + 1);
  }
  if (adjacent != nullptr) {
    facts.adjacent_parent = adjacent->facts().number;
    facts.epoch = std::max(facts.epoch, adjacent->facts().epoch + 1);
  }
  shards_.push_back(std::make_unique<Shard>(facts));
}

void Stream::split(Shard& parent, HashKey at, Time now) {
  const HashKeyRange range = parent.facts().range;
  parent.close(now);
  add_shard({range.first, previous(at)}, &parent, nullptr, now);
  add_shard({at, range.last}, &parent, nullptr, now);
}

void Stream::merge(Shard& lower, Shard& upper, Time now) {
  lower.close(now);
  upper.close(now);
  add_shard({lower.facts().range.first, upper.facts().range.last}, &lower, &upper, now);
}

Shard& Stream::open_shard(std::string_view id, Time now) {
  const std::uint32_t number = shard(id, now).facts().number;
  Shard& found = *shards_[number];
  if (found.facts().open()) return found;
  throw ApiError{"InvalidArgumentException", "Shard " + shard_id(number) + " in " + described() +
                                                 " has already been merged or split, and thus is not eligible for "
                                                 "merging or splitting."};
}

void Stream::split(std::string_view id, HashKey new_starting_hash_key, Time now) {
  require_active(now);
  Shard& parent = open_shard(id, now);
  const HashKeyRange& range = parent.facts().range;
  const bool above = range.first < range.last && next(range.first) < new_starting_hash_key;
  if (!above || new_starting_hash_key >= range.last) {
    throw ApiError{"InvalidArgumentException",
                   "NewStartingHashKey " + new_starting_hash_key.to_decimal() + " used in SplitShard() on shard " +
                       shard_id(parent.facts().number) + " in " + described() +
                       " is not both greater than one plus the shard's StartingHashKey " + range.first.to_decimal() +
                       " and less than the shard's EndingHashKey " + range.last.to_decimal() + "."};
  }
  split(parent, new_starting_hash_key, now);
  sort_open();
  begin_update(now);
}

void Stream::merge(std::string_view id, std::string_view adjacent_id, Time now) {
  require_active(now);
  Shard* lower = &open_shard(id, now);
  Shard* upper = &open_shard(adjacent_id, now);
  if (upper->facts().range.last < lower->facts().range.first) std::swap(lower, upper);
  // A shard is not its own neighbour: the end of the last range has no next key.
  if (lower == upper || next(lower->facts().range.last) != upper->facts().range.first) {
    throw ApiError{"InvalidArgumentException", "Shards " + std::string{id} + " and " + std::string{adjacent_id} +
                                                   " in " + described() +
                                                   " are not an adjacent pair of shards eligible for merging"};
  }
  // The shard that the caller named first is the parent, its neighbour the adjacent parent.
  const bool named_lower_first = lower->facts().number == shard(id, now).facts().number;
  if (named_lower_first) {
    merge(*lower, *upper, now);
  } else {
    lower->close(now);
    upper->close(now);
    add_shard({lower->facts().range.first, upper->facts().range.last}, upper, lower, now);
  }
  sort_open();
  begin_update(now);
}

void Stream::scale(std::uint32_t count, Time now) {
  require_active(now);
  const std::vector<HashKeyRange> wanted = uniform_ranges(count);
  split_at_borders(wanted, now);
  merge_into(wanted, now);
  begin_update(now);
}

void Stream::split_at_borders(const std::vector<HashKeyRange>& wanted, Time now) {
  for (const HashKeyRange& range : wanted) {
    const auto found = std::lower_bound(open_.begin(), open_.end(), range.first, [](const Shard* shard, HashKey key) {
      return shard->facts().range.last < key;
    });
    if ((*found)->facts().range.first == range.first) continue;
    split(**found, range.first, now);
    sort_open();
  }
}

void Stream::merge_into(const std::vector<HashKeyRange>& wanted, Time now) {
  std::size_t i = 0;
  for (const HashKeyRange& range : wanted) {
    while (open_[i]->facts().range.last < range.last) {
      merge(*open_[i], *open_[i + 1], now);
      sort_open();
    }
    ++i;
  }
}

}  // namespace aiokpl::emulator
