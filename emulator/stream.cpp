#include "emulator/stream.hpp"

#include <algorithm>

#include "emulator/api_error.hpp"
#include "emulator/hash_ranges.hpp"

namespace aiokpl::emulator {

std::string_view to_text(StreamStatus status) noexcept {
  switch (status) {
    case StreamStatus::creating:
      return "CREATING";
    case StreamStatus::updating:
      return "UPDATING";
    case StreamStatus::deleting:
      return "DELETING";
    case StreamStatus::active:
      break;
  }
  return "ACTIVE";
}

Stream::Stream(const StreamSpec& spec, const StreamRules& rules, std::uint64_t seed, Time now)
    : name_{spec.name},
      rules_{rules},
      created_{now},
      on_demand_{spec.on_demand || spec.automatic_distribution},
      automatic_{spec.automatic_distribution},
      max_record_size_kib_{spec.max_record_size_kib},
      changing_{StreamStatus::creating},
      changed_{now},
      next_automatic_{static_cast<std::size_t>(seed)} {
  for (const HashKeyRange& range : uniform_ranges(spec.shards))
    add_shard(range, nullptr, nullptr, now);
  sort_open();
}

StreamStatus Stream::status(Time now) const noexcept {
  return now - changed_ < rules_.transition ? changing_ : StreamStatus::active;
}

bool Stream::gone(Time now) const noexcept {
  return changing_ == StreamStatus::deleting && now - changed_ >= rules_.transition;
}

std::string Stream::described() const {
  return "stream " + name_ + " under account " + account_id;
}

void Stream::require_active(Time now) const {
  const StreamStatus current = status(now);
  if (current == StreamStatus::active) return;
  throw ApiError{"ResourceInUseException", "Stream " + name_ + " under account " + account_id +
                                               " not ACTIVE, instead in state " + std::string{to_text(current)}};
}

std::vector<const Shard*> Stream::shards(Time now) const {
  std::vector<const Shard*> known;
  for (const auto& shard : shards_) {
    const auto& closed = shard->facts().closed;
    if (!closed || now - *closed < rules_.retention) known.push_back(shard.get());
  }
  return known;
}

const Shard& Stream::shard(std::string_view id, Time now) const {
  const auto number = parse_shard_id(id);
  if (number && *number < shards_.size()) {
    const Shard& found = *shards_[*number];
    const auto& closed = found.facts().closed;
    if (!closed || now - *closed < rules_.retention) return found;
  }
  throw ApiError{"ResourceNotFoundException", "Could not find shard " + std::string{id} + " in " + described() + "."};
}

std::vector<ShardFacts> Stream::children(std::uint32_t number) const {
  std::vector<ShardFacts> found;
  for (const auto& shard : shards_) {
    const ShardFacts& facts = shard->facts();
    if (facts.parent == number || facts.adjacent_parent == number) found.push_back(facts);
  }
  return found;
}

std::vector<ShardFacts> Stream::listed_shards(Time now) const {
  if (frozen_) return *frozen_;
  std::vector<ShardFacts> listed;
  for (const Shard* shard : shards(now))
    listed.push_back(shard->facts());
  return listed;
}

void Stream::freeze(bool frozen) {
  frozen_.reset();
  if (!frozen) return;
  auto& facts = frozen_.emplace();
  for (const auto& shard : shards_)
    facts.push_back(shard->facts());
}

Shard& Stream::route(HashKey hash_key) noexcept {
  if (automatic_) return *open_[next_automatic_++ % open_.size()];
  const auto found = std::lower_bound(open_.begin(), open_.end(), hash_key,
                                      [](const Shard* shard, HashKey key) { return shard->facts().range.last < key; });
  return **found;
}

PutResult Stream::refuse(HashKey hash_key, PutResult::Kind kind) {
  return {kind, route(hash_key).facts().number, {}};
}

PutResult Stream::put(const PutEntry& entry, HashKey hash_key, Time now) {
  Shard& shard = route(hash_key);
  const std::uint32_t number = shard.facts().number;
  if (rules_.enforce_limits && !shard.admit(entry.size(), now)) return {PutResult::Kind::throttled, number, {}};
  const PutResult result{PutResult::Kind::stored, number, shard.append(now)};
  if (!rules_.discard) {
    shard.keep(entry.partition_key.value_or(""), entry.explicit_hash_key.value_or(""), entry.data, now);
    arrivals_.push_back(number);
    bytes_ += entry.size();
    expire(now);
  }
  return result;
}

void Stream::expire(Time now) {
  while (!arrivals_.empty()) {
    Shard& shard = *shards_[arrivals_.front()];
    const LogEntry& oldest = shard.log().front();
    if (bytes_ <= rules_.retention_bytes && now - oldest.arrival < rules_.retention) break;
    bytes_ -= oldest.size();
    shard.drop_oldest();
    arrivals_.pop_front();
  }
}

void Stream::begin_update(Time now) {
  changing_ = StreamStatus::updating;
  changed_ = now;
}

void Stream::begin_deletion(Time now) {
  changing_ = StreamStatus::deleting;
  changed_ = now;
}

void Stream::set_mode(bool on_demand, Time now) {
  require_active(now);
  on_demand_ = on_demand;
  if (!on_demand) automatic_ = false;
  begin_update(now);
}

void Stream::set_max_record_size(std::uint32_t kib, Time now) {
  require_active(now);
  max_record_size_kib_ = kib;
  begin_update(now);
}

}  // namespace aiokpl::emulator
