#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_set>
#include <utility>
#include <vector>

#include <aiokpl/hash_key.hpp>

#include "pipeline/aggregator.hpp"
#include "pipeline/placement.hpp"
#include "pipeline/random.hpp"
#include "producer/fate.hpp"
#include "producer/grouping.hpp"

namespace aiokpl::detail {

/// The open batches of one stream, one for each shard, which callers fill side by side. Each has a lock of its own, so
/// that callers meet only where Kinesis caps the rate anyway.
///
/// A new plan retires the batches of shards that are gone: a caller who looked its shard up before finds that out under
/// the batch's lock and looks again.
///
/// `Mutex` is BriefLock in the producer; tests put their own in its place to drive the interleavings.
template <typename Mutex>
class OpenBatches {
 public:
  OpenBatches(pipeline::BatchSource& source, pipeline::PlacementPlan plan, std::uint64_t seed)
      : source_{&source}, random_{seed}, placement_{build(std::move(plan), nullptr)} {}
  ~OpenBatches() {
    // A caller's sight may keep the slots for long.
    for (const auto& slot : placement_->slots)
      slot->aggregator.release_tables();
  }
  OpenBatches(const OpenBatches&) = delete;
  OpenBatches& operator=(const OpenBatches&) = delete;

  class Sight;

  /// What a put did beside taking the record.
  struct Put {
    pipeline::FateRef fate;
    /// Batches that it closed, in order; to be handed to the engine.
    pipeline::BatchPtr closed_before;
    pipeline::BatchPtr closed_full;
    /// Where the earliest deadline of all open batches moved forward to; `never` when it did not.
    pipeline::TimePoint earliest = pipeline::never;
  };

  /// Packs a record into the open batch of its shard. For a new record (`fate` absent) the fate comes with a reference
  /// for its handle. `sight`: one that saw these open batches, or nothing yet.
  Put put(const pipeline::RecordParts& parts, pipeline::TimePoint arrived, pipeline::TimePoint deadline,
          const std::optional<pipeline::FateRef>& fate, Sight& sight);
  Put put(const pipeline::RecordParts& parts, pipeline::TimePoint arrived, pipeline::TimePoint deadline,
          const std::optional<pipeline::FateRef>& fate) {
    Sight sight;
    return put(parts, arrived, deadline, fate, sight);
  }

  /// What putting many records did beside taking them.
  struct Puts {
    std::vector<pipeline::BatchPtr> closed;
    pipeline::TimePoint earliest = pipeline::never;
  };

  /// Packs new records, those of a shard together and in their order. `hash_keys` places them, null those without a
  /// key. `parts_of(i)` gives a record's parts, which are used before it is called again; `took(i, fate)` gets its
  /// fate, with a reference. At most `Grouping::most_records`.
  template <typename PartsOf, typename Took>
  Puts put_many(std::span<const HashKey* const> hash_keys, pipeline::TimePoint arrived, pipeline::TimePoint deadline,
                const PartsOf& parts_of, const Took& took, Sight& sight);

  /// Closes what is due at `now`; where something is, also what has waited for half of `buffered_time`, up to
  /// `max_count` batches and `max_size` bytes in all.
  void close_due(pipeline::TimePoint now, pipeline::Duration buffered_time, std::size_t max_count, std::size_t max_size,
                 std::vector<pipeline::BatchPtr>& closed);
  void close_all(std::vector<pipeline::BatchPtr>& closed);
  /// Puts a new plan into force. What is open for shards that it does not have is closed.
  void install(pipeline::PlacementPlan plan, std::vector<pipeline::BatchPtr>& closed);

  /// Deadline of the earliest open batch; `never` when there is none.
  [[nodiscard]] pipeline::TimePoint earliest() const {
    const std::lock_guard lock{earliest_mutex_};
    return earliest_;
  }
  /// Arrival of the oldest record in an open batch.
  [[nodiscard]] pipeline::TimePoint oldest() const;
  [[nodiscard]] pipeline::PlacementMode mode() const { return placement()->plan.mode; }

