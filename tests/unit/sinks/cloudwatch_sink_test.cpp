#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <aiokpl/cloudwatch_sink.hpp>
#include <aiokpl/error.hpp>

#include "sinks/cloudwatch/exporter.hpp"
#include "unit/aws/loopback_server.hpp"
#include "unit/sinks/cloudwatch_form.hpp"
#include "unit/sinks/deferred.hpp"
#include "unit/sinks/sample_snapshots.hpp"

namespace aiokpl::sinks {
namespace {

using test::deferred;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

const MetricDimension orders{"StreamName", "orders"};

std::vector<MetricSnapshot> errors(double count, int shards = 0) {
  std::vector<MetricSnapshot> series{test::sample(metric::all_errors, {orders}, {count})};
  for (int i = 0; i < shards; ++i)
    series.push_back(test::sample(metric::all_errors, {orders, {"ShardId", std::to_string(i)}}, {1}));
  return series;
}

std::string error(std::string_view code, std::string_view message) {
  return "<ErrorResponse><Error><Code>" + std::string{code} + "</Code><Message>" + std::string{message} +
         "</Message></Error></ErrorResponse>";
}

/// A CloudWatch that answers by a script, and with 200 beyond it; an exporter whose pauses are only written down.
class CloudWatchSinkTest : public testing::Test {
 protected:
  CloudWatchExporter make(CloudWatchSinkOptions options = {}) {
    if (!options.endpoint_url) options.endpoint_url = server_.url();
    return CloudWatchExporter{std::move(options),
                              {.environment = [this](const char* name) -> std::optional<std::string> {
                                 const auto found = environment.find(name);
                                 return found == environment.end() ? std::nullopt : std::optional{found->second};
                               },
                               .clock = [] { return test::sample_end; },
                               .outbox = {.pause = [](std::chrono::milliseconds) {}}}};
  }
  std::vector<test::Request> received() const {
    const std::lock_guard lock{mutex_};
    return received_;
  }
  /// The sums that the received requests have of AllErrors without dimensions.
  std::vector<std::string> sums() const {
    std::vector<std::string> found;
    for (const test::Request& request : received()) {
      for (const test::Fields& datum : test::data_of(request.body)) {
        if (!datum.contains("Dimensions.member.1.Name")) found.push_back(datum.at("StatisticValues.Sum"));
      }
    }
    return found;
  }
  void answer(int status, std::string body) {
    const std::lock_guard lock{mutex_};
    answers_.push_back(test::http_answer(status, body));
  }

  Config producer{.region = "eu-west-1"};
  std::map<std::string, std::string> environment;

 private:
  void serve(test::Connection& connection) {
    while (auto request = connection.read_request()) {
      std::string reply = test::http_answer(200, "<PutMetricDataResponse/>");
      {
        const std::lock_guard lock{mutex_};
        received_.push_back(std::move(*request));
        if (!answers_.empty()) {
          reply = std::move(answers_.front());
          answers_.erase(answers_.begin());
        }
      }
      connection.send(reply);
    }
  }

  mutable std::mutex mutex_;
  std::vector<test::Request> received_;
  std::vector<std::string> answers_;

