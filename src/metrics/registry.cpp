#include "metrics/registry.hpp"

#include <algorithm>
#include <utility>

namespace aiokpl::metrics {
namespace {

/// What is counted under when an error code has no series of its own any more.
constexpr std::string_view other_code = "Other";

}  // namespace

Registry::Registry(Settings settings) : settings_{std::move(settings)}, exported_until_{settings_.start} {
  all_.dimensions = dimensions(MetricsGranularity::global, {}, {});
}

bool Registry::measures(MetricId metric) const noexcept {
  return metric_infos()[static_cast<std::size_t>(metric)].level <= settings_.level;
}

Meter& Registry::meter(std::string_view stream, std::string_view shard) {
  if (settings_.granularity == MetricsGranularity::global) return all_;
  auto found = streams_.find(stream);
  if (found == streams_.end()) {
    if (!has_room(1)) return all_;
    auto made = std::make_unique<StreamMeters>();
    made->own.dimensions = dimensions(MetricsGranularity::stream, stream, {});
    found = streams_.emplace(stream, std::move(made)).first;
  }
  StreamMeters& meters = *found->second;
  if (settings_.granularity == MetricsGranularity::stream || shard.empty()) return meters.own;
  auto one = meters.shards.find(shard);
  if (one == meters.shards.end()) {
    if (!has_room(1)) return meters.own;
    auto made = std::make_unique<Meter>();
    made->dimensions = dimensions(MetricsGranularity::shard, stream, shard);
    one = meters.shards.emplace(shard, std::move(made)).first;
  }
  return *one->second;
}

std::vector<MetricDimension> Registry::dimensions(MetricsGranularity granularity, std::string_view stream,
                                                  std::string_view shard) const {
  std::vector<MetricDimension> made;
  for (const AdditionalDimension& one : settings_.additional_dimensions) {
    if (one.granularity <= granularity) made.push_back({one.name, one.value});
  }
  if (granularity >= MetricsGranularity::stream)
    made.push_back({std::string{dimension::stream_name}, std::string{stream}});
  if (granularity == MetricsGranularity::shard) made.push_back({std::string{dimension::shard_id}, std::string{shard}});
  return made;
}

void Registry::set_time(TimePoint now) noexcept {
  second_ = std::max(second_, second_of(now));
}

std::int64_t Registry::second_of(TimePoint moment) const noexcept {
  return std::chrono::floor<std::chrono::seconds>(moment - settings_.start).count();
}

bool Registry::has_room(std::uint64_t values) {
  if (series_ < settings_.most_series) return true;
  coarsened_ += values;
  return false;
}

Series* Registry::series_of(Meter& meter, MetricId metric) {
  if (!measures(metric)) return nullptr;
  const auto index = static_cast<std::size_t>(metric);
  if (!meter.series[index]) {
    // At most so many beside the bound: a meter has few metrics, and it was made while there was room.
    meter.series[index] = std::make_unique<Series>(metric_infos()[index], meter.dimensions);
    ++series_;
  }
  return meter.series[index].get();
}

void Registry::add(Meter& meter, MetricId metric, const Totals& values) {
  if (Series* series = series_of(meter, metric)) series->add(values, second_);
}

void Registry::add(Meter& meter, MetricId metric, double value, std::uint64_t times) {
  Totals values;
  values.add(value, times);
  add(meter, metric, values);
}

void Registry::add(Meter& meter, MetricId metric, const TimeTally& times) {
  if (times.empty()) return;
  if (Series* series = series_of(meter, metric)) series->add(times.totals(), second_, &times.buckets());
}

void Registry::add_error(Meter& meter, std::string_view code, std::uint64_t times) {
  add(meter, MetricId::all_errors, 1, times);
  if (!measures(MetricId::errors_by_code)) return;
  auto found = meter.errors.find(code);
  if (found == meter.errors.end()) {
    if (!has_room(times)) code = other_code;
    std::vector<MetricDimension> dimensions = meter.dimensions;
    dimensions.push_back({std::string{dimension::error_code}, std::string{code}});
    const MetricInfo& info = metric_infos()[static_cast<std::size_t>(MetricId::errors_by_code)];
    auto [place, made] = meter.errors.try_emplace(std::string{code});
    if (made) {
      place->second = std::make_unique<Series>(info, std::move(dimensions));
      ++series_;
    }
    found = place;
  }
  Totals values;
  values.add(1, times);
  found->second->add(values, second_);
}

template <typename Visit>
void Registry::for_each_series(Visit visit) const {
  const auto of_meter = [&visit](const Meter& meter) {
    for (const auto& series : meter.series) {
      if (series) visit(*series);
    }
    for (const auto& [code, series] : meter.errors)
      visit(*series);
  };
  of_meter(all_);
  for (const auto& [stream, meters] : streams_) {
    of_meter(meters->own);
    for (const auto& [shard, meter] : meters->shards)
      of_meter(*meter);
  }
}

Registry::Read Registry::total(TimePoint now) const {
  Read read{.snapshots = {}, .start = settings_.start, .end = now};
  for_each_series([&read](const Series& series) {
    if (auto snapshot = series.total()) read.snapshots.push_back(*std::move(snapshot));
  });
  return read;
}

Registry::Read Registry::window(std::chrono::seconds length, TimePoint now) const {
  const std::int64_t first = std::max<std::int64_t>(second_of(now) - length.count(), 0);
  Read read{.snapshots = {}, .start = settings_.start + std::chrono::seconds{first}, .end = now};
  for_each_series([&read, first](const Series& series) {
    if (auto snapshot = series.since(first)) read.snapshots.push_back(*std::move(snapshot));
  });
  return read;
}

Registry::Read Registry::begin_export(TimePoint now) {
  Read read{.snapshots = {}, .start = exported_until_, .end = now};
  exporting_until_ = now;
  for_each_series([&read](Series& series) {
    if (auto snapshot = series.begin_export()) read.snapshots.push_back(*std::move(snapshot));
  });
  return read;
}

void Registry::end_export(bool taken) {
  if (taken) exported_until_ = exporting_until_;
  for_each_series([taken](Series& series) { series.end_export(taken); });
}

}  // namespace aiokpl::metrics
