#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <aiokpl/config.hpp>
#include <aiokpl/datadog_sink.hpp>
#include <aiokpl/error.hpp>

#include "sinks/datadog/exporter.hpp"
#include "unit/aws/loopback_server.hpp"
#include "unit/sinks/deferred.hpp"
#include "unit/sinks/inflated.hpp"
#include "unit/sinks/sample_snapshots.hpp"

namespace aiokpl::sinks {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::deferred;
using test::http_answer;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const std::string api_key = "s3cret-api-key";
const std::string app_key = "s3cret-app-key";
const std::string series_line = "POST /api/v2/series HTTP/1.1";
const std::string distributions_line = "POST /api/v1/distribution_points HTTP/1.1";

/// Takes requests, and answers with what was written down for them, then with Datadog's own answer.
class Receiver {
 public:
  explicit Receiver(std::vector<std::string> answers = {})
      : answers_{std::move(answers)}, server_{[this](test::Connection& connection) { serve(connection); }} {}

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
  [[nodiscard]] int connections() const { return server_.connections(); }
  [[nodiscard]] std::vector<test::Request> requests() const {
    const std::lock_guard lock{mutex_};
    return requests_;
  }
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> lines;
    for (const test::Request& request : requests())
      lines.push_back(request.line);
    return lines;
  }

  /// Of a count, over all that was sent.
  [[nodiscard]] double sum_of(const std::string& metric) const {
    double sum = 0;
    for (const test::Request& request : requests()) {
      if (request.line != series_line) continue;
      const json body = json::parse(test::inflated(request.body));
      for (const json& series : body.at("series")) {
        if (series["metric"] == metric) sum += series["points"][0]["value"].get<double>();
      }
    }
    return sum;
  }

 private:
  void serve(test::Connection& connection) {
    while (auto request = connection.read_request()) {
      std::string answer = http_answer(202, R"({"errors":[]})");
      {
        const std::lock_guard lock{mutex_};
        requests_.push_back(std::move(*request));
        if (!answers_.empty()) {
          answer = answers_.front();
          answers_.erase(answers_.begin());
        }
      }
      // No answer at all.
      if (answer.empty()) return connection.await_close();
      connection.send(answer);
    }
  }

  mutable std::mutex mutex_;
  std::vector<std::string> answers_;
  std::vector<test::Request> requests_;
  test::LoopbackServer server_;
};

