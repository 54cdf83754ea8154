#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include <aiokpl/hash_key.hpp>

#include "emulator/sequence_number.hpp"

namespace aiokpl::emulator {

/// The emulator's only notion of time; it comes in as an argument.
using Time = std::chrono::system_clock::time_point;

[[nodiscard]] inline std::uint64_t epoch_milliseconds(Time time) noexcept {
  const auto since = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
  return since < 0 ? 0 : static_cast<std::uint64_t>(since);
}

/// What the service tells about a shard.
struct ShardFacts {
  std::uint32_t number = 0;
  HashKeyRange range = {};
  std::optional<std::uint32_t> parent = std::nullopt;
  std::optional<std::uint32_t> adjacent_parent = std::nullopt;
  /// The seconds of its creation, or one more than its parents' where that is later.
  std::uint64_t epoch = 0;
  Time created = {};
  std::optional<Time> closed = std::nullopt;

  [[nodiscard]] bool open() const noexcept { return !closed.has_value(); }
  [[nodiscard]] SequenceNumber starting_sequence_number() const noexcept;
  /// Of a closed shard.
  [[nodiscard]] SequenceNumber ending_sequence_number() const noexcept;
  [[nodiscard]] bool open_at(Time time) const noexcept { return created <= time && (!closed || *closed > time); }
};

/// A record as a shard keeps it.
struct LogEntry {
  std::uint64_t counter = 0;
  Time arrival = {};
  std::string partition_key;
  /// Empty when the record had none.
  std::string explicit_hash_key;
  std::string data;

  [[nodiscard]] std::size_t size() const noexcept { return partition_key.size() + data.size(); }
};

/// Tokens that come at a rate and are kept for one second.
class TokenBucket {
 public:
  explicit TokenBucket(double rate) noexcept : rate_{rate}, tokens_{rate} {}

  void refill(Time now) noexcept;
  /// An amount above the capacity passes when the bucket is full, and leaves a debt.
  [[nodiscard]] bool has(double amount) const noexcept { return tokens_ >= (amount < rate_ ? amount : rate_); }
  void take(double amount) noexcept { tokens_ -= amount; }

 private:
  double rate_;
  double tokens_;
  std::optional<Time> refilled_ = std::nullopt;
};

/// A shard: its facts, what it holds, and what it may take.
class Shard {
 public:
  explicit Shard(ShardFacts facts) noexcept : facts_{facts} {}

  [[nodiscard]] const ShardFacts& facts() const noexcept { return facts_; }
  void close(Time now) noexcept { facts_.closed = now; }

  /// Within 1,000 records and 1 MiB a second; takes its share when it is.
  [[nodiscard]] bool admit(std::size_t bytes, Time now) noexcept;
  /// The next place in the shard. Nothing is kept.
  [[nodiscard]] SequenceNumber append(Time now) noexcept;
  /// Keeps the record at the place that `append` gave last.
  void keep(std::string_view partition_key, std::string_view explicit_hash_key, std::string_view data, Time now);

  /// Counters begin at 1; this is the next one.
  [[nodiscard]] std::uint64_t next_counter() const noexcept { return next_counter_; }
  [[nodiscard]] const std::deque<LogEntry>& log() const noexcept { return log_; }
  /// The first entry at or after a counter.
  [[nodiscard]] std::deque<LogEntry>::const_iterator find(std::uint64_t counter) const noexcept;
  /// The counter of the first record that arrived at or after a time; the next one when there is none.
  [[nodiscard]] std::uint64_t counter_at(Time time) const noexcept;
  void drop_oldest() { log_.pop_front(); }

 private:
  ShardFacts facts_;
  std::uint64_t next_counter_ = 1;
  std::deque<LogEntry> log_;
  TokenBucket records_{1'000};
  TokenBucket bytes_{1'048'576};
};

}  // namespace aiokpl::emulator
