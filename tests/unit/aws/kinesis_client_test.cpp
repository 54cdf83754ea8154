#include "aws/kinesis_client.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "aws/document.hpp"
#include "aws/kinesis_api.hpp"
#include "aws/sigv4.hpp"
#include "unit/aws/loopback_server.hpp"

namespace aiokpl::aws {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::Connection;
using test::http_answer;
using test::LoopbackServer;
using testing::HasSubstr;
using testing::MatchesRegex;

constexpr std::string_view cbor_header = "Content-Type: application/x-amz-cbor-1.1\r\n";

class NoCredentials final : public CredentialsProvider {
 public:
  CredentialsOutcome get(std::chrono::system_clock::time_point) override {
    return {.reason = "no credentials: really"};
  }
};

ClientOptions options_for(std::uint16_t port) {
  ClientOptions options;
  options.endpoint = {.scheme = "http", .host = "127.0.0.1", .port = port, .region = "us-east-1", .loopback = true};
  options.credentials = std::make_shared<StaticCredentials>("AKIDEXAMPLE", "secret", "token");
  options.clock = [] { return std::chrono::sys_days{std::chrono::year{2026} / 1 / 2} + 3h; };
  options.user_agent_suffix = "mine/1\r\nX-Evil: 1";
  return options;
}

std::vector<Completion> await(KinesisClient& client, std::size_t count = 1) {
  std::vector<Completion> completed;
  const auto limit = std::chrono::steady_clock::now() + 15s;
  while (completed.size() < count && std::chrono::steady_clock::now() < limit) {
    client.poll(limit - std::chrono::steady_clock::now(), completed);
  }
  return completed;
}

TEST(KinesisClient, SignsWhatItSends) {
  test::Request seen;
  LoopbackServer server{[&](Connection& connection) {
    seen = connection.read_request().value();
    connection.send(http_answer(200, "raw answer", cbor_header));
    connection.await_close();
  }};
  KinesisClient client{options_for(server.port())};
  const std::string text = "the body";
  const std::vector<codec::Piece> pieces{std::as_bytes(std::span{text}.first(3)),
                                         std::as_bytes(std::span{text}.subspan(3))};
  const CallId id = client.put_records(pieces, text.size());
  const auto completed = await(client);
  ASSERT_EQ(completed.size(), 1);
  EXPECT_EQ(completed[0].id, id);
  EXPECT_EQ(completed[0].kind, Completion::Kind::answered);
  EXPECT_EQ(completed[0].response.body, "raw answer");
  EXPECT_EQ(completed[0].bytes_sent, text.size());
  EXPECT_EQ(client.in_flight(), 0);

  EXPECT_EQ(seen.body, text);
  EXPECT_EQ(seen.headers["content-type"], "application/x-amz-cbor-1.1");
  EXPECT_EQ(seen.headers["x-amz-target"], "Kinesis_20131202.PutRecords");
  EXPECT_EQ(seen.headers["x-amz-date"], "20260102T030000Z");
  EXPECT_EQ(seen.headers["x-amz-security-token"], "token");
  EXPECT_THAT(seen.headers["user-agent"], MatchesRegex("aiokpl/[0-9.]+ libcurl/[0-9.]+.* mine/1  X-Evil: 1"));
  EXPECT_FALSE(seen.headers.contains("x-evil"));

  std::vector<HeaderView> headers;
  for (const auto& [name, value] : seen.headers)
    headers.push_back({name, value});
  const std::string hash = sha256_hex(pieces);
  const SignatureCheck check = verify_signature({.headers = headers, .payload_hash = hash}, "secret");
  EXPECT_EQ(check.verdict, SignatureVerdict::valid) << check.message;
  EXPECT_EQ(check.authorization.service, "kinesis");
  EXPECT_EQ(check.authorization.region, "us-east-1");
}

TEST(KinesisClient, TellsRefusalsFromBrokenConnections) {
  LoopbackServer server{[&](Connection& connection) {
    connection.read_request();
    connection.send(http_answer(400, R"({"__type":"x#ResourceNotFoundException","message":"no such stream"})",
                                "Content-Type: application/x-amz-json-1.1\r\nx-amzn-RequestId: r-1\r\n"));
    connection.read_request();
  }};
  KinesisClient client{options_for(server.port())};
  const CallId refused = client.list_shards({.stream = "orders"});
  auto completed = await(client);
  ASSERT_EQ(completed.size(), 1);
  EXPECT_EQ(completed[0].id, refused);
  EXPECT_EQ(completed[0].kind, Completion::Kind::service_error);
  EXPECT_EQ(completed[0].error.code, "ResourceNotFoundException");
  EXPECT_EQ(completed[0].error.request_id, "r-1");
  EXPECT_EQ(completed[0].message, "ResourceNotFoundException: no such stream");

  const CallId broken = client.describe_stream_summary("orders");
  completed = await(client);
  ASSERT_EQ(completed.size(), 1);
  EXPECT_EQ(completed[0].id, broken);
  EXPECT_EQ(completed[0].kind, Completion::Kind::transport_error);
  EXPECT_EQ(completed[0].transport, HttpError::reset);
  EXPECT_THAT(completed[0].message, HasSubstr("was closed while in use"));
}

TEST(KinesisClient, WithoutCredentialsNothingIsSent) {
  ClientOptions options = options_for(test::refusing_port());
  options.credentials = std::make_shared<NoCredentials>();
  KinesisClient client{options};
  const CallId first = client.list_shards({.stream = "orders"});
  const CallId second = client.call("ListStreams", json::object());
  EXPECT_EQ(client.in_flight(), 2);
  std::vector<Completion> completed;
  const auto start = std::chrono::steady_clock::now();
  client.poll(10s, completed);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s) << "the poll does not wait";
  ASSERT_EQ(completed.size(), 2);
  EXPECT_EQ(completed[0].id, first);
  EXPECT_EQ(completed[1].id, second);
  EXPECT_EQ(completed[0].kind, Completion::Kind::no_credentials);
  EXPECT_EQ(completed[0].message, "no credentials: really");
  EXPECT_EQ(client.in_flight(), 0);

