#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <aiokpl/aiokpl.hpp>
#include <aiokpl/cloudwatch_sink.hpp>
#include <aiokpl/datadog_sink.hpp>
#include <aiokpl/emulator.hpp>
#include <aiokpl/opentelemetry_sink.hpp>

#include "integration/waiting.hpp"
#include "unit/aws/loopback_server.hpp"
#include "unit/sinks/inflated.hpp"

// Receivers of metrics that are killed, that stall and that talk nonsense, while records flow.
namespace aiokpl {
namespace {

using namespace std::chrono_literals;

enum class Mood { well, gone, silent, noisy, refusing };

// A receiver in one of its moods; what it took in, it keeps.
class Receiver {
 public:
  /// With `keeps_bodies`, for `sum`.
  explicit Receiver(bool keeps_bodies = false)
      : keeps_bodies_{keeps_bodies}, server_{[this](test::Connection& connection) { serve(connection); }} {}

  void set(Mood mood) { mood_ = mood; }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
  [[nodiscard]] int met(Mood mood) const { return met_[static_cast<std::size_t>(mood)]; }
  [[nodiscard]] int taken() const { return taken_; }
  /// Counts of the metric, as Datadog gets them.
  [[nodiscard]] double sum(const std::string& metric) const {
    const std::lock_guard lock{mutex_};
    double sum = 0;
    for (const nlohmann::json& body : bodies_) {
      for (const auto& series : body.value("series", nlohmann::json::array())) {
        if (series.at("metric") != metric) continue;
        for (const auto& point : series.at("points"))
          sum += point.at("value").get<double>();
      }
    }
    return sum;
  }

 private:
  void serve(test::Connection& connection) {
    while (const auto request = connection.read_request()) {
      const Mood mood = mood_;
      ++met_[static_cast<std::size_t>(mood)];
      switch (mood) {
        case Mood::gone:
          connection.reset();
          return;
        case Mood::silent:
          connection.await_close();
          return;
        case Mood::noisy:
          connection.send("\x16\x03\x01 this is no HTTP\r\n\r\n");
          return;
        case Mood::refusing:
          connection.send(test::http_answer(503, "{\"errors\":[\"busy\"]}"));
          break;
        case Mood::well:
          take(request->body);
          connection.send(test::http_answer(202, "{\"errors\":[]}", "Content-Type: application/json\r\n"));
          break;
      }
    }
  }
  void take(const std::string& body) {
    ++taken_;
    const std::lock_guard lock{mutex_};
    if (keeps_bodies_) bodies_.push_back(nlohmann::json::parse(test::inflated(body)));
  }

  const bool keeps_bodies_;
  std::atomic<Mood> mood_ = Mood::well;
  std::array<std::atomic<int>, 5> met_{};
  std::atomic<int> taken_ = 0;
  mutable std::mutex mutex_;
  std::vector<nlohmann::json> bodies_;
  test::LoopbackServer server_;
};

class MetricsReceivers : public ::testing::Test {
 protected:
  MetricsReceivers() : kinesis_{{.streams = {{.name = "orders", .shards = 2}}}} { kinesis_.start(); }

  [[nodiscard]] Config config(std::shared_ptr<MetricsSink> sink) const {
    return {.endpoint_url = kinesis_.endpoint_url(),
            .aws_access_key_id = "key",
            .aws_secret_access_key = "secret",
            .metrics_level = MetricsLevel::detailed,
            .metrics_sink = std::move(sink),
            .metrics_upload_interval = 5ms,
            .connect_timeout = 200ms,
            .request_timeout = 200ms};
  }

  // Records flow through every mood of the receiver: each is stored, and none waits for the receiver.
  static std::uint64_t flow(SyncProducer& producer, Receiver& receiver) {
    std::uint64_t put = 0;
    for (const Mood mood : {Mood::gone, Mood::silent, Mood::noisy, Mood::refusing, Mood::well}) {
      receiver.set(mood);
      const int before = receiver.met(mood);
      EXPECT_TRUE(testing::eventually([&] {
        std::vector<SyncOutcome> outcomes;
        for (int i = 0; i < 20; ++i) {
          outcomes.push_back(producer.put_record({.stream = "orders", .data = "a record"}));
          ++put;
        }
        producer.flush("orders", 10s);
        for (const SyncOutcome& outcome : outcomes)
          EXPECT_TRUE(outcome.wait(0s).success);
        return receiver.met(mood) > before;
      })) << static_cast<int>(mood);
    }
    return put;
  }

  emulator::LocalKinesis kinesis_;
};

TEST_F(MetricsReceivers, DatadogGetsEachObservationOnceWhateverItsMoods) {
  Receiver receiver{true};
  std::uint64_t put = 0;
  {
    SyncProducer producer{
        config(std::make_shared<DatadogSink>(DatadogSinkOptions{.api_key = "key", .endpoint_url = receiver.url()}))};
    put = flow(producer, receiver);
    EXPECT_GT(producer.metrics().failed_exports(), 0U);
  }
  EXPECT_EQ(receiver.sum("aiokpl.UserRecordsPut"), static_cast<double>(put));
  EXPECT_EQ(receiver.sum("aiokpl.UserRecordsReceived"), static_cast<double>(put));
}

TEST_F(MetricsReceivers, CloudWatchMayDoAsItLikes) {
  Receiver receiver;
  const auto sink =
      std::make_shared<CloudWatchSink>(CloudWatchSinkOptions{.region = "us-east-1", .endpoint_url = receiver.url()});
  SyncProducer producer{config(sink)};
  const std::uint64_t put = flow(producer, receiver);
  const int taken = receiver.taken();
  EXPECT_TRUE(testing::eventually([&] { return receiver.taken() > taken; })) << "it is sent to again";
  EXPECT_EQ(producer.metrics().snapshot({.name = "UserRecordsPut"})->sum, static_cast<double>(put));
}

TEST_F(MetricsReceivers, OpenTelemetryMayDoAsItLikes) {
  Receiver receiver;
  const auto sink =
      std::make_shared<OpenTelemetrySink>(OpenTelemetrySinkOptions{.endpoint = receiver.url(), .timeout = 200ms});
  SyncProducer producer{config(sink)};
  const std::uint64_t put = flow(producer, receiver);
  const int taken = receiver.taken();
  EXPECT_TRUE(testing::eventually([&] { return receiver.taken() > taken; })) << "it is sent to again";
  EXPECT_EQ(producer.metrics().snapshot({.name = "UserRecordsPut"})->sum, static_cast<double>(put));
}

TEST_F(MetricsReceivers, AClosedPortHoldsUpNothing) {
  Config chosen = config(std::make_shared<OpenTelemetrySink>(
      OpenTelemetrySinkOptions{.endpoint = "http://127.0.0.1:" + std::to_string(test::refusing_port())}));
  const auto start = std::chrono::steady_clock::now();
  {
    SyncProducer producer{chosen};
    EXPECT_TRUE(producer.put_record({.stream = "orders", .data = "a record"}).wait(10s).success);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, 15s);
}

}  // namespace
}  // namespace aiokpl
