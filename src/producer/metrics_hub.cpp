#include "producer/metrics_hub.hpp"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include <aiokpl/error.hpp>

namespace aiokpl::detail {
namespace {

metrics::Registry::Settings registry_settings(const Config& config, pipeline::TimePoint start) {
  const bool detailed = config.metrics_level == MetricsLevel::detailed;
  return {.level = config.metrics_level,
          .granularity =
              config.metrics_granularity.value_or(detailed ? MetricsGranularity::shard : MetricsGranularity::stream),
          .additional_dimensions = config.additional_dimensions,
          .start = start};
}

bool matches(const MetricSnapshot& snapshot, const MetricQuery& which) {
  const auto has = [&snapshot](std::string_view name, const std::optional<std::string>& value) {
    return !value || snapshot.dimension(name) == *value;
  };
  return (!which.name || snapshot.name == *which.name) && has(dimension::stream_name, which.stream) &&
         has(dimension::shard_id, which.shard) && has(dimension::error_code, which.error_code);
}

std::vector<MetricSnapshot> only(std::vector<MetricSnapshot> all, const MetricQuery& which) {
  std::erase_if(all, [&which](const MetricSnapshot& snapshot) { return !matches(snapshot, which); });
  return all;
}

std::optional<MetricSnapshot> added_up(const std::vector<MetricSnapshot>& all, const MetricQuery& which) {
  if (!which.name) throw InvalidArgument{"name", "must be given: different metrics have no sum"};
  if (find_metric_info(*which.name) == nullptr) throw InvalidArgument{"name", "there is no metric " + *which.name};
  if (all.empty()) return std::nullopt;
  MetricSnapshot sum{.name = *which.name, .kind = all.front().kind, .unit = all.front().unit};
  for (const auto& [name, value] :
       {std::pair{dimension::stream_name, which.stream}, std::pair{dimension::shard_id, which.shard},
        std::pair{dimension::error_code, which.error_code}}) {
    if (value) sum.dimensions.push_back({std::string{name}, *value});
  }
  for (const MetricSnapshot& one : all)
    sum.merge(one);
  return sum;
}

}  // namespace

MetricsHub::MetricsHub(const Config& config, std::shared_ptr<const Clock> clock, pipeline::SystemTime system_time)
    : level_{config.metrics_level},
      sink_{config.metrics_sink},
      clock_{std::move(clock)},
      system_time_{system_time},
      registry_{registry_settings(config, clock_->now())} {}

void MetricsHub::refresh() const {
  if (refresh_ && measures()) refresh_();
}

std::vector<MetricSnapshot> MetricsHub::total(const MetricQuery& which) {
  refresh();
  const std::lock_guard lock{mutex_};
  return only(finish(registry_.total(clock_->now())), which);
}

std::vector<MetricSnapshot> MetricsHub::window(std::chrono::seconds length, const MetricQuery& which) {
  if (length < std::chrono::seconds{1} || length > std::chrono::seconds{60}) {
    throw InvalidArgument{"window", "must be 1 to 60 seconds, got " + std::to_string(length.count())};
  }
  refresh();
  const std::lock_guard lock{mutex_};
  return only(finish(registry_.window(length, clock_->now())), which);
}

std::uint64_t MetricsHub::coarsened() const {
  const std::lock_guard lock{mutex_};
  return registry_.coarsened();
}

std::vector<MetricSnapshot> MetricsHub::begin_export() {
  refresh();
  const std::lock_guard lock{mutex_};
  return finish(registry_.begin_export(clock_->now()));
}

void MetricsHub::end_export(bool taken) {
  const std::lock_guard lock{mutex_};
  registry_.end_export(taken);
}

std::vector<MetricSnapshot> MetricsHub::finish(metrics::Registry::Read read) const {
  for (MetricSnapshot& snapshot : read.snapshots) {
    snapshot.window_start = system_time_.at(read.start);
    snapshot.window_end = system_time_.at(read.end);
  }
  std::ranges::sort(read.snapshots, {}, [](const MetricSnapshot& one) { return std::tie(one.name, one.dimensions); });
  return std::move(read.snapshots);
}

}  // namespace aiokpl::detail

namespace aiokpl {

MetricsLevel Metrics::level() const noexcept {
  return hub_->level();
}

std::shared_ptr<MetricsSink> Metrics::sink() const noexcept {
  return hub_->sink();
}

std::vector<MetricSnapshot> Metrics::snapshots(const MetricQuery& which) const {
  return hub_->total(which);
}

std::vector<MetricSnapshot> Metrics::snapshots(std::chrono::seconds window, const MetricQuery& which) const {
  return hub_->window(window, which);
}

std::optional<MetricSnapshot> Metrics::snapshot(const MetricQuery& which) const {
  return detail::added_up(snapshots(which), which);
}

std::optional<MetricSnapshot> Metrics::snapshot(std::chrono::seconds window, const MetricQuery& which) const {
  return detail::added_up(snapshots(window, which), which);
}

std::uint64_t Metrics::failed_exports() const noexcept {
  return hub_->failed_exports();
}

std::uint64_t Metrics::coarsened_values() const noexcept {
  return hub_->coarsened();
}

}  // namespace aiokpl