 private:
  /// The lock is apart from what it guards: whoever waits for it looks at it again and again.
  struct alignas(64) Slot {
    explicit Slot(pipeline::Aggregator empty) : aggregator{std::move(empty)} {}
    Mutex mutex;
    bool retired = false;
    alignas(64) pipeline::Aggregator aggregator;
  };

  struct Placement {
    pipeline::PlacementPlan plan;
    /// In the map's order; a single one where no shard is predicted.
    std::vector<std::shared_ptr<Slot>> slots;
    /// Where records without a key go until that shard's batch closes.
    mutable std::atomic<std::uint32_t> keyless_slot = 0;
  };

  using PlacementPtr = std::shared_ptr<const Placement>;

  PlacementPtr build(pipeline::PlacementPlan plan, const Placement* before);
  [[nodiscard]] PlacementPtr placement() const {
    const std::lock_guard lock{placement_mutex_};
    return placement_;
  }
  /// Brings a sight up to date.
  const Placement& look(Sight& sight) const;
  static std::size_t slot_of(const Placement& placement, HashKey key) noexcept;
  /// Puts the records of a group from `record` on for as long as they go to the same slot; returns the one behind them.
  /// Where the slot is retired it puts none and returns `record`.
  template <typename PartsOf, typename Took>
  std::uint16_t put_run(const Placement& placement, const Grouping& groups, std::uint16_t record,
                        pipeline::TimePoint arrived, pipeline::TimePoint deadline, const PartsOf& parts_of,
                        const Took& took, Puts& puts);
  /// Calls the slot near that a record goes to; a hint.
  static void expect(const Placement& placement, const Grouping& groups, std::uint16_t record) noexcept;
  /// Whether there was something to close.
  bool close_slot(Slot& slot, std::vector<pipeline::BatchPtr>& closed);
  /// The slot's batch was closed: keyless records that stayed there go on to another one.
  void move_keyless_on(const Placement& placement, std::size_t from);
  /// Whether that is the earliest now.
  bool merge_earliest(pipeline::TimePoint deadline);
  std::uint32_t random_below(std::size_t count);
  static std::size_t slot_count(const pipeline::PlacementPlan& plan);
  static std::optional<HashKey> keyless_hash_key(const pipeline::PlacementPlan& plan, std::size_t slot);

  /// Over how many evenly spread places keyless records go while the shards are unknown.
  static constexpr std::size_t unknown_places = 64;

