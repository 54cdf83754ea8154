#include "pipeline/limiter.hpp"

#include <algorithm>
#include <utility>

namespace aiokpl::pipeline {

namespace {

constexpr double slowed_to = 0.75;
constexpr double least_part = 0.1;
/// Of the configured rate, a second.
constexpr double recovery = 0.05;

}  // namespace

Limiter::Limiter(Config config) : config_{config} {}

void Limiter::set_open_shards(std::size_t count, TimePoint now) {
  open_shards_ = static_cast<double>(std::max<std::size_t>(count, 1));
  const std::uint32_t slot = slot_of(no_shard);
  if (lanes_.empty() || !lanes_[slot]) return;
  Lane& stream_wide = *lanes_[slot];
  set_part(slot, stream_wide, part_at(stream_wide, now), now);
  schedule(slot, stream_wide, std::min(stream_wide.look, look_at(stream_wide, now)));
}

void Limiter::queue(BatchPtr batch, TimePoint now) {
  const std::uint32_t slot = slot_of(batch->shard);
  Lane& home = lane(slot);
  const Batch* added = batch.get();
  const bool was_empty = home.waiting.empty();
  home.waiting.push(std::move(batch));
  ++queued_;
  if (was_empty) {
    adjust(slot, home, now);
    schedule(slot, home, look_at(home, now));
  } else if (&home.waiting.front() == added) {
    // It may be smaller than the one that the look was meant for.
    schedule(slot, home, std::min(home.look, look_at(home, now)));
  }
}

void Limiter::admit(TimePoint now, std::vector<BatchPtr>& out) {
  while (!looks_.empty() && looks_.top_moment() <= now) {
    const std::uint32_t slot = looks_.top();
    Lane& due = *lanes_[slot];
    adjust(slot, due, now);
    while (!due.waiting.empty()) {
      const std::size_t size = due.waiting.front().kinesis_size();
      if (!due.records.passes(now, 1) || !due.bytes.passes(now, size)) break;
      due.records.take(now, 1);
      due.bytes.take(now, size);
      out.push_back(due.waiting.pop());
      --queued_;
    }
    schedule(slot, due, look_at(due, now));
  }
}

TimePoint Limiter::next(TimePoint now) const noexcept {
  return looks_.empty() ? never : std::min(looks_.top_moment(), later(now, config_.drain_interval));
}

void Limiter::throttled(ShardNumber shard, TimePoint now, Duration round_trip) {
  const std::uint32_t slot = slot_of(shard);
  Lane& slow = lane(slot);
  if (now - round_trip < slow.slowed_at) return;
  set_part(slot, slow, std::max(least_part, part_at(slow, now) * slowed_to), now);
  slow.slowed_at = now;
}

double Limiter::allowed_part(ShardNumber shard, TimePoint now) const noexcept {
  const Lane* known = find(shard);
  return known == nullptr ? 1.0 : part_at(*known, now);
}

void Limiter::take_older_than(TimePoint arrival_limit, std::vector<BatchPtr>& out) {
  while (!ages_.empty() && ages_.top_moment() <= arrival_limit) {
    const std::uint32_t slot = ages_.top();
    Lane& aged = *lanes_[slot];
    while (!aged.waiting.empty() && aged.waiting.front().oldest() <= arrival_limit) {
      out.push_back(aged.waiting.pop());
      --queued_;
    }
    // What is first now may pass sooner than what was: look at the next occasion.
    schedule(slot, aged, TimePoint::min());
  }
}

void Limiter::take_all(std::vector<BatchPtr>& out) {
  while (!looks_.empty())
    take_lane(looks_.top(), out);
}

void Limiter::take_shard(ShardNumber shard, std::vector<BatchPtr>& out) {
  if (find(shard) != nullptr) take_lane(slot_of(shard), out);
}

bool Limiter::forget_shard(ShardNumber shard) {
  const Lane* known = find(shard);
  if (known == nullptr) return true;
  if (!known->waiting.empty()) return false;
  lanes_[slot_of(shard)].reset();
  return true;
}

std::size_t Limiter::queued(ShardNumber shard) const noexcept {
  const Lane* known = find(shard);
  return known == nullptr ? 0 : known->waiting.size();
}

Limiter::Lane& Limiter::lane(std::uint32_t slot) {
  if (slot >= lanes_.size()) lanes_.resize(std::size_t{slot} + 1);
  if (!lanes_[slot]) {
    const double shards = shards_of(slot);
    lanes_[slot] =
        std::make_unique<Lane>(config_.records_per_second * shards, config_.bytes_per_second * shards, burst_seconds());
  }
  return *lanes_[slot];
}

const Limiter::Lane* Limiter::find(ShardNumber shard) const noexcept {
  const std::uint32_t slot = slot_of(shard);
  return slot < lanes_.size() ? lanes_[slot].get() : nullptr;
}

double Limiter::shards_of(std::uint32_t slot) const noexcept {
  return slot == slot_of(no_shard) ? open_shards_ : 1.0;
}

double Limiter::part_at(const Lane& lane, TimePoint now) noexcept {
  if (lane.part >= 1.0 || now <= lane.recovering_since) return lane.part;
  const std::chrono::duration<double> elapsed = now - lane.recovering_since;
  return std::min(1.0, lane.part + recovery * elapsed.count());
}

/// From here on the lane has this part of its rates; what its buckets gained before, they gained at the old ones.
void Limiter::set_part(std::uint32_t slot, Lane& lane, double part, TimePoint now) noexcept {
  const double records = config_.records_per_second * shards_of(slot) * part;
  const double bytes = config_.bytes_per_second * shards_of(slot) * part;
  lane.records.set_rate(now, records, records * burst_seconds());
  lane.bytes.set_rate(now, bytes, bytes * burst_seconds());
  lane.part = part;
  lane.recovering_since = std::max(lane.recovering_since, now);
}

void Limiter::adjust(std::uint32_t slot, Lane& lane, TimePoint now) noexcept {
  if (lane.part < 1.0) set_part(slot, lane, part_at(lane, now), now);
}

TimePoint Limiter::look_at(const Lane& lane, TimePoint now) const noexcept {
  if (lane.waiting.empty()) return never;
  const TimePoint first_passes =
      std::max(lane.records.ready_at(now, 1), lane.bytes.ready_at(now, lane.waiting.front().kinesis_size()));
  if (first_passes <= now) return now;
  const TimePoint all_pass =
      std::max(lane.records.ready_at(now, lane.waiting.size()), lane.bytes.ready_at(now, lane.waiting.bytes()));
  const TimePoint drain = later(now, config_.drain_interval);
  const TimePoint look = std::max(first_passes, std::min(all_pass, drain));
  // A slowed lane recovers on the way, sooner than its present rate says.
  return lane.part < 1.0 ? std::min(look, std::max(drain, now + Duration{1})) : look;
}

void Limiter::schedule(std::uint32_t slot, Lane& lane, TimePoint look) {
  if (lane.waiting.empty()) {
    lane.look = never;
    looks_.remove(slot);
    ages_.remove(slot);
    return;
  }
  lane.look = look;
  looks_.set(slot, look);
  ages_.set(slot, lane.waiting.front().oldest());
}

void Limiter::take_lane(std::uint32_t slot, std::vector<BatchPtr>& out) {
  Lane& whole = *lanes_[slot];
  while (!whole.waiting.empty()) {
    out.push_back(whole.waiting.pop());
    --queued_;
  }
  schedule(slot, whole, never);
}

}  // namespace aiokpl::pipeline
