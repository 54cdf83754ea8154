#include "sinks/prometheus/names.hpp"

#include <algorithm>

#include <aiokpl/error.hpp>

#include "codec/ascii.hpp"

namespace aiokpl::sinks {
namespace {

// Not those of <cctype>, which ask the locale.
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

// Whether a word begins at a capital letter: after a small one, or as the last capital of several (AWSRegion).
bool begins_word(std::string_view name, std::size_t i) {
  if (i == 0 || !is_upper(name[i])) return false;
  if (is_lower(name[i - 1]) || is_digit(name[i - 1])) return true;
  return is_upper(name[i - 1]) && i + 1 < name.size() && is_lower(name[i + 1]);
}

ConfigError unfit_dimension(const std::string& what) {
  return ConfigError{{"additional_dimensions: each must become a label of its own for Prometheus, got " + what}};
}

prometheus::MetricType type_of(MetricKind kind, bool buckets) {
  switch (kind) {
    case MetricKind::count:
      return prometheus::MetricType::Counter;
    case MetricKind::gauge:
      return prometheus::MetricType::Gauge;
    case MetricKind::distribution:
      break;
  }
  return buckets ? prometheus::MetricType::Histogram : prometheus::MetricType::Summary;
}

}  // namespace

std::string snake_case(std::string_view name) {
  std::string snake;
  const auto underscore = [&snake] {
    if (snake.empty() || snake.back() != '_') snake += '_';
  };
  if (name.empty() || is_digit(name.front())) underscore();
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (begins_word(name, i)) underscore();
    if (is_upper(c) || is_lower(c) || is_digit(c)) {
      snake += codec::to_lower(c);
    } else {
      underscore();
    }
  }
  return snake;
}

PrometheusLabels labels_of(std::span<const MetricDimension> dimensions) {
  PrometheusLabels labels;
  labels.reserve(dimensions.size());
  for (const MetricDimension& dimension : dimensions) {
    std::string name = snake_case(dimension.name);
    if (name == "le" || name == "quantile")
      throw unfit_dimension(dimension.name + ", which becomes the reserved label " + name);
    const auto same = std::ranges::find(labels, name, &prometheus::ClientMetric::Label::name);
    if (same != labels.end()) {
      const MetricDimension& other = dimensions[static_cast<std::size_t>(same - labels.begin())];
      throw unfit_dimension(other.name + " and " + dimension.name + ", which both become " + name);
    }
    labels.push_back({.name = std::move(name), .value = dimension.value});
  }
  return labels;
}

PrometheusShape shape_of(const MetricSnapshot& series, std::string_view prefix) {
  const MetricInfo* info = find_metric_info(series.name);
  PrometheusShape shape;
  const std::string stem = std::string{prefix} + snake_case(series.name);
  shape.name = stem;
  shape.help = info == nullptr ? "" : std::string{info->meaning};
  shape.type = type_of(series.kind, info == nullptr ? !series.buckets.empty() : info->buckets);
  if (series.unit == MetricUnit::milliseconds) {
    shape.name += "_seconds";
    shape.divisor = 1000;
  } else if (series.unit == MetricUnit::bytes) {
    shape.name += "_bytes";
  }
  if (shape.type == prometheus::MetricType::Counter) shape.name += "_total";
  // The library counts 1 for what was stored and 0 for what was not: the sum and the rest are two counters here.
  if (series.name == metric::user_records_put) {
    shape.help = "User records that were stored.";
    shape.failed_name = std::string{prefix} + "user_records_failed_total";
    shape.failed_help = "User records that failed.";
  } else if (series.name == metric::kinesis_records_put) {
    shape.help = "Kinesis records that were sent and stored.";
    shape.failed_name = std::string{prefix} + "kinesis_records_failed_total";
    shape.failed_help = "Kinesis records that were sent and not stored; each attempt counts.";
  } else if (series.name == metric::all_errors) {
    shape.help = "Errors of all codes.";
  } else if (series.name == metric::errors_by_code) {
    shape.help = "Errors by code: one for each Kinesis record that was refused, one for a whole request that failed.";
  }
  return shape;
}

}  // namespace aiokpl::sinks