  pipeline::BatchSource* source_;
  mutable Mutex random_mutex_;
  pipeline::Random random_;
  mutable Mutex placement_mutex_;
  PlacementPtr placement_;
  /// Counts the placements: changed under the lock, looked at without.
  std::atomic<std::uint64_t> placement_number_ = 1;
  mutable Mutex earliest_mutex_;
  pipeline::TimePoint earliest_ = pipeline::never;
};

/// Where a caller saw the open batches last. As long as no new plan came, its next put finds its way without a lock
/// that all callers share. A sight that is out of date is harmless: the batch's lock tells.
template <typename Mutex>
class OpenBatches<Mutex>::Sight {
 private:
  friend class OpenBatches;
  PlacementPtr placement_;
  std::uint64_t number_ = 0;
};

template <typename Mutex>
const typename OpenBatches<Mutex>::Placement& OpenBatches<Mutex>::look(Sight& sight) const {
  if (sight.number_ != placement_number_.load(std::memory_order_acquire)) {
    const std::lock_guard lock{placement_mutex_};
    sight.placement_ = placement_;
    sight.number_ = placement_number_.load(std::memory_order_relaxed);
  }
  return *sight.placement_;
}

template <typename Mutex>
typename OpenBatches<Mutex>::Put OpenBatches<Mutex>::put(const pipeline::RecordParts& parts,
                                                         pipeline::TimePoint arrived, pipeline::TimePoint deadline,
                                                         const std::optional<pipeline::FateRef>& fate, Sight& sight) {
  Put put;
  for (;;) {
    const Placement& placement = look(sight);
    const std::size_t index = parts.partition_key ? slot_of(placement, parts.hash_key)
                                                  : placement.keyless_slot.load(std::memory_order_relaxed);
    Slot& slot = *placement.slots[index];
    bool deadline_moved = false;
    {
      const std::lock_guard lock{slot.mutex};
      if (slot.retired) continue;
      auto appended = slot.aggregator.append(parts, arrived, deadline, fate, placement.plan.limits, *source_);
      put.fate = appended.fate;
      put.closed_before = std::move(appended.closed_before);
      put.closed_full = std::move(appended.closed_full);
      deadline_moved = appended.deadline_moved;
    }
    if (put.closed_before || put.closed_full) move_keyless_on(placement, index);
    if (deadline_moved && merge_earliest(deadline)) put.earliest = deadline;
    return put;
  }
}

template <typename Mutex>
template <typename PartsOf, typename Took>
typename OpenBatches<Mutex>::Puts OpenBatches<Mutex>::put_many(std::span<const HashKey* const> hash_keys,
                                                               pipeline::TimePoint arrived,
                                                               pipeline::TimePoint deadline, const PartsOf& parts_of,
                                                               const Took& took, Sight& sight) {
  Puts puts;
  const auto put_alone = [&](std::size_t record) {
    Put put = this->put(parts_of(record), arrived, deadline, std::nullopt, sight);
    took(record, put.fate);
    pipeline::take_closed(put, puts.closed);
    puts.earliest = std::min(puts.earliest, put.earliest);
  };
  look(sight);
  const PlacementPtr placement = sight.placement_;  // stays, also when a record put alone finds a newer one
  Grouping groups;
  for (std::size_t record = hash_keys.size(); record-- > 0;) {
    if (hash_keys[record] != nullptr) groups.add(record, slot_of(*placement, *hash_keys[record]));
  }
  // Those without a key go on to another shard whenever a batch becomes full: where the next one goes is not known yet.
  for (std::size_t record = 0; record < hash_keys.size(); ++record) {
    if (hash_keys[record] == nullptr) put_alone(record);
  }
  for (std::size_t chain = 0; chain < Grouping::chains; ++chain) {
    if (chain + 1 < Grouping::chains) expect(*placement, groups, groups.first(chain + 1));
    for (std::uint16_t record = groups.first(chain); record != Grouping::none;) {
      const std::uint16_t behind = put_run(*placement, groups, record, arrived, deadline, parts_of, took, puts);
      if (behind == record) put_alone(record);
      record = behind == record ? groups.next(record) : behind;
    }
  }
  return puts;
}

template <typename Mutex>
template <typename PartsOf, typename Took>
std::uint16_t OpenBatches<Mutex>::put_run(const Placement& placement, const Grouping& groups, std::uint16_t record,
                                          pipeline::TimePoint arrived, pipeline::TimePoint deadline,
                                          const PartsOf& parts_of, const Took& took, Puts& puts) {
  const std::size_t index = groups.slot(record);
  Slot& slot = *placement.slots[index];
  const std::size_t closed_before = puts.closed.size();
  bool deadline_moved = false;
  {
    const std::lock_guard lock{slot.mutex};
    if (slot.retired) return record;
    do {
      auto appended =
          slot.aggregator.append(parts_of(record), arrived, deadline, std::nullopt, placement.plan.limits, *source_);
      took(record, appended.fate);
      if (pipeline::take_closed(appended, puts.closed)) deadline_moved = false;  // it went with what is closed
      deadline_moved |= appended.deadline_moved;
      record = groups.next(record);
    } while (record != Grouping::none && groups.slot(record) == index);
  }
  if (puts.closed.size() != closed_before) move_keyless_on(placement, index);
  if (deadline_moved && merge_earliest(deadline)) puts.earliest = deadline;
  return record;
}

template <typename Mutex>
void OpenBatches<Mutex>::expect(const Placement& placement, const Grouping& groups, std::uint16_t record) noexcept {
  if (record == Grouping::none) return;
  const Slot* slot = placement.slots[groups.slot(record)].get();
  codec::expect<codec::Access::write>({reinterpret_cast<const std::byte*>(slot), sizeof(Slot)}, sizeof(Slot));
}

template <typename Mutex>
void OpenBatches<Mutex>::close_due(pipeline::TimePoint now, pipeline::Duration buffered_time, std::size_t max_count,
                                   std::size_t max_size, std::vector<pipeline::BatchPtr>& closed) {
  {
    const std::lock_guard lock{earliest_mutex_};
    if (earliest_ > now) return;
    earliest_ = pipeline::never;
  }
  const pipeline::TimePoint half = pipeline::later(now, buffered_time / 2);
  pipeline::TimePoint remaining = pipeline::never;
  std::size_t count = 0;
  std::size_t size = 0;
  const PlacementPtr placement = this->placement();
  // Two rounds, so that companions never take the place of what is due. They only go along: what made the earliest
  // deadline may have been filled and closed before.
  for (const bool due_ones : {true, false}) {
    for (std::size_t i = 0; i < placement->slots.size(); ++i) {
      Slot& slot = *placement->slots[i];
      {
        const std::lock_guard lock{slot.mutex};
        const pipeline::Batch* open = slot.aggregator.open();
        if (open == nullptr || slot.retired) continue;
        const bool goes = due_ones ? open->deadline <= now
                                   : open->deadline <= half && count != 0 && count < max_count &&
                                         size + open->kinesis_size() <= max_size;
        if (!goes) {
          if (!due_ones) remaining = std::min(remaining, open->deadline);
          continue;
        }
        ++count;
        size += open->kinesis_size();
        closed.push_back(slot.aggregator.close());
      }
      move_keyless_on(*placement, i);
    }
  }
  (void)merge_earliest(remaining);
}

template <typename Mutex>
void OpenBatches<Mutex>::close_all(std::vector<pipeline::BatchPtr>& closed) {
  {
    const std::lock_guard lock{earliest_mutex_};
    earliest_ = pipeline::never;
  }
  const PlacementPtr placement = this->placement();
  for (std::size_t i = 0; i < placement->slots.size(); ++i) {
    if (close_slot(*placement->slots[i], closed)) move_keyless_on(*placement, i);
  }
}

template <typename Mutex>
void OpenBatches<Mutex>::install(pipeline::PlacementPlan plan, std::vector<pipeline::BatchPtr>& closed) {
  const PlacementPtr before = placement();
  const PlacementPtr after = build(std::move(plan), before.get());
  {
    const std::lock_guard lock{placement_mutex_};
    placement_ = after;
    placement_number_.store(placement_number_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }
  const std::unordered_set<std::shared_ptr<Slot>> kept{after->slots.begin(), after->slots.end()};
  for (const auto& slot : before->slots) {
    if (kept.contains(slot)) continue;
    const std::lock_guard lock{slot->mutex};
    slot->retired = true;
    if (slot->aggregator.open() != nullptr) closed.push_back(slot->aggregator.close());
    slot->aggregator.release_tables();  // a caller's sight may keep the slot for long
  }
}

template <typename Mutex>
pipeline::TimePoint OpenBatches<Mutex>::oldest() const {
  pipeline::TimePoint oldest = pipeline::never;
  for (const auto& slot : placement()->slots) {
    const std::lock_guard lock{slot->mutex};
    if (const pipeline::Batch* open = slot->aggregator.open()) oldest = std::min(oldest, open->oldest());
  }
  return oldest;
}

template <typename Mutex>
typename OpenBatches<Mutex>::PlacementPtr OpenBatches<Mutex>::build(pipeline::PlacementPlan plan,
                                                                    const Placement* before) {
  auto placement = std::make_shared<Placement>();
  placement->plan = std::move(plan);
  const pipeline::PlacementPlan& made = placement->plan;
  const bool by_key = made.mode == pipeline::PlacementMode::by_key;
  const bool keep = by_key && before != nullptr && before->plan.mode == made.mode && before->plan.limits == made.limits;
  const std::size_t count = slot_count(made);
  placement->slots.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const pipeline::ShardNumber shard = by_key ? (*made.map)[i].number : pipeline::no_shard;
    if (keep) {
      const pipeline::ShardRange* same = before->plan.map->by_number(shard);
      if (same != nullptr && same->range == (*made.map)[i].range) {
        placement->slots.push_back(before->slots[static_cast<std::size_t>(same - &(*before->plan.map)[0])]);
        continue;
      }
    }
    placement->slots.push_back(std::make_shared<Slot>(pipeline::Aggregator{shard, keyless_hash_key(made, i)}));
  }
  placement->keyless_slot = random_below(count);
  return placement;
}

template <typename Mutex>
std::size_t OpenBatches<Mutex>::slot_of(const Placement& placement, HashKey key) noexcept {
  return placement.plan.mode == pipeline::PlacementMode::by_key ? placement.plan.map->find(key) : 0;
}

template <typename Mutex>
bool OpenBatches<Mutex>::close_slot(Slot& slot, std::vector<pipeline::BatchPtr>& closed) {
  const std::lock_guard lock{slot.mutex};
  if (slot.aggregator.open() == nullptr) {
    slot.aggregator.release_tables();
    return false;
  }
  closed.push_back(slot.aggregator.close());
  return true;
}

template <typename Mutex>
void OpenBatches<Mutex>::move_keyless_on(const Placement& placement, std::size_t from) {
  const std::size_t count = placement.slots.size();
  auto expected = static_cast<std::uint32_t>(from);
  if (count < 2 || placement.keyless_slot.load(std::memory_order_relaxed) != expected) return;
  const auto next = static_cast<std::uint32_t>((from + 1 + random_below(count - 1)) % count);
  placement.keyless_slot.compare_exchange_strong(expected, next, std::memory_order_relaxed);
}

template <typename Mutex>
bool OpenBatches<Mutex>::merge_earliest(pipeline::TimePoint deadline) {
  const std::lock_guard lock{earliest_mutex_};
  if (deadline >= earliest_) return false;
  earliest_ = deadline;
  return true;
}

template <typename Mutex>
std::uint32_t OpenBatches<Mutex>::random_below(std::size_t count) {
  const std::lock_guard lock{random_mutex_};
  return static_cast<std::uint32_t>(random_.uniform() * static_cast<double>(count));
}

template <typename Mutex>
std::size_t OpenBatches<Mutex>::slot_count(const pipeline::PlacementPlan& plan) {
  switch (plan.mode) {
    case pipeline::PlacementMode::by_key:
      return plan.map->size();
    case pipeline::PlacementMode::raw:
      return unknown_places;
    case pipeline::PlacementMode::waiting:
    case pipeline::PlacementMode::automatic:
      break;
  }
  return 1;
}

template <typename Mutex>
std::optional<HashKey> OpenBatches<Mutex>::keyless_hash_key(const pipeline::PlacementPlan& plan, std::size_t slot) {
  switch (plan.mode) {
    case pipeline::PlacementMode::by_key:
      return (*plan.map)[slot].range.first;
    case pipeline::PlacementMode::raw:
      return HashKey{HashKey::max().high / unknown_places * slot, 0};
    case pipeline::PlacementMode::waiting:
    case pipeline::PlacementMode::automatic:
      break;
  }
  return std::nullopt;
}

}  // namespace aiokpl::detail