DatadogSettings settings_for(const std::string& url) {
  return {.api_key = api_key,
          .app_key = app_key,
          .endpoint_url = url,
          .metric_prefix = "aiokpl.",
          .max_values_per_point = 1'000};
}

DatadogExporter exporter_for(const std::string& url) {
  return DatadogExporter{settings_for(url), {.pause = [](std::chrono::milliseconds) {}}};
}

std::vector<MetricSnapshot> one_count(double value, std::chrono::seconds later = 0s) {
  MetricSnapshot count = test::sample(metric::user_records_put, {}, {value});
  count.window_start += later;
  count.window_end += later;
  return {count};
}

TEST(DatadogExporter, SendsEachKindWhereItBelongs) {
  const Receiver receiver;
  DatadogExporter exporter = exporter_for(receiver.url());
  exporter.export_metrics(test::sample_snapshots());
  const auto requests = receiver.requests();
  EXPECT_THAT(receiver.lines(), ElementsAre(series_line, distributions_line));
  for (const test::Request& request : requests) {
    const auto& headers = request.headers;
    EXPECT_EQ(headers.at("dd-api-key"), api_key);
    EXPECT_EQ(headers.at("dd-application-key"), app_key);
    EXPECT_EQ(headers.at("content-type"), request.line == series_line ? "application/json" : "text/json");
    EXPECT_EQ(headers.at("content-encoding"), request.line == series_line ? "gzip" : "deflate");
    EXPECT_THAT(headers.at("user-agent"), HasSubstr("aiokpl/"));
    EXPECT_FALSE(json::parse(test::inflated(request.body)).at("series").empty());
  }
}

TEST(DatadogExporter, SendsNothingWhenThereIsNothing) {
  const Receiver receiver;
  DatadogExporter exporter = exporter_for(receiver.url());
  exporter.export_metrics({});
  exporter.stop();
  EXPECT_THAT(receiver.lines(), IsEmpty());
}

TEST(DatadogExporter, SendsNothingTwiceAfterItWasTaken) {
  const std::string busy = http_answer(429, "slow down");
  // The first request is taken, the second one not in this export.
  const Receiver receiver{{http_answer(202, "{}"), busy, busy, busy}};
  DatadogExporter exporter = exporter_for(receiver.url());
  EXPECT_THAT(deferred([&] { exporter.export_metrics(test::sample_snapshots()); }),
              AllOf(HasSubstr("1 request was left"), HasSubstr("429"), HasSubstr("slow down")));
  EXPECT_THAT(receiver.lines(), ElementsAre(series_line, distributions_line, distributions_line, distributions_line));
  EXPECT_EQ(deferred([&] { exporter.export_metrics({}); }), "");
  EXPECT_THAT(receiver.lines(), SizeIs(5));
  EXPECT_EQ(receiver.requests()[4].body, receiver.requests()[1].body);
  EXPECT_EQ(deferred([&] { exporter.stop(); }), "");
  EXPECT_THAT(receiver.lines(), SizeIs(5));
}

TEST(DatadogExporter, TriesAgainAtOnce) {
  const Receiver receiver{{http_answer(503, ""), http_answer(429, "")}};
  DatadogExporter exporter = exporter_for(receiver.url());
  EXPECT_EQ(deferred([&] { exporter.export_metrics(one_count(5)); }), "");
  EXPECT_THAT(receiver.requests(), SizeIs(3));
}

TEST(DatadogExporter, KeepsAllOfItWhileNobodyListens) {
  DatadogExporter exporter = exporter_for("http://127.0.0.1:" + std::to_string(test::refusing_port()));
  EXPECT_THAT(deferred([&] { exporter.export_metrics(one_count(5)); }), HasSubstr("1 request was left"));
  EXPECT_THAT(deferred([&] { exporter.export_metrics(one_count(5, 60s)); }), HasSubstr("2 requests were left"));
  EXPECT_THAT(deferred([&] { exporter.stop(); }), HasSubstr("2 requests were left"));
}

TEST(DatadogExporter, GivesUpOnAReceiverThatStalls) {
  const Receiver receiver{{"", "", "", ""}};
  DatadogExporter exporter = exporter_for(receiver.url());
  exporter.start(Config{.request_timeout = 100ms});
  const auto before = std::chrono::steady_clock::now();
  EXPECT_THAT(deferred([&] { exporter.export_metrics(one_count(5)); }), HasSubstr("1 request was left"));
  EXPECT_THAT(receiver.requests(), SizeIs(3));
  // By the default each of the three would have been waited for as long as this.
  EXPECT_LT(std::chrono::steady_clock::now() - before, Config{}.request_timeout);
}

TEST(DatadogExporter, TakesGarbageForNoAnswer) {
  const Receiver receiver{{"garbage\r\n\r\n"}};
  DatadogExporter exporter = exporter_for(receiver.url());
  exporter.start(Config{.request_timeout = 2s});
  EXPECT_EQ(deferred([&] { exporter.export_metrics(one_count(5)); }), "");
  EXPECT_THAT(receiver.requests(), SizeIs(2));
}

TEST(DatadogExporter, TakesAnyBodyOfAGoodAnswer) {
  const Receiver receiver{{http_answer(202, "\x01 not json"), http_answer(200, R"({"errors":"none"})")}};
  DatadogExporter exporter = exporter_for(receiver.url());
  EXPECT_EQ(deferred([&] { exporter.export_metrics(test::sample_snapshots()); }), "");
  EXPECT_THAT(receiver.requests(), SizeIs(2));
}

// An answer that repeats the request must not bring the keys into a log.
TEST(DatadogExporter, SaysInWordsWithoutKeysWhatWasRefused) {
  const Receiver receiver{{http_answer(403, R"({"errors":["Forbidden: )" + api_key + " " + app_key + R"("]})")}};
  DatadogExporter exporter = exporter_for(receiver.url());
  EXPECT_THAT(deferred([&] { exporter.export_metrics(one_count(5)); }),
              AllOf(HasSubstr("was refused"), HasSubstr("API key"), HasSubstr("403"), HasSubstr("Forbidden"),
                    Not(HasSubstr("s3cret"))));
  EXPECT_EQ(deferred([&] { exporter.stop(); }), "");
  EXPECT_THAT(receiver.requests(), SizeIs(1));
}

TEST(DatadogExporter, SaysWhatIsTooLarge) {
  const Receiver receiver{{http_answer(413, "")}};
  DatadogExporter exporter = exporter_for(receiver.url());
  EXPECT_THAT(deferred([&] { exporter.export_metrics(one_count(5)); }), HasSubstr("bytes are too large"));
}

TEST(DatadogExporter, SaysWhatWasTakenWithErrors) {
  const Receiver receiver{{http_answer(202, R"({"errors":["too old: )" + api_key + R"("]})")}};
  DatadogExporter exporter = exporter_for(receiver.url());
  EXPECT_THAT(deferred([&] { exporter.export_metrics(one_count(5)); }),
              AllOf(HasSubstr("too old"), Not(HasSubstr("s3cret"))));
  EXPECT_THAT(receiver.requests(), SizeIs(1));
}

TEST(DatadogExporter, SendsAtTheEndWhatWaitedForASecondOfItsOwn) {
  const Receiver receiver;
  DatadogExporter exporter = exporter_for(receiver.url());
  exporter.start(Config{});
  exporter.export_metrics(one_count(5));
  exporter.export_metrics(one_count(7));
  EXPECT_EQ(receiver.sum_of("aiokpl.UserRecordsPut"), 5);
  exporter.stop();
  EXPECT_EQ(receiver.sum_of("aiokpl.UserRecordsPut"), 12);
}

TEST(DatadogExporter, IsSharedByProducers) {
  const Receiver receiver;
  DatadogExporter exporter = exporter_for(receiver.url());
  constexpr int producers = 4;
  constexpr int exports = 25;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < producers; ++i) {
      threads.emplace_back([&exporter] {
        exporter.start(Config{});
        for (int second = 0; second < exports; ++second)
          exporter.export_metrics(one_count(1, std::chrono::seconds{second}));
        exporter.stop();
      });
    }
  }
  EXPECT_EQ(receiver.sum_of("aiokpl.UserRecordsPut"), producers * exports);
  std::vector<std::int64_t> seconds;
  for (const test::Request& request : receiver.requests())
    seconds.push_back(json::parse(test::inflated(request.body))["series"][0]["points"][0]["timestamp"]);
  std::ranges::sort(seconds);
  EXPECT_EQ(std::ranges::adjacent_find(seconds), seconds.end()) << "no second has two points";
}