 protected:
  test::LoopbackServer server_{[this](test::Connection& connection) { serve(connection); }};
};

TEST_F(CloudWatchSinkTest, PostsSignedForms) {
  producer.aws_access_key_id = "AKIDEXAMPLE";
  producer.aws_secret_access_key = "secret";
  producer.aws_session_token = "token";
  CloudWatchExporter sink = make({.name_space = "app"});
  sink.start(producer);
  sink.export_metrics(errors(2));
  const auto requests = received();
  ASSERT_THAT(requests, SizeIs(1));
  const test::Request& request = requests[0];
  EXPECT_EQ(request.line, "POST / HTTP/1.1");
  EXPECT_EQ(request.headers.at("content-type"), "application/x-www-form-urlencoded; charset=utf-8");
  EXPECT_FALSE(request.headers.contains("content-encoding"));
  EXPECT_THAT(request.headers.at("user-agent"), StartsWith("aiokpl/"));
  EXPECT_EQ(request.headers.at("x-amz-date"), "20260131T120000Z");
  EXPECT_EQ(request.headers.at("x-amz-security-token"), "token");
  EXPECT_THAT(request.headers.at("authorization"),
              StartsWith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260131/eu-west-1/monitoring/aws4_request"));
  EXPECT_EQ(test::read_form(request.body).at("Namespace"), "app");
  EXPECT_THAT(sums(), ElementsAre("2"));
}

TEST_F(CloudWatchSinkTest, SignsWhatItCompressed) {
  CloudWatchExporter sink = make();
  sink.start(producer);
  sink.export_metrics(errors(1, 100));
  const auto requests = received();
  ASSERT_THAT(requests, SizeIs(1));
  const test::Request& request = requests[0];
  EXPECT_EQ(request.headers.at("content-encoding"), "gzip");
  EXPECT_TRUE(is_packed(request.body));
  std::vector<aws::HeaderView> headers;
  for (const auto& [name, value] : request.headers)
    headers.push_back({name, value});
  const codec::Piece piece = std::as_bytes(std::span{request.body});
  const std::string hash = aws::sha256_hex({&piece, 1});
  const auto check = aws::verify_signature({.headers = headers, .payload_hash = hash}, "local");
  EXPECT_EQ(check.verdict, aws::SignatureVerdict::valid) << check.message;
  EXPECT_THAT(check.authorization.signed_headers, testing::Contains("content-encoding"));
}

TEST_F(CloudWatchSinkTest, SendsLaterWhatIsThrottledAndNothingTwice) {
  CloudWatchExporter sink = make();
  sink.start(producer);
  for (int i = 0; i < 3; ++i)
    answer(400, error("Throttling", "Rate exceeded"));
  EXPECT_EQ(deferred([&] { sink.export_metrics(errors(1)); }),
            "1 request was left for the next export: HTTP status 400: Throttling: Rate exceeded");
  EXPECT_THAT(received(), SizeIs(3));
  sink.export_metrics(errors(20));
  EXPECT_THAT(sums(), ElementsAre("1", "1", "1", "1", "20"));
  EXPECT_THAT(received(), SizeIs(5));
}

TEST_F(CloudWatchSinkTest, TellsWhatIsRefused) {
  CloudWatchExporter sink = make();
  sink.start(producer);
  answer(400, error("InvalidParameterValue", "no such unit"));
  EXPECT_EQ(deferred([&] { sink.export_metrics(errors(1)); }),
            "a request was refused: HTTP status 400: InvalidParameterValue: no such unit");
  sink.export_metrics(errors(20));
  EXPECT_THAT(sums(), ElementsAre("1", "20"));
}

TEST_F(CloudWatchSinkTest, StopTriesOnceMore) {
  CloudWatchExporter sink = make();
  sink.start(producer);
  for (int i = 0; i < 6; ++i)
    answer(503, "busy");
  EXPECT_THAT(deferred([&] { sink.export_metrics(errors(1)); }), HasSubstr("HTTP status 503: busy"));
  EXPECT_THAT(deferred([&] { sink.stop(); }), StartsWith("1 request was left"));
  sink.stop();
  EXPECT_THAT(received(), SizeIs(7));
  // Another producer that shares the sink goes on, over a new connection.
  sink.export_metrics(errors(20));
  EXPECT_THAT(sums(), SizeIs(8));
  EXPECT_EQ(server_.connections(), 3);
}

TEST_F(CloudWatchSinkTest, TakesNothingWithoutCredentials) {
  CloudWatchExporter sink = make({.endpoint_url = "http://nowhere.invalid"});
  sink.start(producer);
  try {
    sink.export_metrics(errors(1));
    FAIL() << "there is nothing to sign with";
  } catch (const ExportDeferred&) {
    FAIL() << "nothing must be taken";
  } catch (const std::runtime_error& missing) {
    EXPECT_THAT(missing.what(), HasSubstr("no credentials: "));
  }
  sink.stop();  // throws where something waits
}

TEST_F(CloudWatchSinkTest, KeepsWhatItTookWhenSomethingBreaksInside) {
  bool broken = false;
  CloudWatchExporter sink{{.endpoint_url = server_.url()},
                          {.environment = [](const char*) { return std::optional<std::string>{}; },
                           .clock =
                               [&broken, asked = 0]() mutable {
                                 // The first look is for the credentials, before anything is taken.
                                 if (broken && asked++ != 0) throw std::runtime_error{"no clock"};
                                 return test::sample_end;
                               },
                           .outbox = {.pause = [](std::chrono::milliseconds) {}}}};
  sink.start(producer);
  broken = true;
  EXPECT_EQ(deferred([&] { sink.export_metrics(errors(1)); }), "1 request was left for the next export: no clock");
  broken = false;
  sink.export_metrics(errors(20));
  EXPECT_THAT(sums(), ElementsAre("1", "20"));
}

TEST_F(CloudWatchSinkTest, KeepsWhatAnUnreachableServiceShouldHave) {
  const std::string nobody = "http://127.0.0.1:" + std::to_string(test::refusing_port());
  CloudWatchExporter sink = make({.endpoint_url = nobody});
  sink.start(producer);
  EXPECT_THAT(deferred([&] { sink.export_metrics(errors(1)); }),
              StartsWith("1 request was left for the next export: "));
  EXPECT_THAT(deferred([&] { sink.stop(); }), StartsWith("1 request was left for the next export: "));
}

TEST_F(CloudWatchSinkTest, NeedsAStartThatMayFailAtFirst) {
  CloudWatchExporter sink = make();
  EXPECT_THROW(sink.export_metrics(errors(1)), std::logic_error);
  sink.stop();
  environment["AWS_ENDPOINT_URL_CLOUDWATCH"] = "nonsense";
  CloudWatchExporter other{{}, {.environment = [this](const char* name) -> std::optional<std::string> {
                             const auto found = environment.find(name);
                             return found == environment.end() ? std::nullopt : std::optional{found->second};
                           }}};
  EXPECT_THROW(other.start(producer), ConfigError);
  environment["AWS_ENDPOINT_URL_CLOUDWATCH"] = server_.url();
  other.start(producer);
  other.export_metrics(errors(4));
  EXPECT_THAT(sums(), ElementsAre("4"));
}

TEST_F(CloudWatchSinkTest, LeavesOwnDimensionsOutOfCoarserLevels) {
  producer.additional_dimensions = {{"Host", "a"}, {"Team", "b", MetricsGranularity::stream}};
  CloudWatchExporter sink = make();
  sink.start(producer);
  const std::vector<MetricSnapshot> series{
      test::sample(metric::all_errors, {{"Host", "a"}, {"Team", "b"}, orders}, {1})};
  sink.export_metrics(series);
  std::vector<std::string> seen;
  for (const test::Fields& datum : test::data_of(received().at(0).body)) {
    std::string dimensions;
    for (const auto& [name, value] : datum) {
      if (name.starts_with("Dimensions.") && name.ends_with(".Name")) dimensions += value + ",";
    }
    seen.push_back(dimensions);
  }
  EXPECT_THAT(seen, ElementsAre("Host,", "Host,Team,StreamName,"));
}

TEST_F(CloudWatchSinkTest, IsSharedByProducers) {
  CloudWatchSink sink{{.endpoint_url = server_.url()}};
  std::vector<std::thread> producers;
  for (int i = 0; i < 4; ++i) {
    producers.emplace_back([&sink, this] {
      sink.start(producer);
      for (int n = 0; n < 10; ++n)
        sink.export_metrics(errors(1));
      sink.stop();
    });
  }
  for (std::thread& thread : producers)
    thread.join();
  EXPECT_EQ(sums(), std::vector<std::string>(40, "1"));
}

TEST_F(CloudWatchSinkTest, SendsNothingWhereThereIsNothing) {
  CloudWatchExporter sink = make();
  sink.start(producer);
  sink.export_metrics({});
  sink.stop();
  EXPECT_THAT(received(), IsEmpty());
}

TEST(CloudWatchSinkOptions, WrongOnesAreRefusedAtOnce) {
  EXPECT_THROW(CloudWatchSink({.name_space = "AWS/Kinesis"}), ConfigError);
}

}  // namespace
}  // namespace aiokpl::sinks
