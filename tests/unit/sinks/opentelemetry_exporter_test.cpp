#include <cstdint>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <aiokpl/opentelemetry_sink.hpp>
#include <aiokpl/version.hpp>

#include "sinks/opentelemetry/otlp_answer.hpp"
#include "sinks/opentelemetry/otlp_exporter.hpp"
#include "sinks/opentelemetry/protobuf_writer.hpp"
#include "unit/aws/loopback_server.hpp"
#include "unit/sinks/deferred.hpp"
#include "unit/sinks/inflated.hpp"
#include "unit/sinks/otlp_reader.hpp"
#include "unit/sinks/sample_snapshots.hpp"

namespace aiokpl::sinks {
namespace {

using namespace std::chrono_literals;
using test::deferred;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using Verdict = Delivery::Verdict;

// A receiver that keeps what came, and answers by a script: with nothing once that is used up, which is success.
class Receiver {
 public:
  explicit Receiver(std::vector<std::string> answers = {}, const test::Certificate* certificate = nullptr)
      : answers_{std::move(answers)},
        server_{[this](test::Connection& connection) {
                  while (const auto request = connection.read_request())
                    connection.send(take(*request));
                },
                certificate} {}

  [[nodiscard]] std::string url(std::string_view host = "127.0.0.1") const { return server_.url(host); }
  [[nodiscard]] int connections() const { return server_.connections(); }
  [[nodiscard]] std::vector<test::Request> requests() const {
    const std::lock_guard lock{mutex_};
    return requests_;
  }

 private:
  std::string take(const test::Request& request) {
    const std::lock_guard lock{mutex_};
    requests_.push_back(request);
    if (answers_.empty()) return test::http_answer(200, "", "Content-Type: application/x-protobuf\r\n");
    const std::string answer = answers_.front();
    answers_.erase(answers_.begin());
    return answer;
  }

  mutable std::mutex mutex_;
  std::vector<std::string> answers_;
  std::vector<test::Request> requests_;
  test::LoopbackServer server_;
};

std::string failure(int status, std::string_view message) {
  ProtobufWriter body;
  body.varint(1, 3);
  body.bytes(2, message);
  return test::http_answer(status, body.str(), "Content-Type: application/x-protobuf\r\n");
}

std::string partial_success(std::uint64_t rejected, std::string_view message) {
  ProtobufWriter partial;
  partial.varint(1, rejected);
  partial.bytes(2, message);
  ProtobufWriter body;
  body.message(1, partial);
  return test::http_answer(200, body.str(), "Content-Type: application/x-protobuf\r\n");
}

class OtlpExporterTest : public testing::Test {
 protected:
  OtlpSettings settings(const std::string& base, OtlpTemporality temporality = OtlpTemporality::delta) {
    return {.url = base + "v1/metrics",
            .headers = {"api-key: s3cret"},
            .timeout = 10s,
            .temporality = temporality,
            .instrument_prefix = "aiokpl.",
            .resource = {{"service.name", "shop"}}};
  }
  OtlpExporter make(OtlpSettings given) {
    return OtlpExporter{std::move(given), {.pause = [this](std::chrono::milliseconds) { ++pauses; }}};
  }
  static std::string feed(OtlpExporter& exporter, const std::vector<MetricSnapshot>& snapshots) {
    return deferred([&] { exporter.export_metrics(snapshots, test::sample_end); });
  }
  static std::vector<MetricSnapshot> received(double records) {
    return {test::sample(metric::user_records_received, {{"StreamName", "orders"}}, {records})};
  }
  static std::int64_t value(const test::Request& request) {
    return test::read_otlp_request(request.body).metric("aiokpl.UserRecordsReceived").points.at(0).as_int.value();
  }

