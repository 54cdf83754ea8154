#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <aiokpl/metrics.hpp>

#include "sinks/opentelemetry/otlp_encoder.hpp"
#include "sinks/opentelemetry/otlp_settings.hpp"
#include "sinks/web/outbox.hpp"
#include "sinks/web/web_client.hpp"

namespace aiokpl::sinks {

/// Encodes and sends. Any thread; one export after the other.
class OtlpExporter {
 public:
  /// Without a way to pause, the outbox waits a random part more or less than it is told to: many senders must not come
  /// back to a receiver at the same moment.
  explicit OtlpExporter(OtlpSettings settings, Outbox::Options outbox = {});

  /// Throws ExportDeferred, or, with nothing taken, what encoding threw.
  void export_metrics(std::span<const MetricSnapshot> snapshots, std::chrono::system_clock::time_point now);
  /// Sends what waits, and lets go of the connection. Throws ExportDeferred.
  void stop();

 private:
  void queue(std::vector<std::string> bodies);
  void deliver();
  [[nodiscard]] Delivery send(const std::string& body, std::string& remarks);

  const OtlpSettings settings_;
  std::vector<std::string> headers_;
  std::mutex mutex_;
  OtlpEncoder encoder_;
  Outbox outbox_;
  std::optional<WebClient> client_;
};

}  // namespace aiokpl::sinks
