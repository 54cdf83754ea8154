#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include <aiokpl/config.hpp>
#include <aiokpl/metrics.hpp>

#include "aws/environment.hpp"
#include "aws/http_client.hpp"
#include "sinks/datadog/gathering.hpp"
#include "sinks/datadog/requests.hpp"
#include "sinks/datadog/settings.hpp"
#include "sinks/web/outbox.hpp"
#include "sinks/web/web_client.hpp"

namespace aiokpl::sinks {

/// What a DatadogSink does. Any thread.
class DatadogExporter {
 public:
  explicit DatadogExporter(DatadogSettings settings, Outbox::Options outbox = {},
                           aws::Environment environment = aws::process_environment());

  void start(const Config& producer);
  void export_metrics(std::span<const MetricSnapshot> snapshots);
  void stop();

 private:
  /// Makes requests of what was gathered, and puts them into the outbox.
  void post_gathered(Gathering gathered);
  void deliver();
  /// Made when there is something to send.
  [[nodiscard]] WebClient& client();
  [[nodiscard]] Delivery send(const std::string& parcel);
  /// What became of a request, in words that hold no key.
  [[nodiscard]] std::string reason_of(const aws::HttpCompletion& completion, std::size_t bytes) const;
  [[nodiscard]] std::vector<std::string> headers_for(DatadogIntake intake) const;

  DatadogSettings settings_;
  DatadogRequestOptions request_options_;

  const aws::Environment environment_;

  std::mutex mutex_;
  Gathering gathering_;
  /// Parcels: a byte that says which intake, and the body.
  Outbox outbox_;
  aws::HttpOptions http_;
  std::unique_ptr<WebClient> client_;
  int producers_ = 0;
};

}  // namespace aiokpl::sinks
