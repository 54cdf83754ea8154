#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <limits>

#include "metrics/bucket_bounds.hpp"

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
  /// Here, and not out of line: whoever adds many keeps all of this in registers then.
  void find(std::int64_t value) noexcept {
    current_ = 0;
    for (std::size_t step = std::bit_floor(bucket_count); step != 0; step /= 2) {
      if (current_ + step < bucket_count && bucket_ends[current_ + step - 1] < value) current_ += step;
    }
    above_ = current_ == 0 ? -1 : bucket_ends[current_ - 1];
    up_to_ = bucket_ends[current_];
  }

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