TEST(DatadogExporter, LetsGoOfItsConnectionWhenNoProducerIsLeft) {
  const Receiver receiver;
  DatadogExporter exporter = exporter_for(receiver.url());
  exporter.start(Config{});
  exporter.start(Config{});
  exporter.export_metrics(one_count(1));
  exporter.stop();
  exporter.export_metrics(one_count(1, 60s));
  EXPECT_EQ(receiver.connections(), 1);
  exporter.stop();
  exporter.export_metrics(one_count(1, 120s));
  EXPECT_EQ(receiver.connections(), 2);
}

TEST(DatadogSink, IsWhatUsersMakeOfIt) {
  const Receiver receiver;
  DatadogSink sink{{.api_key = "k3y", .endpoint_url = receiver.url(), .metric_prefix = "my."}};
  sink.start(Config{});
  sink.export_metrics(one_count(5));
  sink.stop();
  EXPECT_EQ(receiver.sum_of("my.UserRecordsPut"), 5);
  EXPECT_EQ(receiver.requests().at(0).headers.at("dd-api-key"), "k3y");
}

TEST(DatadogSink, RefusesWrongOptions) {
  EXPECT_THROW((DatadogSink{{.api_key = "k", .site = "?"}}), ConfigError);
}

}  // namespace
}  // namespace aiokpl::sinks
