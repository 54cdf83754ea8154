#include <aiokpl/datadog_sink.hpp>

#include "aws/environment.hpp"
#include "sinks/datadog/exporter.hpp"
#include "sinks/datadog/settings.hpp"

namespace aiokpl {

class DatadogSink::Implementation {
 public:
  explicit Implementation(const DatadogSinkOptions& options)
      : exporter{sinks::resolve_settings(options, aws::process_environment())} {}

  sinks::DatadogExporter exporter;
};

DatadogSink::DatadogSink(const DatadogSinkOptions& options)
    : implementation_{std::make_unique<Implementation>(options)} {}

DatadogSink::~DatadogSink() = default;

void DatadogSink::start(const Config& producer) {
  implementation_->exporter.start(producer);
}

void DatadogSink::export_metrics(std::span<const MetricSnapshot> snapshots) {
  implementation_->exporter.export_metrics(snapshots);
}

void DatadogSink::stop() {
  implementation_->exporter.stop();
}

}  // namespace aiokpl
