#pragma once

#include <span>
#include <vector>

#include <aiokpl/metrics.hpp>

namespace aiokpl::sinks {

/// The series, and their sums over shards and over streams, since CloudWatch does not add up over dimensions. Each
/// (metric, dimensions) is there once: a series that is coarse itself is part of the sum at its level. Levels that the
/// series do not have are not made up. A dimension of the user's own is only where its granularity is as fine as the
/// level; one that `additional` does not know is everywhere. Series without values are left out. In order of name and
/// dimensions.
[[nodiscard]] std::vector<MetricSnapshot> roll_up(std::span<const MetricSnapshot> series,
                                                  std::span<const AdditionalDimension> additional);

}  // namespace aiokpl::sinks
