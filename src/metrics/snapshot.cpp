#include <algorithm>
#include <numeric>

#include <aiokpl/metrics.hpp>

#include "metrics/bucket_bounds.hpp"

namespace aiokpl {

using metrics::bucket_bounds;

std::span<const double> metric_bucket_bounds() noexcept {
  return bucket_bounds;
}

std::optional<double> MetricSnapshot::percentile(double share) const noexcept {
  if (buckets.empty() || count == 0) return std::nullopt;
  const double rank = std::clamp(share, 0.0, 1.0) * static_cast<double>(count);
  double below = 0;
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    const auto inside = static_cast<double>(buckets[i]);
    if (inside == 0 || below + inside < rank) {
      below += inside;
      continue;
    }
    // Evenly spread over what of the bucket the least and the greatest value leave.
    const double lower = std::max(min, i == 0 ? 0 : bucket_bounds[i - 1]);
    const double upper = std::min(max, i < bucket_bounds.size() ? bucket_bounds[i] : max);
    return lower + (upper - lower) * std::max(0.0, rank - below) / inside;
  }
  return max;
}

std::optional<std::string_view> MetricSnapshot::dimension(std::string_view dimension_name) const noexcept {
  const auto found = std::ranges::find(dimensions, dimension_name, &MetricDimension::name);
  if (found == dimensions.end()) return std::nullopt;
  return found->value;
}

void MetricSnapshot::merge(const MetricSnapshot& other) {
  if (other.count == 0) return;
  if (count == 0) {
    min = other.min;
    max = other.max;
    window_start = other.window_start;
    window_end = other.window_end;
    last = 0;
  }
  min = std::min(min, other.min);
  max = std::max(max, other.max);
  // What was seen last of several states: of the same time all of them together, or the greatest age; else the later.
  if (other.window_end == window_end) {
    last = unit == MetricUnit::milliseconds ? std::max(last, other.last) : last + other.last;
  } else if (other.window_end > window_end) {
    last = other.last;
  }
  count += other.count;
  sum += other.sum;
  window_start = std::min(window_start, other.window_start);
  window_end = std::max(window_end, other.window_end);
  if (buckets.size() < other.buckets.size()) buckets.resize(other.buckets.size());
  std::transform(other.buckets.begin(), other.buckets.end(), buckets.begin(), buckets.begin(), std::plus<>{});
}

}  // namespace aiokpl