  const CallId dropped = client.list_shards({.stream = "orders"});
  client.cancel(dropped);
  completed.clear();
  client.poll(0s, completed);
  EXPECT_TRUE(completed.empty());
}

/// Credentials that are renewed when they are said to have expired.
class RenewedCredentials final : public CredentialsProvider {
 public:
  CredentialsOutcome get(std::chrono::system_clock::time_point) override {
    return {.credentials = Credentials{.access_key_id = "KEY-" + std::to_string(generation), .secret_access_key = "s"}};
  }
  void expired(const Credentials& credentials) override { reported.push_back(credentials.access_key_id); }
  [[nodiscard]] bool renews() const override { return renewing; }

  int generation = 1;
  bool renewing = true;
  std::vector<std::string> reported;
};

/// A transport that answers when the test says so, and keeps the headers that it was given.
class ScriptedTransport final : public HttpTransport {
 public:
  struct Sent {
    HttpTicket ticket;
    std::vector<std::string> headers;
  };

  HttpTicket start(HttpRequest request) override {
    sent.push_back({++last_, std::move(request.headers)});
    return last_;
  }
  void cancel(HttpTicket) override {}
  void poll(std::chrono::nanoseconds, std::vector<HttpCompletion>& completed) override {
    for (HttpCompletion& answer : answers)
      completed.push_back(std::move(answer));
    answers.clear();
  }
  void wakeup() noexcept override {}

  void refuse(HttpTicket ticket, const std::string& code, const std::string& date = {}) {
    HttpCompletion& done = answers.emplace_back();
    done.ticket = ticket;
    done.response = {.status = 400, .content_type = "application/x-amz-json-1.1", .date = date};
    done.response.body = R"({"__type":")" + code + R"(","message":"no"})";
  }
  [[nodiscard]] std::string header(std::size_t request, const std::string& name) const {
    for (const std::string& line : sent.at(request).headers) {
      if (line.starts_with(name + ": ")) return line.substr(name.size() + 2);
    }
    return {};
  }

  std::vector<Sent> sent;
  std::vector<HttpCompletion> answers;

 private:
  HttpTicket last_ = 0;
};

/// A client over such a transport, at three o'clock.
struct Scripted {
  explicit Scripted(std::shared_ptr<CredentialsProvider> credentials = nullptr)
      : client{[&] {
                 ClientOptions options = options_for(1);
                 if (credentials) options.credentials = std::move(credentials);
                 return options;
               }(),
               [this] {
                 auto made = std::make_unique<ScriptedTransport>();
                 transport = made.get();
                 return made;
               }()} {}

  Completion refused(HttpTicket ticket, const std::string& code, const std::string& date = {}) {
    transport->refuse(ticket, code, date);
    std::vector<Completion> completed;
    client.poll(0s, completed);
    EXPECT_EQ(completed.size(), 1);
    return completed.empty() ? Completion{} : completed.front();
  }

  ScriptedTransport* transport = nullptr;
  KinesisClient client;
};

TEST(KinesisClient, LearnsTheServicesClockFromARefusal) {
  Scripted scripted;
  static_cast<void>(scripted.client.list_shards({.stream = "s"}));
  static_cast<void>(scripted.client.list_shards({.stream = "s"}));
  EXPECT_EQ(scripted.transport->header(0, "X-Amz-Date"), "20260102T030000Z");
  const std::string four_o_clock = "Fri, 02 Jan 2026 04:00:00 GMT";
  const Completion first = scripted.refused(1, "InvalidSignatureException", four_o_clock);
  EXPECT_TRUE(first.clock_corrected);
  EXPECT_EQ(first.error.message,
            "no (this machine's clock is 3600 s behind the service's; from now on requests are dated by that)");
  static_cast<void>(scripted.client.list_shards({.stream = "s"}));
  EXPECT_EQ(scripted.transport->header(2, "X-Amz-Date"), "20260102T040000Z");
  EXPECT_TRUE(scripted.refused(2, "InvalidSignatureException", four_o_clock).clock_corrected) << "dated before";
  const Completion wrong_key = scripted.refused(3, "InvalidSignatureException", four_o_clock);
  EXPECT_FALSE(wrong_key.clock_corrected);
  EXPECT_EQ(wrong_key.error.message, "no");
}

