#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <aiokpl/cloudwatch_sink.hpp>
#include <aiokpl/config.hpp>

#include "aws/environment.hpp"
#include "aws/sigv4.hpp"
#include "sinks/cloudwatch/requests.hpp"
#include "sinks/cloudwatch/settings.hpp"
#include "sinks/web/outbox.hpp"
#include "sinks/web/web_client.hpp"

namespace aiokpl::sinks {

/// Signs requests and carries them to CloudWatch. For one thread at a time.
class CloudWatchClient {
 public:
  using Clock = std::function<std::chrono::system_clock::time_point()>;

  CloudWatchClient(CloudWatchAccess access, Clock clock);

  /// Throws std::runtime_error, in words, when there is nothing to sign with.
  void require_credentials() const;
  /// A body of `put_metric_data`, packed or not.
  [[nodiscard]] Delivery send(const std::string& body);
  /// Closes the connection; the next `send` opens one.
  void disconnect() { web_.reset(); }

 private:
  [[nodiscard]] std::vector<std::string> signed_headers(const std::string& body, const aws::Credentials& credentials,
                                                        std::chrono::system_clock::time_point now);

  CloudWatchAccess access_;
  Clock clock_;
  aws::Signer signer_;
  std::optional<WebClient> web_;
};

/// CloudWatchSink, with what tests replace.
class CloudWatchExporter {
 public:
  struct Surroundings {
    aws::Environment environment = aws::process_environment();
    CloudWatchClient::Clock clock = [] { return std::chrono::system_clock::now(); };
    Outbox::Options outbox = {};
  };

  CloudWatchExporter(CloudWatchSinkOptions options, Surroundings surroundings);

  void start(const Config& producer);
  void export_metrics(std::span<const MetricSnapshot> snapshots);
  void stop();

 private:
  void deliver();

  const CloudWatchSinkOptions options_;
  const RequestSettings request_settings_;
  Surroundings surroundings_;
  std::mutex mutex_;
  std::optional<CloudWatchClient> client_;
  std::vector<AdditionalDimension> additional_;
  Outbox outbox_;
};

}  // namespace aiokpl::sinks
