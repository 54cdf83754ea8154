#pragma once

#include <cstdint>
#include <vector>

#include <aiokpl/metrics.hpp>

namespace aiokpl::sinks {

/// The same value so many times.
struct ValueRun {
  double value = 0;
  std::uint64_t times = 0;
  friend bool operator==(const ValueRun&, const ValueRun&) = default;
};

/// Values that stand for those of a distribution, which only their number, sum, least, greatest and perhaps buckets are
/// known of: in ascending order, the least and the greatest among them, the others each in its bucket, and all so that
/// the mean is right. One for each observation; of more than `most` (2 or more) only so many, which keep the shares of
/// the buckets, and the mean as far as the least and the greatest let them.
[[nodiscard]] std::vector<ValueRun> representative_values(const MetricSnapshot& distribution, std::uint64_t most);

}  // namespace aiokpl::sinks
