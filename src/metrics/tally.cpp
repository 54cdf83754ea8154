#include "metrics/tally.hpp"

#include <iterator>

#include <aiokpl/metrics.hpp>

namespace aiokpl::metrics {
namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

double in_milliseconds(std::int64_t nanoseconds) noexcept {
  return Milliseconds{std::chrono::nanoseconds{nanoseconds}}.count();
}

/// Of the buckets, in nanoseconds.
const std::array<std::int64_t, bucket_count>& upper_bounds() noexcept {
  static const auto bounds = [] {
    std::array<std::int64_t, bucket_count> made{};
    const auto given = metric_bucket_bounds();
    std::ranges::transform(given, made.begin(), [](double milliseconds) {
      return std::chrono::duration_cast<std::chrono::nanoseconds>(Milliseconds{milliseconds}).count();
    });
    made.back() = std::numeric_limits<std::int64_t>::max();
    return made;
  }();
  return bounds;
}

}  // namespace

Totals TimeTally::totals() const noexcept {
  if (count_ == 0) return {};
  return {.count = count_,
          .sum = in_milliseconds(sum_),
          .min = in_milliseconds(min_),
          .max = in_milliseconds(max_),
          .last = in_milliseconds(max_)};
}

void TimeTally::find(std::int64_t value) noexcept {
  const auto& bounds = upper_bounds();
  const auto* const found = std::ranges::lower_bound(bounds, value);
  current_ = static_cast<std::size_t>(std::distance(bounds.begin(), found));
  above_ = current_ == 0 ? -1 : bounds[current_ - 1];
  up_to_ = bounds[current_];
}

}  // namespace aiokpl::metrics
