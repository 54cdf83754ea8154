#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "pipeline/batch.hpp"

namespace aiokpl::pipeline {

/// When a PutRecords request is full.
struct RequestLimits {
  std::size_t max_count = 500;
  /// Data and partition keys.
  std::size_t max_size = 5'242'880;
  /// For any one shard: the record that reaches it closes the request, as in the KPL.
  std::size_t max_size_per_shard = 262'144;
};

/// The requests that are being filled, of one stream. The last one takes what comes; those before it are full. A
/// request stays open, also past its deadline, until somebody has a connection for it.
class Collector {
 public:
  explicit Collector(RequestLimits limits) noexcept : limits_{limits} {}

  void add(BatchPtr batch);

  /// Whether a request is full or due.
  [[nodiscard]] bool ready(TimePoint now) const noexcept;
  /// When the next request falls due; `never` when nothing waits. A full one is due at once.
  [[nodiscard]] TimePoint next() const noexcept;
  /// The Kinesis records of the first request that is full or due, of `max_bytes` at the most but at least one.
  std::vector<BatchPtr> take(TimePoint now, std::size_t max_bytes);

  /// Arrival of the oldest record that waits here; `never` when none does.
  [[nodiscard]] TimePoint oldest() const noexcept;
  /// Takes out the batches with a record that arrived at or before the limit.
  void take_older_than(TimePoint arrival_limit, std::vector<BatchPtr>& out);
  void take_all(std::vector<BatchPtr>& out);
  /// Makes everything due now.
  void hurry() noexcept;
  [[nodiscard]] bool empty() const noexcept { return requests_.empty(); }

 private:
  struct Filling {
    std::vector<BatchPtr> batches;
    std::size_t size = 0;
    TimePoint deadline = never;
    TimePoint oldest = never;
    bool full = false;

    void put(BatchPtr batch);
  };

  std::size_t count_for_shard(ShardNumber shard, std::size_t size);
  void start_request();

  RequestLimits limits_;
  std::deque<Filling> requests_;
  // Bytes in the last request by shard. `stamp` tells which request a number belongs to, so that a new request does
  // not have to clear thousands of them.
  struct ShardSize {
    std::uint64_t stamp = 0;
    std::size_t size = 0;
  };
  std::vector<ShardSize> shard_sizes_;
  std::uint64_t stamp_ = 0;
};

}  // namespace aiokpl::pipeline
