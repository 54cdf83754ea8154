#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <aiokpl/metrics.hpp>

namespace aiokpl::test {

/// 2026-01-31T12:00:00Z, and a minute before it.
inline constexpr std::chrono::system_clock::time_point sample_end{std::chrono::seconds{1'769'860'800}};
inline constexpr std::chrono::system_clock::time_point sample_start = sample_end - std::chrono::minutes{1};

/// A series that counted or looked at these values.
inline MetricSnapshot sample(std::string_view name, std::vector<MetricDimension> dimensions,
                             const std::vector<double>& values) {
  const MetricInfo& info = *find_metric_info(name);
  MetricSnapshot series{.name = std::string{name},
                        .kind = info.kind,
                        .unit = info.unit,
                        .dimensions = std::move(dimensions),
                        .window_start = sample_start,
                        .window_end = sample_end};
  for (const double value : values) {
    MetricSnapshot one = series;
    one.count = 1;
    one.sum = one.min = one.max = one.last = value;
    if (info.buckets) {
      const auto bounds = metric_bucket_bounds();
      one.buckets.assign(bounds.size() + 1, 0);
      std::size_t bucket = 0;
      while (bucket < bounds.size() && bounds[bucket] < value)
        ++bucket;
      one.buckets[bucket] = 1;
    }
    // States one after the other, not side by side.
    if (info.kind == MetricKind::gauge) series.window_end = sample_start;
    series.merge(one);
    series.window_start = sample_start;
    series.window_end = sample_end;
  }
  return series;
}

/// One of each kind, two streams and two shards among them: what a producer at MetricsLevel::detailed exports.
inline std::vector<MetricSnapshot> sample_snapshots() {
  const MetricDimension orders{"StreamName", "orders"};
  const MetricDimension audit{"StreamName", "audit"};
  const MetricDimension shard0{"ShardId", "shardId-000000000000"};
  const MetricDimension shard1{"ShardId", "shardId-000000000001"};
  const MetricDimension throttled{"ErrorCode", "ProvisionedThroughputExceededException"};
  const MetricDimension internal{"ErrorCode", "InternalFailure"};
  return {sample(metric::user_records_received, {orders}, {1200}),
          sample(metric::user_records_received, {audit}, {7}),
          sample(metric::user_records_pending, {orders}, {40, 12, 30}),
          sample(metric::user_records_pending, {audit}, {0}),
          sample(metric::user_records_put, {orders, shard0}, std::vector<double>(600, 1)),
          sample(metric::user_records_put, {orders, shard1}, {1, 1, 0, 1}),
          sample(metric::user_records_put, {audit, shard0}, {1, 0}),
          sample(metric::user_records_data_put, {orders, shard0}, {120'000, 4'096}),
          sample(metric::kinesis_records_put, {orders, shard0}, {1, 1, 1}),
          sample(metric::errors_by_code, {orders, shard0, throttled}, {1, 1}),
          sample(metric::errors_by_code, {orders, shard1, throttled}, {1}),
          sample(metric::errors_by_code, {orders, internal}, {1}),
          sample(metric::all_errors, {orders, shard0}, {1, 1}),
          sample(metric::all_errors, {orders}, {1}),
          sample(metric::retries_per_record, {orders, shard0}, {0, 0, 1, 3}),
          sample(metric::buffered_time, {orders, shard0}, {0.4, 12, 99.5, 100, 100.5}),
          sample(metric::buffered_time, {orders, shard1}, {101, 73'000}),
          sample(metric::request_time, {orders}, {8.25, 31}),
          sample(metric::delivery_time, {orders, shard0}, {20, 130.5, 130.5, 2'400}),
          sample(metric::expired_records, {audit, shard0}, {1}),
          sample(metric::oldest_record_age, {orders}, {180.5, 95}),
          sample(metric::user_records_per_kinesis_record, {orders, shard0}, {250, 1, 349}),
          sample(metric::kinesis_records_per_request, {orders}, {3}),
          sample(metric::user_records_per_request, {orders}, {600})};
}

}  // namespace aiokpl::test
