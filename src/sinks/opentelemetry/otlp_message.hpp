#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <aiokpl/metrics.hpp>

#include "sinks/opentelemetry/protobuf_writer.hpp"

/// ExportMetricsServiceRequest of OpenTelemetry's protocol, as far as this library's metrics need it.
namespace aiokpl::sinks {

enum class Instrument {
  counter,          ///< A monotonic sum.
  up_down_counter,  ///< A sum that falls, too.
  gauge,            ///< A value that means nothing when added to others.
  histogram,
};

enum class Aggregation { delta = 1, cumulative = 2 };  // the protocol's numbers

/// Records add up over streams and producers, and their state is a sum; the age of the oldest one is none.
[[nodiscard]] Instrument instrument_of(const MetricSnapshot& series) noexcept;
/// In UCUM.
[[nodiscard]] std::string_view unit_of(const MetricSnapshot& series) noexcept;

/// Gathers data points into requests of a bounded size.
class OtlpRequests {
 public:
  OtlpRequests(const std::map<std::string, std::string>& resource, std::string prefix, std::size_t most_bytes);

  /// One data point. Those of one metric that come one after the other share its name and description.
  void add(const MetricSnapshot& series, Aggregation aggregation);
  /// The bodies of all requests; none when there are no points.
  [[nodiscard]] std::vector<std::string> finish();

 private:
  void close_metric();
  void close_request();

  std::string resource_;
  std::string scope_;
  std::string prefix_;
  std::size_t most_bytes_;

  /// Of the running metric: what it is, and its points as fields of its data.
  std::string name_;
  ProtobufWriter head_;
  Instrument instrument_ = Instrument::counter;
  Aggregation aggregation_ = Aggregation::delta;
  ProtobufWriter points_;
  /// Of the running request: its metrics, as fields of the scope.
  ProtobufWriter metrics_;
  std::vector<std::string> requests_;
};

}  // namespace aiokpl::sinks
