#include "sinks/web/representative_values.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace aiokpl::sinks {
namespace {

/// Observations of which no more is known than where they lie.
struct Group {
  double lower = 0;
  double upper = 0;
  std::uint64_t size = 0;
};

/// The buckets that have something in them, or all in one where there are none; what the least and the greatest value
/// say of the outer ones, too.
std::vector<Group> groups_of(const MetricSnapshot& distribution) {
  const auto& buckets = distribution.buckets;
  const double min = distribution.min;
  const double max = distribution.max;
  if (std::accumulate(buckets.begin(), buckets.end(), std::uint64_t{0}) != distribution.count) {
    return {{.lower = min, .upper = max, .size = distribution.count}};
  }
  const auto bounds = metric_bucket_bounds();
  std::vector<Group> groups;
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    if (buckets[i] == 0) continue;
    const double lower = i == 0 ? min : std::clamp(bounds[i - 1], min, max);
    const double upper = i < bounds.size() ? std::clamp(bounds[i], min, max) : max;
    groups.push_back({.lower = lower, .upper = upper, .size = buckets[i]});
  }
  return groups;
}

/// Leaves of each group its share of so many; together exactly so many.
void scale(std::vector<Group>& groups, std::uint64_t from, std::uint64_t to) {
  if (from == to) return;
  const double factor = static_cast<double>(to) / static_cast<double>(from);
  std::uint64_t passed = 0;
  std::uint64_t given = 0;
  for (Group& group : groups) {
    passed += group.size;
    const auto until = static_cast<std::uint64_t>(std::llround(static_cast<double>(passed) * factor));
    group.size = until - given;
    given = until;
  }
}

/// A value for each group, all as far between its group's ends, for this sum.
std::vector<ValueRun> place(const std::vector<Group>& groups, double sum) {
  double lowest = 0;
  double highest = 0;
  for (const Group& group : groups) {
    lowest += group.lower * static_cast<double>(group.size);
    highest += group.upper * static_cast<double>(group.size);
  }
  const double share = highest > lowest ? std::clamp((sum - lowest) / (highest - lowest), 0.0, 1.0) : 0;
  std::vector<ValueRun> runs;
  for (const Group& group : groups) {
    if (group.size != 0) runs.push_back({group.lower + (group.upper - group.lower) * share, group.size});
  }
  // With one value there is an answer without rounding, which keeps whole numbers whole.
  if (runs.size() == 1 && share > 0 && share < 1) runs.front().value = sum / static_cast<double>(runs.front().times);
  return runs;
}

}  // namespace

std::vector<ValueRun> representative_values(const MetricSnapshot& distribution, std::uint64_t most) {
  const std::uint64_t count = distribution.count;
  if (count == 0) return {};
  if (count == 1) return {{distribution.sum, 1}};
  const std::uint64_t values = std::min(count, most);
  std::vector<Group> groups = groups_of(distribution);
  // These two are known exactly, and stand by themselves.
  --groups.front().size;
  --groups.back().size;
  if (count > 2) scale(groups, count - 2, values - 2);
  const double sum = values == count ? distribution.sum : distribution.mean() * static_cast<double>(values);
  std::vector<ValueRun> runs = place(groups, sum - distribution.min - distribution.max);
  runs.insert(runs.begin(), {distribution.min, 1});
  runs.push_back({distribution.max, 1});
  return runs;
}

}  // namespace aiokpl::sinks
