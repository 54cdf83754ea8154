#include "sinks/prometheus/totals.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace aiokpl::sinks {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

// Prometheus' buckets hold what is below them, too; it adds the one without a bound by itself.
std::vector<ClientMetric::Bucket> cumulative(const std::vector<std::uint64_t>& buckets, double divisor) {
  const auto bounds = metric_bucket_bounds();
  std::vector<ClientMetric::Bucket> result;
  result.reserve(bounds.size());
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    if (i < buckets.size()) below += buckets[i];
    result.push_back({.cumulative_count = below, .upper_bound = bounds[i] / divisor});
  }
  return result;
}

MetricFamily own_metric(std::string name, std::string help, MetricType type, double value) {
  MetricFamily family{.name = std::move(name), .help = std::move(help), .type = type, .metric = {}};
  ClientMetric metric;
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  family.metric.push_back(std::move(metric));
  return family;
}

}  // namespace

PrometheusTotals::PrometheusTotals(std::string prefix, std::size_t max_series)
    : prefix_{std::move(prefix)}, max_series_{max_series} {}

void PrometheusTotals::add(std::span<const MetricSnapshot> snapshots) {
  // First what can throw: half an export would be counted again with the whole.
  std::vector<PrometheusLabels> labels;
  labels.reserve(snapshots.size());
  for (const MetricSnapshot& snapshot : snapshots)
    labels.push_back(labels_of(snapshot.dimensions));
  const std::lock_guard lock{mutex_};
  for (std::size_t i = 0; i < snapshots.size(); ++i)
    add_one(snapshots[i], std::move(labels[i]));
}

void PrometheusTotals::add_one(const MetricSnapshot& snapshot, PrometheusLabels labels) {
  auto found = families_.find(snapshot.name);
  if (found == families_.end()) found = families_.emplace(snapshot.name, Family{shape_of(snapshot, prefix_), {}}).first;
  Family& family = found->second;
  newest_ = std::max(newest_.value_or(snapshot.window_end), snapshot.window_end);

  if (series_count_ >= max_series_ && !family.series.contains(labels)) {
    ++over_limit_;
    // The states of several series are not one state.
    if (family.shape.type == MetricType::Gauge) return;
    labels.clear();
  }
  const auto [place, is_new] = family.series.try_emplace(std::move(labels));
  if (is_new) ++series_count_;
  Totals& totals = place->second;
  totals.count += snapshot.count;
  totals.sum += snapshot.sum;
  totals.last = snapshot.last;
  if (totals.buckets.size() < snapshot.buckets.size()) totals.buckets.resize(snapshot.buckets.size());
  std::ranges::transform(snapshot.buckets, totals.buckets, totals.buckets.begin(), std::plus<>{});
}

void PrometheusTotals::forget_gauges() {
  const std::lock_guard lock{mutex_};
  for (auto& [name, family] : families_) {
    if (family.shape.type != MetricType::Gauge) continue;
    series_count_ -= family.series.size();
    family.series.clear();
  }
}

std::vector<MetricFamily> PrometheusTotals::Collect() const {
  std::vector<MetricFamily> families;
  const std::lock_guard lock{mutex_};
  for (const auto& [name, family] : families_)
    append(family, families);
  append_own(families);
  return families;
}

void PrometheusTotals::append(const Family& family, std::vector<MetricFamily>& families) const {
  if (family.series.empty()) return;
  const PrometheusShape& shape = family.shape;
  MetricFamily made{.name = shape.name, .help = shape.help, .type = shape.type, .metric = {}};
  MetricFamily failed{.name = shape.failed_name, .help = shape.failed_help, .type = MetricType::Counter, .metric = {}};
  made.metric.reserve(family.series.size());
  for (const auto& [labels, totals] : family.series) {
    ClientMetric& metric = made.metric.emplace_back();
    metric.label = labels;
    metric.counter.value = totals.sum / shape.divisor;
    metric.gauge.value = totals.last / shape.divisor;
    metric.summary.sample_count = metric.histogram.sample_count = totals.count;
    metric.summary.sample_sum = metric.histogram.sample_sum = totals.sum / shape.divisor;
    if (shape.type == MetricType::Histogram) metric.histogram.bucket = cumulative(totals.buckets, shape.divisor);
    if (shape.failed_name.empty()) continue;
    ClientMetric& rest = failed.metric.emplace_back();
    rest.label = labels;
    rest.counter.value = static_cast<double>(totals.count) - totals.sum;
  }
  families.push_back(std::move(made));
  if (!shape.failed_name.empty()) families.push_back(std::move(failed));
}

void PrometheusTotals::append_own(std::vector<MetricFamily>& families) const {
  families.push_back(own_metric(prefix_ + "series_over_limit_total",
                                "Exported values of series beyond the sink's limit, counted without their labels.",
                                MetricType::Counter, static_cast<double>(over_limit_)));
  if (!newest_) return;
  const std::chrono::duration<double> newest = newest_->time_since_epoch();
  families.push_back(own_metric(prefix_ + "last_export_timestamp_seconds",
                                "When the newest of the exported values was measured, in Unix time.", MetricType::Gauge,
                                newest.count()));
}

}  // namespace aiokpl::sinks
