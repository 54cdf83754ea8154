#include "sinks/datadog/gathering.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "sinks/datadog/tags.hpp"

namespace aiokpl::sinks {
namespace {

/// A clock that was set back by more than this is believed; by less, it is a producer that comes late.
constexpr std::int64_t longest_delay = 60;

bool is_finite(const MetricSnapshot& snapshot) {
  return std::isfinite(snapshot.sum) && std::isfinite(snapshot.min) && std::isfinite(snapshot.max) &&
         std::isfinite(snapshot.last);
}

}  // namespace

void Gathering::add(std::span<const MetricSnapshot> snapshots) {
  for (const MetricSnapshot& snapshot : snapshots) {
    if (snapshot.count != 0 && is_finite(snapshot)) add_one(snapshot);
  }
}

void Gathering::add_one(const MetricSnapshot& snapshot) {
  DatadogSeries series{.metric = normalize_metric_name(prefix_ + snapshot.name), .tags = tags_, .data = snapshot};
  for (const MetricDimension& dimension : snapshot.dimensions) {
    std::string tag = tag_of(dimension);
    if (!tag.empty()) series.tags.push_back(std::move(tag));
  }
  const auto end = std::chrono::floor<std::chrono::seconds>(snapshot.window_end).time_since_epoch().count();
  second_ = series_.empty() ? end : std::max(second_, end);

  std::string key = std::to_string(static_cast<int>(snapshot.kind)) + series.metric;
  for (const std::string& tag : series.tags)
    key += '\n' + tag;
  const auto [found, added] = series_.try_emplace(std::move(key), std::move(series));
  if (!added) found->second.data.merge(snapshot);
}

bool Gathering::due() const noexcept {
  return !series_.empty() && (second_ > sent_second_ || second_ < sent_second_ - longest_delay);
}

void Gathering::make_due() noexcept {
  if (!empty() && !due()) second_ = sent_second_ + 1;
}

std::vector<DatadogSeries> Gathering::take() {
  std::vector<DatadogSeries> taken;
  taken.reserve(series_.size());
  for (auto& [key, series] : series_)
    taken.push_back(std::move(series));
  series_.clear();
  sent_second_ = second_;
  return taken;
}

}  // namespace aiokpl::sinks
