#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "pipeline/age_queue.hpp"
#include "pipeline/batch.hpp"
#include "pipeline/moment_heap.hpp"
#include "pipeline/time.hpp"
#include "pipeline/token_bucket.hpp"

namespace aiokpl::pipeline {

/// Holds the closed batches of one stream back so that no shard gets more than its limits. Batches without a
/// prediction (`no_shard`) share one queue and one bucket for the whole stream. Shards with nothing waiting cost
/// nothing at a look.
class Limiter {
 public:
  struct Config {
    double records_per_second = 1'000.0;
    double bytes_per_second = 1'048'576.0;
    /// Longest wait between two looks at a batch that is held back.
    Duration drain_interval = std::chrono::milliseconds{25};
    /// What a shard may get at once, as time at its rate: the capacity of its buckets.
    Duration burst = std::chrono::seconds{1};
  };

  explicit Limiter(Config config);

  /// Shards that are open; the stream-wide rate is theirs together. One while unknown (0).
  void set_open_shards(std::size_t count, TimePoint now);

  /// Puts a batch into its shard's queue: by the age of its oldest record, so that one that is sent again does not
  /// start from the end.
  void queue(BatchPtr batch, TimePoint now);

  /// Takes out what may be sent now, of each shard the oldest first. A shard that holds batches back is looked at again
  /// when all of them pass or after the drain interval, not for each of them: else a shard at its limits would make
  /// a request of every record.
  void admit(TimePoint now, std::vector<BatchPtr>& out);
  /// When to look again: `never` when nothing waits.
  [[nodiscard]] TimePoint next(TimePoint now) const noexcept;

  /// The service throttled the shard (or, for `no_shard`, an unpredicted record) although it was within its limits:
  /// somebody else writes to it. `round_trip`: how long the request took; what it was sent before the last slowing
  /// down says nothing new.
  void throttled(ShardNumber shard, TimePoint now, Duration round_trip);
  /// The part of its configured rate that the shard is allowed now, 0.1 to 1.
  [[nodiscard]] double allowed_part(ShardNumber shard, TimePoint now) const noexcept;

  /// Arrival of the oldest record that waits; `never` when nothing does.
  [[nodiscard]] TimePoint oldest() const noexcept { return ages_.top_moment(); }
  /// Takes out the batches with a record that arrived at or before the limit.
  void take_older_than(TimePoint arrival_limit, std::vector<BatchPtr>& out);
  void take_all(std::vector<BatchPtr>& out);
  void take_shard(ShardNumber shard, std::vector<BatchPtr>& out);
  /// Forgets a closed shard's buckets. Its queue must be empty; false, and nothing is done, if it is not.
  bool forget_shard(ShardNumber shard);

  /// Batches that wait, in all or for one shard.
  [[nodiscard]] std::size_t queued() const noexcept { return queued_; }
  [[nodiscard]] std::size_t queued(ShardNumber shard) const noexcept;

 private:
  struct Lane {
    Lane(double records_per_second, double bytes_per_second, double burst_seconds)
        : records{records_per_second, records_per_second * burst_seconds},
          bytes{bytes_per_second, bytes_per_second * burst_seconds} {}

    TokenBucket records;
    TokenBucket bytes;
    AgeQueue waiting;
    /// When to look at what waits.
    TimePoint look = never;
    /// The allowed part of the rate at `recovering_since`; it grows from there.
    double part = 1.0;
    TimePoint recovering_since = TimePoint::min();
    TimePoint slowed_at = TimePoint::min();
  };

  [[nodiscard]] double burst_seconds() const noexcept { return std::chrono::duration<double>(config_.burst).count(); }
  /// `no_shard` becomes 0, the shards follow.
  static std::uint32_t slot_of(ShardNumber shard) noexcept { return shard + 1; }
  Lane& lane(std::uint32_t slot);
  [[nodiscard]] const Lane* find(ShardNumber shard) const noexcept;
  [[nodiscard]] double shards_of(std::uint32_t slot) const noexcept;
  [[nodiscard]] static double part_at(const Lane& lane, TimePoint now) noexcept;
  void set_part(std::uint32_t slot, Lane& lane, double part, TimePoint now) noexcept;
  void adjust(std::uint32_t slot, Lane& lane, TimePoint now) noexcept;
  [[nodiscard]] TimePoint look_at(const Lane& lane, TimePoint now) const noexcept;
  void schedule(std::uint32_t slot, Lane& lane, TimePoint look);
  void take_lane(std::uint32_t slot, std::vector<BatchPtr>& out);

  Config config_;
  double open_shards_ = 1.0;
  // Pointers, since a stream's shard numbers only grow and most of a long life's shards are gone.
  std::vector<std::unique_ptr<Lane>> lanes_;
  // Of the lanes with something waiting: when to look at them, and the age of their oldest.
  MomentHeap looks_;
  MomentHeap ages_;
  std::size_t queued_ = 0;
};

}  // namespace aiokpl::pipeline
