#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <prometheus/client_metric.h>
#include <prometheus/metric_type.h>

#include <aiokpl/metrics.hpp>

namespace aiokpl::sinks {

/// A name as Prometheus writes them: UserRecordsPut is user_records_put. What is no letter or digit becomes '_', one
/// for a run of them, so that no label begins with the "__" that Prometheus keeps for itself.
[[nodiscard]] std::string snake_case(std::string_view name);

using PrometheusLabels = std::vector<prometheus::ClientMetric::Label>;

/// One dimension after the other. Throws ConfigError when two become the same label, or one a reserved label.
[[nodiscard]] PrometheusLabels labels_of(std::span<const MetricDimension> dimensions);

/// How a metric is exposed.
struct PrometheusShape {
  std::string name;
  std::string help;
  prometheus::MetricType type = prometheus::MetricType::Untyped;
  /// From the metric's unit to Prometheus' base units.
  double divisor = 1;
  /// The name of the counter of what was not stored (count less sum), and its help; empty where there is none.
  std::string failed_name = {};
  std::string failed_help = {};
};

[[nodiscard]] PrometheusShape shape_of(const MetricSnapshot& series, std::string_view prefix);

}  // namespace aiokpl::sinks
