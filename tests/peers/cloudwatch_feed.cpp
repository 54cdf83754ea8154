// cloudwatch_feed URL NAMESPACE WHAT TIMES: exports WHAT to the CloudWatch at URL, TIMES times, and prints what it fed
// as one JSON list. WHAT is samples, or a number of shards.
#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <aiokpl/cloudwatch_sink.hpp>
#include <aiokpl/config.hpp>
#include <aiokpl/metrics.hpp>

#include "unit/sinks/sample_snapshots.hpp"

namespace {

using namespace aiokpl;

const MetricDimension host{"Host", "host-1 & co"};
const MetricDimension team{"Team", "a=b"};

/// Of a moment ago: nothing else is recent enough to be taken.
std::vector<MetricSnapshot> series_of(std::string_view what) {
  std::vector<MetricSnapshot> all;
  if (what == "samples") {
    all = test::sample_snapshots();
  } else {
    const int shards = std::stoi(std::string{what});
    for (int i = 0; i < shards; ++i)
      all.push_back(test::sample(metric::all_errors, {{"StreamName", "orders"}, {"ShardId", std::to_string(i)}},
                                 {static_cast<double>(i)}));
  }
  const auto now = std::chrono::floor<std::chrono::minutes>(std::chrono::system_clock::now());
  for (MetricSnapshot& one : all) {
    one.window_start = now - std::chrono::minutes{1};
    one.window_end = now;
    // As a producer with such additional dimensions has them: every series here has a stream.
    one.dimensions.insert(one.dimensions.begin(), {host, team});
  }
  return all;
}

nlohmann::json shown(const MetricSnapshot& series) {
  nlohmann::json dimensions = nlohmann::json::array();
  for (const MetricDimension& one : series.dimensions)
    dimensions.push_back({one.name, one.value});
  return {{"name", series.name},
          {"unit", series.unit == MetricUnit::bytes          ? "Bytes"
                   : series.unit == MetricUnit::milliseconds ? "Milliseconds"
                                                             : "Count"},
          {"dimensions", dimensions},
          {"count", series.count},
          {"sum", series.sum},
          {"min", series.min},
          {"max", series.max},
          {"buckets", series.buckets},
          {"end", std::chrono::duration_cast<std::chrono::seconds>(series.window_end.time_since_epoch()).count()}};
}

void feed(const std::vector<std::string_view>& arguments) {
  CloudWatchSink sink{{.name_space = std::string{arguments[2]}, .endpoint_url = std::string{arguments[1]}}};
  // A receiver in Python on a busy machine takes its time.
  Config producer{.request_timeout = std::chrono::minutes{1}};
  producer.additional_dimensions = {{host.name, host.value, MetricsGranularity::global},
                                    {team.name, team.value, MetricsGranularity::stream}};
  sink.start(producer);
  nlohmann::json fed = nlohmann::json::array();
  const std::vector<MetricSnapshot> series = series_of(arguments[3]);
  for (int n = std::stoi(std::string{arguments[4]}); n > 0; --n)
    sink.export_metrics(series);
  sink.stop();
  for (const MetricSnapshot& one : series)
    fed.push_back(shown(one));
  std::cout << nlohmann::json{{"series", fed}, {"bounds", metric_bucket_bounds()}} << '\n';
}

}  // namespace

int main(int count, char** values) {
  const std::vector<std::string_view> arguments{values, values + count};
  if (arguments.size() != 5) {
    std::cerr << "cloudwatch_feed URL NAMESPACE samples|SHARDS TIMES\n";
    return 2;
  }
  try {
    feed(arguments);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
