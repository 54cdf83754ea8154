#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <limits>

namespace aiokpl::metrics {

/// Values, added up.
struct Totals {
  std::uint64_t count = 0;
  double sum = 0;
  double min = 0;
  double max = 0;
  /// Of states: what was seen last.
  double last = 0;

  void add(double value, std::uint64_t times = 1) noexcept {
    merge({.count = times, .sum = value * static_cast<double>(times), .min = value, .max = value, .last = value});
  }
  /// What came later.
  void merge(const Totals& later) noexcept {
    if (later.count == 0) return;
    min = count == 0 ? later.min : std::min(min, later.min);
    max = count == 0 ? later.max : std::max(max, later.max);
    last = later.last;
    count += later.count;
    sum += later.sum;
  }
};

/// As many as metric_bucket_bounds, and one for what is above.
inline constexpr std::size_t bucket_count = 31;
using BucketCounts = std::array<std::uint64_t, bucket_count>;

/// Times, gathered before they are added to a series, in buckets too. Records that arrived one after the other are
/// mostly in one bucket: only the first of them looks for it.
class TimeTally {
 public:
  void add(std::chrono::nanoseconds time, std::uint64_t times = 1) noexcept {
    // A clock that is read on two processors may give a moment a little before another one that came first.
    const std::int64_t value = std::max<std::int64_t>(time.count(), 0);
    if (value <= above_ || value > up_to_) find(value);
    buckets_[current_] += times;
    count_ += times;
    sum_ += value * static_cast<std::int64_t>(times);
    min_ = std::min(min_, value);
    max_ = std::max(max_, value);
  }

  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  /// In milliseconds.
  [[nodiscard]] Totals totals() const noexcept;
  [[nodiscard]] const BucketCounts& buckets() const noexcept { return buckets_; }

 private:
  void find(std::int64_t value) noexcept;

  BucketCounts buckets_{};
  std::uint64_t count_ = 0;
  std::int64_t sum_ = 0;
  std::int64_t min_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t max_ = 0;
  // The bucket of the last value, and its bounds; the first one has the zero in it.
  std::size_t current_ = 0;
  std::int64_t above_ = -1;
  std::int64_t up_to_ = -1;
};

}  // namespace aiokpl::metrics
