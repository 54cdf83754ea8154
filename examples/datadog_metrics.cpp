// Sends what a producer measures to Datadog. The API key comes from DD_API_KEY.
// [datadog]
#include <iostream>
#include <memory>

#include <aiokpl/aiokpl.hpp>
#include <aiokpl/datadog_sink.hpp>

using namespace std::chrono_literals;

int main() {
  auto sink = std::make_shared<aiokpl::DatadogSink>(aiokpl::DatadogSinkOptions{
      .site = "datadoghq.com",
      .metric_prefix = "aiokpl.",
      .tags = {"team:data"},
  });
  aiokpl::SyncProducer producer{{
      .region = "us-east-1",
      .metrics_level = aiokpl::MetricsLevel::summary,
      .metrics_sink = sink,
      .metrics_upload_interval = 60s,
  }};

  aiokpl::SyncOutcome outcome =
      producer.put_record({.stream = "my-stream", .partition_key = "user-123", .data = "hello"});
  std::cout << (outcome.wait().success ? "stored" : "failed") << '\n';
  producer.close();  // what was measured since the last export goes out here
}
// [datadog]
