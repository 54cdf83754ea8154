#pragma once

#include <cstdint>
#include <vector>

#include <aiokpl/metrics.hpp>

namespace aiokpl::sinks {

struct CountedValue {
  double value = 0;
  std::uint64_t count = 0;
  friend bool operator==(const CountedValue&, const CountedValue&) = default;
};

/// Values that could have been what a series counted in its buckets, ascending: as many in each bucket, with the same
/// least, greatest, and sum. At most two more than there are buckets. Empty for a series without buckets, or whose
/// buckets do not hold all of its values.
[[nodiscard]] std::vector<CountedValue> values_of(const MetricSnapshot& series);

}  // namespace aiokpl::sinks
