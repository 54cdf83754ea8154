// Sends the sample snapshots, for the tests of the sink with programs of others:
//   opentelemetry_feed ENDPOINT|- TEMPORALITY COMPRESSION [NAME=VALUE ...]
// With "-" all of it comes from the environment; NAME=VALUE are headers. Two exports, a minute of the samples' time
// apart; what was fed is printed, one export a line, as JSON.
#include <chrono>
#include <exception>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <aiokpl/opentelemetry_sink.hpp>

#include "unit/sinks/sample_snapshots.hpp"

namespace {

using aiokpl::MetricKind;
using aiokpl::MetricSnapshot;
using aiokpl::MetricUnit;

aiokpl::OpenTelemetrySinkOptions options_of(const std::vector<std::string>& arguments) {
  aiokpl::OpenTelemetrySinkOptions options;
  if (arguments.at(0) == "-") return options;
  options.endpoint = arguments.at(0);
  options.temporality =
      arguments.at(1) == "delta" ? aiokpl::OtlpTemporality::delta : aiokpl::OtlpTemporality::cumulative;
  options.compression = arguments.at(2) == "gzip" ? aiokpl::OtlpCompression::gzip : aiokpl::OtlpCompression::none;
  options.headers.emplace();
  for (std::size_t i = 3; i < arguments.size(); ++i) {
    const std::size_t equals = arguments[i].find('=');
    (*options.headers)[arguments[i].substr(0, equals)] = arguments[i].substr(equals + 1);
  }
  options.service_name = "feed";
  options.resource_attributes = {{"service.instance.id", "feed-1"}};
  return options;
}

/// The second one differs, so that nothing of the first can pass for it.
std::vector<MetricSnapshot> second_export() {
  std::vector<MetricSnapshot> snapshots = aiokpl::test::sample_snapshots();
  for (MetricSnapshot& snapshot : snapshots) {
    snapshot.window_start += std::chrono::minutes{1};
    snapshot.window_end += std::chrono::minutes{1};
    snapshot.last += 5;
    if (snapshot.kind == MetricKind::count) snapshot.sum += 1;
  }
  return snapshots;
}

nlohmann::json as_json(const MetricSnapshot& snapshot) {
  static const std::map<MetricKind, std::string> kinds{
      {MetricKind::count, "count"}, {MetricKind::distribution, "distribution"}, {MetricKind::gauge, "gauge"}};
  static const std::map<MetricUnit, std::string> units{
      {MetricUnit::count, "count"}, {MetricUnit::bytes, "bytes"}, {MetricUnit::milliseconds, "milliseconds"}};
  const auto nanoseconds = [](std::chrono::system_clock::time_point time) {
    return std::chrono::nanoseconds{time.time_since_epoch()}.count();
  };
  nlohmann::json dimensions = nlohmann::json::object();
  for (const auto& [name, value] : snapshot.dimensions)
    dimensions[name] = value;
  return {{"name", snapshot.name},
          {"kind", kinds.at(snapshot.kind)},
          {"unit", units.at(snapshot.unit)},
          {"meaning", aiokpl::find_metric_info(snapshot.name)->meaning},
          {"dimensions", dimensions},
          {"count", snapshot.count},
          {"sum", snapshot.sum},
          {"min", snapshot.min},
          {"max", snapshot.max},
          {"last", snapshot.last},
          {"buckets", snapshot.buckets},
          {"start", nanoseconds(snapshot.window_start)},
          {"end", nanoseconds(snapshot.window_end)}};
}

void run(const std::vector<std::string>& arguments) {
  aiokpl::OpenTelemetrySink sink{options_of(arguments)};
  for (const auto& snapshots : {aiokpl::test::sample_snapshots(), second_export()}) {
    sink.export_metrics(snapshots);
    nlohmann::json fed = nlohmann::json::array();
    for (const MetricSnapshot& snapshot : snapshots)
      fed.push_back(as_json(snapshot));
    std::cout << fed << '\n';
  }
  sink.stop();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run({argv + 1, argv + argc});
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "opentelemetry_feed: " << error.what() << '\n';
    return 1;
  }
}
