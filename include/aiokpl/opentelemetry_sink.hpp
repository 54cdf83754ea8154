#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <aiokpl/export.hpp>
#include <aiokpl/metrics.hpp>

namespace aiokpl {

/// What the values of a count or a distribution add up from.
enum class OtlpTemporality {
  cumulative,  ///< From the first export of the series: a lost request is made good by the next one.
  delta,       ///< From the export before.
};

enum class OtlpCompression { none, gzip };

/// Of an OpenTelemetrySink. What is absent comes from the environment variables of OpenTelemetry's specification, of
/// two that say the same from the one with METRICS in its name, and from the default where neither is set.
struct AIOKPL_EXPORT OpenTelemetrySinkOptions {
  /// An http or https URL; /v1/metrics is added to it. Absent: OTEL_EXPORTER_OTLP_METRICS_ENDPOINT, which is used as it
  /// is, or OTEL_EXPORTER_OTLP_ENDPOINT, to which /v1/metrics is added, or http://localhost:4318.
  std::optional<std::string> endpoint = std::nullopt;
  /// Sent with each request, for instance Authorization. Absent: OTEL_EXPORTER_OTLP_METRICS_HEADERS or
  /// OTEL_EXPORTER_OTLP_HEADERS, a list such as "api-key=secret,tenant=a%20b"; or none.
  std::optional<std::map<std::string, std::string>> headers = std::nullopt;
  /// Absent: OTEL_EXPORTER_OTLP_METRICS_COMPRESSION or OTEL_EXPORTER_OTLP_COMPRESSION, "gzip" or "none"; or none.
  std::optional<OtlpCompression> compression = std::nullopt;
  /// For a connection, and from the last byte that moved to giving up; 1 ms to 10 minutes. Absent:
  /// OTEL_EXPORTER_OTLP_METRICS_TIMEOUT or OTEL_EXPORTER_OTLP_TIMEOUT, in milliseconds; or 10 s.
  std::optional<std::chrono::nanoseconds> timeout = std::nullopt;
  /// PEM file of certificate authorities instead of the system's. Absent: OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE or
  /// OTEL_EXPORTER_OTLP_CERTIFICATE; or the system's.
  std::optional<std::string> certificate = std::nullopt;
  /// Absent: OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE, "cumulative", "delta" or "lowmemory" (here the same as
  /// delta); or cumulative.
  std::optional<OtlpTemporality> temporality = std::nullopt;
  /// Before the name of each metric; at most 100 of A-Z, a-z, 0-9, '_', '.', '-' and '/', a letter first.
  std::string instrument_prefix = "aiokpl.";
  /// The attribute service.name. Absent: OTEL_SERVICE_NAME, or what OTEL_RESOURCE_ATTRIBUTES says, or
  /// "unknown_service:" with the name of the program.
  std::optional<std::string> service_name = std::nullopt;
  /// Attributes of the resource, before those of OTEL_RESOURCE_ATTRIBUTES. service.instance.id is made up anew for each
  /// sink unless it is given: the values of two processes are no single series.
  std::map<std::string, std::string> resource_attributes = {};
};

/// Sends metrics as OTLP over HTTP in binary protobuf, which the OpenTelemetry Collector and many services take.
///
/// Counts become monotonic sums, distributions become histograms, UserRecordsPending becomes a sum that goes up and
/// down (always cumulative, its value is the last state), and OldestRecordAge a gauge. Dimensions are attributes, by
/// their own names. What could not be delivered is kept, up to 16 MiB, and sent before the next export. A delivered
/// request is not sent again; only one whose answer was lost on its way may arrive twice.
///
/// Any thread; producers may share one, whose counts then add up. It takes nothing of a producer's configuration: the
/// receiver is not the one that the producer sends to.
class AIOKPL_EXPORT OpenTelemetrySink final : public MetricsSink {
 public:
  /// Throws ConfigError with every wrong option and variable. Connects with the first export.
  explicit OpenTelemetrySink(const OpenTelemetrySinkOptions& options = {});
  ~OpenTelemetrySink() override;

  /// Throws ExportDeferred where something waits, was refused, or was given up for want of room.
  void export_metrics(std::span<const MetricSnapshot> snapshots) override;
  /// Tries once more to send what waits, and closes the connection. Other producers may go on.
  void stop() override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aiokpl