TEST(KinesisClient, HasExpiredCredentialsRenewed) {
  const auto credentials = std::make_shared<RenewedCredentials>();
  Scripted scripted{credentials};
  static_cast<void>(scripted.client.list_shards({.stream = "s"}));
  static_cast<void>(scripted.client.list_shards({.stream = "s"}));
  EXPECT_TRUE(scripted.refused(1, "ExpiredTokenException").credentials_renewed);
  EXPECT_TRUE(scripted.refused(2, "ExpiredToken").credentials_renewed);
  EXPECT_EQ(credentials->reported, (std::vector<std::string>{"KEY-1"})) << "once for the same credentials";

  static_cast<void>(scripted.client.list_shards({.stream = "s"}));
  EXPECT_FALSE(scripted.refused(3, "UnrecognizedClientException").credentials_renewed) << "they are still the same";
  static_cast<void>(scripted.client.list_shards({.stream = "s"}));
  static_cast<void>(scripted.client.list_shards({.stream = "s"}));
  credentials->generation = 2;
  EXPECT_TRUE(scripted.refused(4, "UnrecognizedClientException").credentials_renewed);
  EXPECT_FALSE(scripted.refused(5, "AccessDeniedException").credentials_renewed);
  static_cast<void>(scripted.client.list_shards({.stream = "s"}));
  EXPECT_THAT(scripted.transport->header(5, "Authorization"), HasSubstr("Credential=KEY-2/"));
  EXPECT_EQ(credentials->reported.size(), 1U);

  credentials->renewing = false;
  EXPECT_FALSE(scripted.refused(6, "ExpiredTokenException").credentials_renewed);
  EXPECT_EQ(credentials->reported, (std::vector<std::string>{"KEY-1", "KEY-2"}));
}

TEST(KinesisClient, ManyCallsKeepTheirNames) {
  LoopbackServer server{[&](Connection& connection) {
    while (auto request = connection.read_request())
      connection.send(http_answer(200, request->body, cbor_header));
  }};
  ClientOptions options = options_for(server.port());
  options.http.max_connections = 4;
  KinesisClient client{options};
  std::vector<CallId> ids;
  for (int i = 0; i < 40; ++i)
    ids.push_back(client.call("Echo", {{"number", i}}));
  for (int i = 0; i < 40; i += 4)
    client.cancel(ids[i]);
  const auto completed = await(client, 30);
  ASSERT_EQ(completed.size(), 30);
  for (const Completion& done : completed) {
    const auto document = read_document(done.response.body, WireProtocol::cbor);
    ASSERT_TRUE(document);
    EXPECT_EQ(ids.at((*document)["number"].get<std::size_t>()), done.id);
  }
  EXPECT_EQ(client.in_flight(), 0);
}

TEST(KinesisApi, AnswersOrThrows) {
  const json record{{"Data", json::binary({1, 2, 255})}, {"PartitionKey", "k"}};
  LoopbackServer server{[&](Connection& connection) {
    while (auto request = connection.read_request()) {
      const std::string target = request->headers["x-amz-target"];
      if (target.ends_with("PutRecord")) connection.send(http_answer(200, request->body, cbor_header));
      if (target.ends_with("DeleteStream")) connection.send(http_answer(200, ""));
      if (target.ends_with("Garbage")) connection.send(http_answer(200, "\xFF", cbor_header));
      if (target.ends_with("Refused")) connection.send(http_answer(503, ""));
      if (target.ends_with("Dropped")) return;
    }
  }};
  KinesisApi api{options_for(server.port())};
  EXPECT_EQ(api.call("PutRecord", record), record);
  EXPECT_EQ(api.call("DeleteStream", {{"StreamName", "s"}}), json::object());
  try {
    api.call("Refused", json::object());
    FAIL();
  } catch (const ServiceException& refused) {
    EXPECT_EQ(refused.error().http_status, 503);
    EXPECT_STREQ(refused.what(), "HTTP 503: HTTP 503 without a readable error");
  }
  try {
    api.call("Garbage", json::object());
    FAIL();
  } catch (const TransportException& unreadable) {
    EXPECT_EQ(unreadable.error(), HttpError::none);
    EXPECT_STREQ(unreadable.what(), "the answer of Garbage is unreadable");
  }
  try {
    api.call("Dropped", json::object());
    FAIL();
  } catch (const TransportException& dropped) {
    EXPECT_EQ(dropped.error(), HttpError::reset);
  }
  ClientOptions without = options_for(server.port());
  without.credentials = std::make_shared<NoCredentials>();
  EXPECT_THROW(KinesisApi{without}.call("PutRecord", record), CredentialsException);
}

}  // namespace
}  // namespace aiokpl::aws
