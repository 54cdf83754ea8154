#include "cli/metrics_sinks.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <sstream>
#include <utility>

#include <aiokpl/cloudwatch_sink.hpp>
#include <aiokpl/datadog_sink.hpp>
#include <aiokpl/error.hpp>
#include <aiokpl/opentelemetry_sink.hpp>
#include <aiokpl/prometheus_sink.hpp>

#include "cli/exit_status.hpp"
#include "cli/terminal.hpp"

namespace aiokpl::cli {
namespace {

/// Every export as lines on stderr.
class StderrSink final : public MetricsSink {
 public:
  void export_metrics(std::span<const MetricSnapshot> snapshots) override {
    std::string lines;
    for (const MetricSnapshot& snapshot : snapshots)
      lines += show_snapshot(snapshot) + "\n";
    say_plain(lines);
  }
};

using Rest = std::optional<std::string>;

[[noreturn]] void refuse(std::string_view what, const std::string& value) {
  throw CommandError{ExitStatus::usage, "--metrics-sink: " + std::string{what} + ", got '" + value + "'"};
}

std::shared_ptr<MetricsSink> make_stderr(const Rest& rest) {
  if (rest) refuse("stderr takes nothing after it", *rest);
  return std::make_shared<StderrSink>();
}

std::shared_ptr<MetricsSink> make_cloudwatch(const Rest& rest) {
  CloudWatchSinkOptions options;
  if (rest) options.name_space = *rest;
  return std::make_shared<CloudWatchSink>(options);
}

std::shared_ptr<MetricsSink> make_opentelemetry(const Rest& rest) {
  return std::make_shared<OpenTelemetrySink>(OpenTelemetrySinkOptions{.endpoint = rest});
}

std::shared_ptr<MetricsSink> make_datadog(const Rest& rest) {
  DatadogSinkOptions options;
  // An agent or a proxy in place of a site.
  const bool is_url = rest && rest->find("://") != std::string::npos;
  (is_url ? options.endpoint_url : options.site) = rest;
  return std::make_shared<DatadogSink>(options);
}

std::shared_ptr<MetricsSink> make_prometheus(const Rest& rest) {
  PrometheusSinkOptions options;
  if (rest) {
    const std::size_t colon = rest->rfind(':');
    std::string_view port = *rest;
    if (colon != std::string::npos) {
      options.address = rest->substr(0, colon);
      port.remove_prefix(colon + 1);
    }
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), options.port);
    if (error != std::errc{} || end != port.data() + port.size()) {
      refuse("prometheus takes a port, 0 to 65535, or ADDRESS:PORT", *rest);
    }
  }
  return std::make_shared<PrometheusSink>(options);
}

struct Maker {
  std::string_view name;
  std::shared_ptr<MetricsSink> (*make)(const Rest&);
};
constexpr std::array makers{Maker{"stderr", make_stderr}, Maker{"cloudwatch", make_cloudwatch},
                            Maker{"opentelemetry", make_opentelemetry}, Maker{"datadog", make_datadog},
                            Maker{"prometheus", make_prometheus}};

}  // namespace

std::shared_ptr<MetricsSink> make_metrics_sink(const std::string& text) {
  const std::size_t colon = text.find(':');
  const std::string name = text.substr(0, colon);
  Rest rest;
  if (colon != std::string::npos) rest = text.substr(colon + 1);
  for (const Maker& maker : makers) {
    if (name != maker.name) continue;
    try {
      return maker.make(rest);
    } catch (const ConfigError& error) {
      throw CommandError{ExitStatus::usage, "--metrics-sink " + name + ": " + error.what()};
    }
  }
  refuse("must be " + std::string{metrics_sink_forms}, text);
}

std::string show_snapshot(const MetricSnapshot& snapshot) {
  std::ostringstream line;
  line << snapshot.name;
  for (const MetricDimension& one : snapshot.dimensions)
    line << ' ' << one.name << '=' << printable(one.value);
  const std::string_view unit = snapshot.unit == MetricUnit::milliseconds ? " ms" : "";
  switch (snapshot.kind) {
    case MetricKind::count:
      line << ' ' << snapshot.sum;
      break;
    case MetricKind::gauge:
      line << ' ' << snapshot.last << unit;
      break;
    case MetricKind::distribution:
      line << ' ' << snapshot.count << " values, mean " << snapshot.mean() << unit << ", " << snapshot.min << " to "
           << snapshot.max;
      if (const auto high = snapshot.percentile(0.99)) line << ", p99 " << *high;
      break;
  }
  return line.str();
}

}  // namespace aiokpl::cli
