#include "sinks/cloudwatch/roll_up.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace aiokpl::sinks {
namespace {

using Dimensions = std::vector<MetricDimension>;

constexpr MetricsGranularity finest = MetricsGranularity::shard;

MetricsGranularity level_of(const MetricSnapshot& series) {
  if (series.dimension(dimension::shard_id)) return MetricsGranularity::shard;
  if (series.dimension(dimension::stream_name)) return MetricsGranularity::stream;
  return MetricsGranularity::global;
}

/// From which level on a dimension is there.
MetricsGranularity level_of(const MetricDimension& one, std::span<const AdditionalDimension> additional) {
  if (one.name == dimension::shard_id) return MetricsGranularity::shard;
  if (one.name == dimension::stream_name) return MetricsGranularity::stream;
  const auto known = std::ranges::find_if(
      additional, [&one](const AdditionalDimension& own) { return own.name == one.name && own.value == one.value; });
  return known == additional.end() ? MetricsGranularity::global : known->granularity;
}

Dimensions at_level(const Dimensions& dimensions, MetricsGranularity level,
                    std::span<const AdditionalDimension> additional) {
  if (level == finest) return dimensions;
  Dimensions kept;
  std::ranges::copy_if(dimensions, std::back_inserter(kept),
                       [level, additional](const MetricDimension& one) { return level_of(one, additional) <= level; });
  return kept;
}

}  // namespace

std::vector<MetricSnapshot> roll_up(std::span<const MetricSnapshot> series,
                                    std::span<const AdditionalDimension> additional) {
  std::map<std::pair<std::string_view, Dimensions>, MetricSnapshot> sums;
  for (const MetricSnapshot& one : series) {
    if (one.count == 0) continue;
    for (auto level = static_cast<int>(level_of(one)); level >= 0; --level) {
      Dimensions dimensions = at_level(one.dimensions, static_cast<MetricsGranularity>(level), additional);
      auto [at, is_new] = sums.try_emplace({one.name, std::move(dimensions)});
      MetricSnapshot& sum = at->second;
      if (is_new) {
        sum.name = one.name;
        sum.kind = one.kind;
        sum.unit = one.unit;
        sum.dimensions = at->first.second;
      }
      sum.merge(one);
    }
  }
  std::vector<MetricSnapshot> all;
  all.reserve(sums.size());
  for (auto& [key, sum] : sums)
    all.push_back(std::move(sum));
  return all;
}

}  // namespace aiokpl::sinks
