// Feeds a DatadogSink as a producer would: datadog_feed URL EXPORTS REQUEST_TIMEOUT_MS. Writes each snapshot that it
// exports as a line of JSON, and what an export could not deliver to stderr.
#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <aiokpl/config.hpp>
#include <aiokpl/datadog_sink.hpp>

#include "unit/sinks/sample_snapshots.hpp"

namespace {

std::int64_t seconds_of(std::chrono::system_clock::time_point time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

nlohmann::json to_json(const aiokpl::MetricSnapshot& snapshot) {
  nlohmann::json dimensions = nlohmann::json::array();
  for (const aiokpl::MetricDimension& dimension : snapshot.dimensions)
    dimensions.push_back({dimension.name, dimension.value});
  return {{"name", snapshot.name},
          {"kind", static_cast<int>(snapshot.kind)},
          {"unit", static_cast<int>(snapshot.unit)},
          {"dimensions", dimensions},
          {"count", snapshot.count},
          {"sum", snapshot.sum},
          {"min", snapshot.min},
          {"max", snapshot.max},
          {"last", snapshot.last},
          {"buckets", snapshot.buckets},
          {"start", seconds_of(snapshot.window_start)},
          {"end", seconds_of(snapshot.window_end)}};
}

void feed(aiokpl::DatadogSink& sink, int exports) {
  for (int i = 0; i < exports; ++i) {
    std::vector<aiokpl::MetricSnapshot> snapshots = aiokpl::test::sample_snapshots();
    for (aiokpl::MetricSnapshot& snapshot : snapshots) {
      snapshot.window_start += std::chrono::minutes{i};
      snapshot.window_end += std::chrono::minutes{i};
      std::cout << to_json(snapshot) << '\n';
    }
    try {
      sink.export_metrics(snapshots);
    } catch (const aiokpl::ExportDeferred& deferred) {
      std::cerr << "deferred: " << deferred.what() << '\n';
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::span arguments{argv, static_cast<std::size_t>(argc)};
  if (arguments.size() != 4) return 2;
  try {
    aiokpl::DatadogSink sink{{.api_key = "peer-api-key",
                              .endpoint_url = arguments[1],
                              .tags = {"team:data", "env:test"},
                              .host = "peer-host"}};
    sink.start({.request_timeout = std::chrono::milliseconds{std::stoi(arguments[3])}});
    feed(sink, std::stoi(arguments[2]));
    sink.stop();
  } catch (const std::exception& error) {
    std::cerr << "failed: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
