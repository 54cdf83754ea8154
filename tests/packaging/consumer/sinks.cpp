// A program of somebody who sends metrics somewhere.
#include <iostream>
#include <memory>

#include <aiokpl/cloudwatch_sink.hpp>
#include <aiokpl/datadog_sink.hpp>
#include <aiokpl/opentelemetry_sink.hpp>
#include <aiokpl/prometheus_sink.hpp>

int main() {
  const aiokpl::CloudWatchSink cloudwatch{{.region = "us-east-1", .name_space = "test"}};
  const aiokpl::DatadogSink datadog{{.api_key = "0123456789abcdef0123456789abcdef"}};
  const aiokpl::OpenTelemetrySink opentelemetry{{.endpoint = "http://localhost:4318"}};
  const aiokpl::PrometheusSink prometheus{{.port = 0}};
  std::cout << prometheus.url() << '\n';
  return prometheus.port() != 0 ? 0 : 1;
}
