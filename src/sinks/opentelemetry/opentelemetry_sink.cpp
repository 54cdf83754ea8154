#include <chrono>

#include <aiokpl/opentelemetry_sink.hpp>

#include "sinks/opentelemetry/otlp_exporter.hpp"

namespace aiokpl {

class OpenTelemetrySink::Impl {
 public:
  explicit Impl(const OpenTelemetrySinkOptions& options)
      : exporter{sinks::resolve_otlp_settings(options, aws::process_environment(), sinks::process_identity())} {}

  sinks::OtlpExporter exporter;
};

OpenTelemetrySink::OpenTelemetrySink(const OpenTelemetrySinkOptions& options)
    : impl_{std::make_unique<Impl>(options)} {}

OpenTelemetrySink::~OpenTelemetrySink() = default;

void OpenTelemetrySink::export_metrics(std::span<const MetricSnapshot> snapshots) {
  impl_->exporter.export_metrics(snapshots, std::chrono::system_clock::now());
}

void OpenTelemetrySink::stop() {
  impl_->exporter.stop();
}

}  // namespace aiokpl