  int pauses = 0;
};

TEST_F(OtlpExporterTest, PostsOneRequestWithItsHeaders) {
  Receiver receiver;
  OtlpExporter exporter = make(settings(receiver.url()));
  EXPECT_EQ(feed(exporter, test::sample_snapshots()), "");
  EXPECT_EQ(feed(exporter, test::sample_snapshots()), "");
  const auto requests = receiver.requests();
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_EQ(requests[0].line, "POST /v1/metrics HTTP/1.1");
  EXPECT_EQ(requests[0].headers.at("content-type"), "application/x-protobuf");
  EXPECT_EQ(requests[0].headers.at("api-key"), "s3cret");
  EXPECT_EQ(requests[0].headers.at("user-agent"), "aiokpl/" + std::string{version});
  EXPECT_FALSE(requests[0].headers.contains("content-encoding"));
  EXPECT_EQ(test::read_otlp_request(requests[0].body).metric("aiokpl.UserRecordsPut").points.size(), 3U);
  EXPECT_EQ(receiver.connections(), 1);  // kept alive
}

TEST_F(OtlpExporterTest, CompressesWhereItIsToldTo) {
  Receiver receiver;
  OtlpSettings given = settings(receiver.url());
  given.compression = OtlpCompression::gzip;
  OtlpExporter exporter = make(given);
  EXPECT_EQ(feed(exporter, test::sample_snapshots()), "");
  const test::Request request = receiver.requests().at(0);
  EXPECT_EQ(request.headers.at("content-encoding"), "gzip");
  EXPECT_EQ(test::read_otlp_request(test::inflated(request.body)).metric("aiokpl.UserRecordsPut").points.size(), 3U);
}

TEST_F(OtlpExporterTest, TriesAgainWhatIsForLater) {
  Receiver receiver{{failure(429, "slow down"), failure(503, "busy")}};
  OtlpExporter exporter = make(settings(receiver.url()));
  EXPECT_EQ(feed(exporter, received(5)), "");
  EXPECT_THAT(receiver.requests(), SizeIs(3));
  EXPECT_EQ(pauses, 2);
}

TEST_F(OtlpExporterTest, KeepsWhatWasNotTakenAndSendsItOnceBeforeTheNext) {
  Receiver receiver{{failure(503, "busy"), failure(503, "busy"), failure(503, "busy")}};
  OtlpExporter exporter = make(settings(receiver.url()));
  EXPECT_THAT(feed(exporter, received(5)), AllOf(HasSubstr("HTTP status 503: busy"), Not(HasSubstr("s3cret"))));
  EXPECT_EQ(feed(exporter, received(6)), "");
  const auto requests = receiver.requests();
  ASSERT_THAT(requests, SizeIs(5));
  EXPECT_EQ(value(requests[3]), 5);
  EXPECT_EQ(value(requests[4]), 6);
}

TEST_F(OtlpExporterTest, DoesNotTryAgainWhatIsRefused) {
  Receiver receiver{{failure(400, "bad\ndata")}};
  OtlpExporter exporter = make(settings(receiver.url()));
  EXPECT_THAT(feed(exporter, received(5)), HasSubstr("refused: HTTP status 400: bad data"));
  EXPECT_EQ(feed(exporter, received(6)), "");
  const auto requests = receiver.requests();
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_EQ(value(requests[1]), 6);
}

TEST_F(OtlpExporterTest, ALostRequestIsMadeGoodWhereSeriesAreCumulative) {
  Receiver receiver{{failure(500, "broken")}};
  OtlpExporter exporter = make(settings(receiver.url(), OtlpTemporality::cumulative));
  EXPECT_THAT(feed(exporter, received(5)), HasSubstr("refused"));
  EXPECT_EQ(feed(exporter, received(6)), "");
  EXPECT_EQ(value(receiver.requests().at(1)), 11);
}

TEST_F(OtlpExporterTest, TellsOfRejectedPointsAndDoesNotSendThemAgain) {
  Receiver receiver{{partial_success(3, "too old")}};
  OtlpExporter exporter = make(settings(receiver.url()));
  EXPECT_EQ(feed(exporter, received(5)), "the receiver rejected 3 data points: too old");
  EXPECT_EQ(deferred([&] { exporter.stop(); }), "");
  EXPECT_THAT(receiver.requests(), SizeIs(1));
}

TEST_F(OtlpExporterTest, WaitsForAReceiverThatIsAway) {
  OtlpExporter exporter = make(settings("http://127.0.0.1:" + std::to_string(test::refusing_port()) + "/"));
  EXPECT_THAT(feed(exporter, received(5)), HasSubstr("1 request was left"));
  EXPECT_EQ(pauses, 2);
  EXPECT_THAT(deferred([&] { exporter.stop(); }), HasSubstr("1 request was left"));
}

TEST_F(OtlpExporterTest, StopSendsWhatWaitsAndExportsMayFollow) {
  Receiver receiver{{failure(503, ""), failure(503, ""), failure(503, "")}};
  OtlpExporter exporter = make(settings(receiver.url()));
  EXPECT_NE(feed(exporter, received(5)), "");
  EXPECT_EQ(deferred([&] { exporter.stop(); }), "");
  EXPECT_EQ(deferred([&] { exporter.stop(); }), "");
  EXPECT_EQ(feed(exporter, received(6)), "");
  const auto requests = receiver.requests();
  ASSERT_THAT(requests, SizeIs(5));
  EXPECT_EQ(value(requests[3]), 5);
  EXPECT_EQ(value(requests[4]), 6);
  EXPECT_EQ(receiver.connections(), 2);  // stop closed the first
}

TEST_F(OtlpExporterTest, ProducersMayShareOne) {
  Receiver receiver;
  OtlpExporter exporter = make(settings(receiver.url(), OtlpTemporality::cumulative));
  constexpr int each = 20;
  {
    std::vector<std::jthread> producers;
    for (int producer = 0; producer < 4; ++producer) {
      producers.emplace_back([&] {
        for (int i = 0; i < each; ++i)
          exporter.export_metrics(received(1), test::sample_end);
      });
    }
  }
  std::set<std::int64_t> values;
  for (const test::Request& request : receiver.requests())
    values.insert(value(request));
  EXPECT_THAT(values, SizeIs(4 * each));
  EXPECT_EQ(*values.rbegin(), 4 * each);
}

TEST_F(OtlpExporterTest, TrustsTheCertificateThatItIsGivenAndNoOther) {
  const test::Certificate certificate;
  const std::string path = testing::TempDir() + "opentelemetry_exporter_test_" + std::to_string(getpid()) + ".pem";
  std::ofstream{path} << certificate.pem;
  Receiver receiver{{}, &certificate};
  OtlpSettings given = settings(receiver.url("localhost"));
  OtlpExporter distrustful = make(given);
  EXPECT_THAT(feed(distrustful, received(5)), HasSubstr("1 request was left"));
  EXPECT_THAT(receiver.requests(), IsEmpty());
  given.certificate = path;
  OtlpExporter trusting = make(given);
  EXPECT_EQ(feed(trusting, received(5)), "");
  EXPECT_THAT(receiver.requests(), SizeIs(1));
  std::filesystem::remove(path);
}

TEST(OtlpAnswer, FollowsTheProtocolsListOfStatuses) {
  for (const int status : {429, 502, 503, 504})
    EXPECT_EQ(read_otlp_answer({.response = {.status = status}}).delivery.verdict, Verdict::later) << status;
  for (const int status : {301, 400, 401, 404, 408, 413, 500, 501, 505})
    EXPECT_EQ(read_otlp_answer({.response = {.status = status}}).delivery.verdict, Verdict::refused) << status;
  EXPECT_EQ(read_otlp_answer({.response = {.status = 200}}).delivery.verdict, Verdict::delivered);
  const OtlpAnswer broken = read_otlp_answer({.error = aws::HttpError::reset, .error_message = "closed"});
  EXPECT_EQ(broken.delivery.verdict, Verdict::later);
  EXPECT_EQ(broken.delivery.reason, "closed");
}

TEST(OtlpAnswer, ReadsTextWhereThereIsNoProtobuf) {
  const OtlpAnswer answer =
      read_otlp_answer({.response = {.status = 404, .content_type = "text/plain", .body = "no\r\nsuch page"}});
  EXPECT_EQ(answer.delivery.reason, "HTTP status 404: no  such page");
}

TEST(OtlpAnswer, AdviceAndNonsenseWithASuccessAreNoRemark) {
  for (const std::string& body :
       {std::string{"\x0A\x06\x12\x04tips"}, std::string{"\x0A\xFF\xFF"}, std::string{"<html>"}}) {
    const OtlpAnswer answer = read_otlp_answer({.response = {.status = 200, .body = body}});
    EXPECT_EQ(answer.delivery.verdict, Verdict::delivered);
    EXPECT_EQ(answer.remark, "");
  }
}

TEST(OpenTelemetrySink, SendsByItsOptions) {
  Receiver receiver;
  OpenTelemetrySink sink{{.endpoint = receiver.url() + "tenant",
                          .headers = {{{"api-key", "s3cret"}}},
                          .temporality = OtlpTemporality::delta,
                          .instrument_prefix = "shop/",
                          .service_name = "shop"}};
  sink.export_metrics(test::sample_snapshots());
  sink.stop();
  const test::Request request = receiver.requests().at(0);
  EXPECT_EQ(request.line, "POST /tenant/v1/metrics HTTP/1.1");
  EXPECT_EQ(request.headers.at("api-key"), "s3cret");
  const test::OtlpRequest sent = test::read_otlp_request(request.body);
  EXPECT_EQ(sent.resource.at("service.name"), "shop");
  EXPECT_THAT(sent.resource.at("service.instance.id"), SizeIs(36));
  EXPECT_EQ(sent.metric("shop/UserRecordsReceived").temporality, 1U);
}

}  // namespace
}  // namespace aiokpl::sinks
