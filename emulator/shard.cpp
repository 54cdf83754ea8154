#include "emulator/shard.hpp"

#include <algorithm>

namespace aiokpl::emulator {

SequenceNumber ShardFacts::starting_sequence_number() const noexcept {
  return {epoch, 0, epoch_milliseconds(created), number};
}

SequenceNumber ShardFacts::ending_sequence_number() const noexcept {
  return {epoch, SequenceNumber::last_counter, epoch_milliseconds(closed.value_or(created)), number};
}

void TokenBucket::refill(Time now) noexcept {
  if (refilled_ && now > *refilled_) {
    tokens_ = std::min(rate_, tokens_ + rate_ * std::chrono::duration<double>(now - *refilled_).count());
  }
  if (!refilled_ || now > *refilled_) refilled_ = now;
}

bool Shard::admit(std::size_t bytes, Time now) noexcept {
  records_.refill(now);
  bytes_.refill(now);
  const auto amount = static_cast<double>(bytes);
  if (!records_.has(1) || !bytes_.has(amount)) return false;
  records_.take(1);
  bytes_.take(amount);
  return true;
}

SequenceNumber Shard::append(Time now) noexcept {
  return {facts_.epoch, next_counter_++, epoch_milliseconds(now), facts_.number};
}

void Shard::keep(std::string_view partition_key, std::string_view explicit_hash_key, std::string_view data, Time now) {
  log_.push_back(
      {next_counter_ - 1, now, std::string{partition_key}, std::string{explicit_hash_key}, std::string{data}});
}

std::deque<LogEntry>::const_iterator Shard::find(std::uint64_t counter) const noexcept {
  return std::lower_bound(log_.begin(), log_.end(), counter,
                          [](const LogEntry& entry, std::uint64_t wanted) { return entry.counter < wanted; });
}

std::uint64_t Shard::counter_at(Time time) const noexcept {
  const auto found = std::lower_bound(log_.begin(), log_.end(), time,
                                      [](const LogEntry& entry, Time wanted) { return entry.arrival < wanted; });
  return found == log_.end() ? next_counter_ : found->counter;
}

}  // namespace aiokpl::emulator
