#include "sinks/cloudwatch/values.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

// CloudWatch makes percentiles of Values and Counts, and of statistics only where the least value is the greatest. But
// it also takes Minimum, Maximum, Sum and Average from Values, and of a bucket only the bounds are known. So the least
// and the greatest value stand for themselves, and all others lie in their buckets, each as far up, as a share of its
// bucket, as the sum asks for. The true values lie in these buckets, too: such a share exists.

namespace aiokpl::sinks {
namespace {

/// What of a bucket is not told by the least and the greatest value.
struct Cell {
  double lower;
  double upper;
  std::uint64_t count;
};

std::vector<Cell> filled_cells(const MetricSnapshot& series) {
  const auto bounds = metric_bucket_bounds();
  std::vector<Cell> cells;
  for (std::size_t i = 0; i < series.buckets.size(); ++i) {
    if (series.buckets[i] == 0) continue;
    const double lower = std::max(series.min, i == 0 ? series.min : bounds[i - 1]);
    const double upper = std::min(series.max, i < bounds.size() ? bounds[i] : series.max);
    cells.push_back({lower, std::max(lower, upper), series.buckets[i]});
  }
  --cells.front().count;
  --cells.back().count;
  return cells;
}

/// How far up in their cells the values are that make this sum: 0 to 1.
double share_for(const std::vector<Cell>& cells, double sum) {
  double least = 0;
  double most = 0;
  for (const Cell& cell : cells) {
    least += cell.lower * static_cast<double>(cell.count);
    most += cell.upper * static_cast<double>(cell.count);
  }
  return most > least ? std::clamp((sum - least) / (most - least), 0.0, 1.0) : 0;
}

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
  const std::vector<Cell> cells = filled_cells(series);
  const double share = share_for(cells, series.sum - series.min - series.max);
  std::vector<CountedValue> values{{series.min, 1}};
  for (const Cell& cell : cells)
    add(values, {std::lerp(cell.lower, cell.upper, share), cell.count});
  add(values, {series.max, 1});
  return values;
}

}  // namespace aiokpl::sinks
