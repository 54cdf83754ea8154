#include <utility>

#include <aiokpl/cloudwatch_sink.hpp>

#include "sinks/cloudwatch/exporter.hpp"

namespace aiokpl {

class CloudWatchSink::Impl {
 public:
  explicit Impl(CloudWatchSinkOptions options) : exporter{std::move(options), {}} {}

  sinks::CloudWatchExporter exporter;
};

CloudWatchSink::CloudWatchSink(CloudWatchSinkOptions options) : impl_{std::make_unique<Impl>(std::move(options))} {}
CloudWatchSink::~CloudWatchSink() = default;

void CloudWatchSink::start(const Config& producer) {
  impl_->exporter.start(producer);
}

void CloudWatchSink::export_metrics(std::span<const MetricSnapshot> snapshots) {
  impl_->exporter.export_metrics(snapshots);
}

void CloudWatchSink::stop() {
  impl_->exporter.stop();
}

}  // namespace aiokpl
