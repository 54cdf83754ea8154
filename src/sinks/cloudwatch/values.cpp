#include "sinks/cloudwatch/values.hpp"

#include <numeric>

#include "sinks/web/representative_values.hpp"

// CloudWatch makes percentiles of Values and Counts, and of statistics only where the least value is the greatest. But
// it also takes Minimum, Maximum, Sum and Average from Values: those of the representative values are the true ones.

namespace aiokpl::sinks {
namespace {

void add(std::vector<CountedValue>& values, CountedValue next) {
  if (next.count == 0) return;
  // A value may be in the list once.
  if (!values.empty() && values.back().value >= next.value) {
    values.back().count += next.count;
  } else {
    values.push_back(next);
  }
}

}  // namespace

std::vector<CountedValue> values_of(const MetricSnapshot& series) {
  const auto inside = std::accumulate(series.buckets.begin(), series.buckets.end(), std::uint64_t{0});
  if (inside == 0 || inside != series.count || series.buckets.size() > metric_bucket_bounds().size() + 1) return {};
  if (series.count == 1 || series.min >= series.max) return {{series.min, series.count}};
  std::vector<CountedValue> values;
  for (const ValueRun& run : representative_values(series, series.count))
    add(values, {run.value, run.times});
  return values;
}

}  // namespace aiokpl::sinks
