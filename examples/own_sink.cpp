// A sink of one's own: writes what a producer has measured as one line for each series. Runs against a local Kinesis in
// the same process.
#include <chrono>
#include <iostream>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <syncstream>
#include <vector>

#include <aiokpl/aiokpl.hpp>
#include <aiokpl/emulator.hpp>

using namespace std::chrono_literals;

namespace {

// [sink]
class PrintingSink final : public aiokpl::MetricsSink {
 public:
  // Comes from a thread of the producer's own, one call at a time; producers that share a sink call it side by side.
  void export_metrics(std::span<const aiokpl::MetricSnapshot> snapshots) override {
    std::osyncstream out{std::cout};  // no line is written into another one
    for (const aiokpl::MetricSnapshot& series : snapshots) {
      out << series.name;
      for (const aiokpl::MetricDimension& dimension : series.dimensions)
        out << ' ' << dimension.name << '=' << dimension.value;
      switch (series.kind) {
        case aiokpl::MetricKind::count:
          out << " +" << series.sum;
          break;
        case aiokpl::MetricKind::gauge:
          out << " now " << series.last;
          break;
        case aiokpl::MetricKind::distribution:
          out << ' ' << series.count << " values, mean " << series.mean() << ", greatest " << series.max;
          break;
      }
      out << '\n';
    }
    // A sink that cannot take them now throws: the same series come again with the next export, and what was added.
    out << std::flush_emit;
    if (!out) throw std::runtime_error{"standard output is closed"};
  }
};
// [sink]

}  // namespace

int main() {
  aiokpl::emulator::LocalKinesis kinesis{{.streams = {{.name = "my-stream", .shards = 2}}}};
  kinesis.start();

  aiokpl::SyncProducer producer{{.endpoint_url = kinesis.endpoint_url(),
                                 .aws_access_key_id = "local",
                                 .aws_secret_access_key = "local",
                                 .metrics_level = aiokpl::MetricsLevel::detailed,
                                 .metrics_sink = std::make_shared<PrintingSink>(),
                                 .metrics_upload_interval = 1s}};
  std::vector<aiokpl::SyncOutcome> outcomes;
  for (int i = 0; i < 100; ++i) {
    const std::string key = "user-" + std::to_string(i);
    outcomes.push_back(producer.put_record({.stream = "my-stream", .partition_key = key, .data = "hello"}));
  }
  producer.flush();
  int succeeded = 0;
  for (const aiokpl::SyncOutcome& outcome : outcomes)
    succeeded += outcome.wait().success ? 1 : 0;
  producer.close();  // exports what is left, and stops the sink
  return succeeded == 100 ? 0 : 1;
}
