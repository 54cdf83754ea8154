#include "sinks/opentelemetry/otlp_message.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include <aiokpl/version.hpp>

#include "codec/utf8.hpp"
#include "sinks/opentelemetry/otlp_fields.hpp"

namespace aiokpl::sinks {
namespace {

/// A receiver refuses a whole request for one string that is not UTF-8.
std::string as_utf8(const std::string& text) {
  std::string result = text;
  if (!codec::valid_utf8(result)) {
    std::ranges::replace_if(result, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  }
  return result;
}

ProtobufWriter attribute(const std::string& name, const std::string& value) {
  ProtobufWriter any;
  any.bytes(field::key_value::string_value, as_utf8(value));
  ProtobufWriter pair;
  pair.bytes(field::key_value::key, as_utf8(name));
  pair.message(field::key_value::value, any);
  return pair;
}

void write_attributes(ProtobufWriter& out, std::uint32_t number, const MetricSnapshot& series) {
  for (const auto& [name, value] : series.dimensions)
    out.message(number, attribute(name, value));
}

void write_times(ProtobufWriter& out, const MetricSnapshot& series, bool with_start) {
  const auto nanoseconds = [](std::chrono::system_clock::time_point time) {
    return static_cast<std::uint64_t>(std::chrono::nanoseconds{time.time_since_epoch()}.count());
  };
  if (with_start) out.fixed64(field::point::start, nanoseconds(series.window_start));
  out.fixed64(field::point::time, nanoseconds(series.window_end));
}

ProtobufWriter number_point(const MetricSnapshot& series, Instrument instrument) {
  ProtobufWriter out;
  write_times(out, series, instrument != Instrument::gauge);
  const double value = series.kind == MetricKind::gauge ? series.last : series.sum;
  // What is counted is whole; a time is not.
  if (series.unit == MetricUnit::milliseconds) {
    out.number(field::number_point::as_double, value);
  } else {
    out.sfixed64(field::number_point::as_int, std::llround(value));
  }
  write_attributes(out, field::number_point::attributes, series);
  return out;
}

ProtobufWriter histogram_point(const MetricSnapshot& series) {
  ProtobufWriter out;
  write_times(out, series, true);
  out.fixed64(field::histogram_point::count, series.count);
  out.number(field::histogram_point::sum, series.sum);
  // Without bounds there is one bucket, with everything in it.
  if (series.buckets.empty()) {
    out.packed(field::histogram_point::bucket_counts, std::span{&series.count, 1});
  } else {
    out.packed(field::histogram_point::bucket_counts, series.buckets);
    out.packed(field::histogram_point::explicit_bounds, metric_bucket_bounds());
  }
  write_attributes(out, field::histogram_point::attributes, series);
  out.number(field::histogram_point::min, series.min);
  out.number(field::histogram_point::max, series.max);
  return out;
}

std::string metric_name(const MetricSnapshot& series, const std::string& prefix) {
  return as_utf8(prefix + series.name);
}

}  // namespace

Instrument instrument_of(const MetricSnapshot& series) noexcept {
  switch (series.kind) {
    case MetricKind::distribution:
      return Instrument::histogram;
    case MetricKind::gauge:
      return series.unit == MetricUnit::milliseconds ? Instrument::gauge : Instrument::up_down_counter;
    case MetricKind::count:
      break;
  }
  return Instrument::counter;
}

std::string_view unit_of(const MetricSnapshot& series) noexcept {
  if (series.unit == MetricUnit::milliseconds) return "ms";
  if (series.unit == MetricUnit::bytes) return "By";
  if (series.name == metric::errors_by_code || series.name == metric::all_errors) return "{error}";
  if (series.name == metric::retries_per_record) return "{retry}";
  return find_metric_info(series.name) != nullptr ? "{record}" : "1";
}

OtlpRequests::OtlpRequests(const std::map<std::string, std::string>& resource, std::string prefix,
                           std::size_t most_bytes)
    : prefix_{std::move(prefix)}, most_bytes_{most_bytes} {
  ProtobufWriter attributes;
  for (const auto& [name, value] : resource)
    attributes.message(field::resource::attributes, attribute(name, value));
  resource_ = std::move(attributes).str();
  ProtobufWriter scope;
  scope.bytes(field::scope::name, "aiokpl");
  scope.bytes(field::scope::version, version);
  scope_ = std::move(scope).str();
}

void OtlpRequests::add(const MetricSnapshot& series, Aggregation aggregation) {
  const Instrument instrument = instrument_of(series);
  const ProtobufWriter point =
      instrument == Instrument::histogram ? histogram_point(series) : number_point(series, instrument);
  if (series.name != name_ || aggregation != aggregation_) close_metric();
  if (resource_.size() + head_.size() + metrics_.size() + points_.size() + point.size() > most_bytes_) close_request();
  if (points_.size() == 0) {
    name_ = series.name;
    instrument_ = instrument;
    aggregation_ = aggregation;
    const MetricInfo* info = find_metric_info(series.name);
    head_.bytes(field::metric::name, metric_name(series, prefix_));
    if (info != nullptr) head_.bytes(field::metric::description, info->meaning);
    head_.bytes(field::metric::unit, unit_of(series));
  }
  points_.message(field::data::points, point);
}

void OtlpRequests::close_metric() {
  if (points_.size() == 0) return;
  std::uint32_t number = field::metric::gauge;
  if (instrument_ != Instrument::gauge) {
    points_.varint(field::data::aggregation, static_cast<std::uint64_t>(aggregation_));
    number = instrument_ == Instrument::histogram ? field::metric::histogram : field::metric::sum;
  }
  if (instrument_ == Instrument::counter) points_.varint(field::data::monotonic, 1);
  head_.message(number, points_);
  metrics_.message(field::scope_metrics::metrics, head_);
  head_ = {};
  points_ = {};
}

void OtlpRequests::close_request() {
  close_metric();
  if (metrics_.size() == 0) return;
  ProtobufWriter in_scope;
  in_scope.bytes(field::scope_metrics::scope, scope_);
  in_scope.raw(metrics_.str());
  ProtobufWriter of_resource;
  of_resource.bytes(field::resource_metrics::resource, resource_);
  of_resource.message(field::resource_metrics::scope_metrics, in_scope);
  ProtobufWriter whole;
  whole.message(field::request::resource_metrics, of_resource);
  requests_.push_back(std::move(whole).str());
  metrics_ = {};
}

std::vector<std::string> OtlpRequests::finish() {
  close_request();
  return std::exchange(requests_, {});
}

}  // namespace aiokpl::sinks
