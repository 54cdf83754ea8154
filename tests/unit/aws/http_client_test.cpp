#include "aws/http_client.hpp"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "unit/aws/loopback_server.hpp"
#include "unit/aws/scarcity.hpp"

namespace aiokpl::aws {
namespace {

using namespace std::chrono_literals;
using test::Connection;
using test::http_answer;
using test::LoopbackServer;
using testing::HasSubstr;
using Clock = std::chrono::steady_clock;

codec::Piece piece(std::string_view text) {
  return std::as_bytes(std::span{text});
}

/// A client with one body to send, polled until something comes out.
struct Caller {
  explicit Caller(HttpOptions options = {}) : client{std::move(options)} {}

  HttpTicket start(const std::string& url, std::vector<std::string> headers = {}) {
    return client.start({.url = url, .headers = std::move(headers), .body = body, .body_size = size()});
  }

  std::vector<HttpCompletion> await(std::size_t count = 1) {
    std::vector<HttpCompletion> completed;
    const auto limit = Clock::now() + 15s;
    while (completed.size() < count && Clock::now() < limit)
      client.poll(limit - Clock::now(), completed);
    return completed;
  }

  HttpCompletion exchange(const std::string& url, std::vector<std::string> headers = {}) {
    static_cast<void>(start(url, std::move(headers)));
    auto completed = await();
    EXPECT_EQ(completed.size(), 1);
    return completed.empty() ? HttpCompletion{} : std::move(completed.front());
  }

  [[nodiscard]] std::size_t size() const {
    std::size_t sum = 0;
    for (const codec::Piece part : body)
      sum += part.size();
    return sum;
  }

  std::vector<codec::Piece> body{piece("hel"), piece(""), piece("lo")};
  HttpClient client;
};

void serve_forever(Connection& connection) {
  while (auto request = connection.read_request())
    connection.send(http_answer(200, request->body));
}

TEST(HttpClient, PostsItsPiecesAndReadsTheAnswer) {
  test::Request seen;
  LoopbackServer server{[&](Connection& connection) {
    seen = connection.read_request().value();
    connection.send(http_answer(400, "oh no",
                                "x-amzn-RequestId: id-1\r\nContent-Type: application/x-amz-json-1.1\r\n"
                                "X-Amzn-ErrorType: Strange\r\nDate: Mon, 01 Jan 2026 00:00:00 GMT\r\n"));
    connection.await_close();
  }};
  Caller caller{{.user_agent = "aiokpl-test"}};
  const HttpCompletion done = caller.exchange(server.url(), {"X-Amz-Target: Kinesis_20131202.PutRecords"});

  EXPECT_EQ(done.error, HttpError::none);
  EXPECT_EQ(done.error_message, "");
  EXPECT_EQ(done.bytes_sent, 5);
  EXPECT_EQ(done.response.status, 400);
  EXPECT_EQ(done.response.body, "oh no");
  EXPECT_EQ(done.response.request_id, "id-1");
  EXPECT_EQ(done.response.error_type, "Strange");
  EXPECT_EQ(done.response.content_type, "application/x-amz-json-1.1");
  EXPECT_EQ(done.response.date, "Mon, 01 Jan 2026 00:00:00 GMT");

  EXPECT_EQ(seen.line, "POST / HTTP/1.1");
  EXPECT_EQ(seen.body, "hello");
  EXPECT_EQ(seen.headers["host"], "127.0.0.1:" + std::to_string(server.port()));
  EXPECT_EQ(seen.headers["content-length"], "5");
  EXPECT_EQ(seen.headers["user-agent"], "aiokpl-test");
  EXPECT_EQ(seen.headers["x-amz-target"], "Kinesis_20131202.PutRecords");
  EXPECT_FALSE(seen.headers.contains("expect"));
  EXPECT_FALSE(seen.headers.contains("accept-encoding"));
  EXPECT_FALSE(seen.headers.contains("transfer-encoding"));
}

TEST(HttpClient, KeepsItsConnection) {
  LoopbackServer server{serve_forever};
  Caller caller;
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(caller.exchange(server.url()).response.body, "hello");
  EXPECT_EQ(server.connections(), 1);
}

TEST(HttpClient, OpensNoMoreConnectionsThanAllowed) {
  LoopbackServer server{serve_forever};
  Caller caller{{.max_connections = 3}};
  for (int i = 0; i < 20; ++i)
    static_cast<void>(caller.start(server.url()));
  EXPECT_EQ(caller.client.in_flight(), 20);
  const auto completed = caller.await(20);
  EXPECT_EQ(completed.size(), 20);
  for (const HttpCompletion& done : completed)
    EXPECT_EQ(done.response.body, "hello");
  EXPECT_EQ(caller.client.in_flight(), 0);
  EXPECT_LE(server.connections(), 3);
}

TEST(HttpClient, SendsAHugeBodyOfManyPieces) {
  std::string all(8 << 20, '\0');
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i] = static_cast<char>((i * 2654435761U) >> 13U);
  Caller caller;
  caller.body.clear();
  // Pieces of all lengths from nothing up, so that they end anywhere in curl's buffer.
  for (std::size_t start = 0, length = 0; start < all.size(); start += length, length = (length + 7) % 4099) {
    caller.body.push_back(piece(std::string_view{all}.substr(start, length)));
  }
  std::string seen;
  LoopbackServer server{[&](Connection& connection) {
    seen = connection.read_request().value().body;
    connection.send(http_answer(200, ""));
    connection.await_close();
  }};
  const HttpCompletion done = caller.exchange(server.url());
  EXPECT_EQ(done.response.status, 200);
  EXPECT_EQ(done.bytes_sent, all.size());
  EXPECT_TRUE(seen == all);
}

TEST(HttpClient, RefusesABodySizeThatIsNotThePieces) {
  Caller caller;
  EXPECT_THROW(
      static_cast<void>(caller.client.start({.url = "http://localhost/", .body = caller.body, .body_size = 4})),
      std::invalid_argument);
  EXPECT_EQ(caller.client.in_flight(), 0);
}

// libcurl would open another connection and repeat the request on its own: a POST must never be.
TEST(HttpClient, DoesNotRepeatARequestWhoseKeptConnectionCloses) {
  for (const bool orderly : {true, false}) {
    std::atomic<int> requests = 0;
    LoopbackServer server{[&](Connection& connection) {
      while (auto request = connection.read_request()) {
        if (++requests == 2) {
          if (!orderly) connection.reset();
          return;
        }
        connection.send(http_answer(200, "fine"));
      }
    }};
    Caller caller;
    EXPECT_EQ(caller.exchange(server.url()).response.body, "fine");
    const HttpCompletion dropped = caller.exchange(server.url());
    EXPECT_EQ(dropped.error, HttpError::reset);
    EXPECT_EQ(dropped.error_message,
              "the connection to 127.0.0.1:" + std::to_string(server.port()) + " was closed while in use");
    EXPECT_EQ(requests, 2);
    EXPECT_EQ(caller.exchange(server.url()).response.body, "fine") << "the next request opens a new connection";
    EXPECT_EQ(requests, 3);
  }
}

// Here none of the body was on its way, so that libcurl sees no need to rewind before it repeats.
TEST(HttpClient, DoesNotRepeatARequestOfWhichOnlyTheHeadWasTaken) {
  std::atomic<int> heads = 0;
  LoopbackServer server{[&](Connection& connection) {
    while (connection.read_head()) {
      if (++heads == 2) return;
      connection.send(http_answer(200, "fine"));
    }
  }};
  Caller caller;
  caller.body.clear();
  EXPECT_EQ(caller.exchange(server.url()).response.body, "fine");
  EXPECT_EQ(caller.exchange(server.url()).error, HttpError::reset);
  EXPECT_EQ(heads, 2);
}

TEST(HttpClient, ReportsAnAnswerThatBreaksOff) {
  LoopbackServer server{[](Connection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
  }};
  Caller caller;
  EXPECT_EQ(caller.exchange(server.url()).error, HttpError::reset);
}

// To libcurl, headers that end with the connection are an answer without a body.
TEST(HttpClient, ReportsAnAnswerWhoseHeadBreaksOff) {
  for (const char* sent :
       {"HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nDate: today\r\n"}) {
    LoopbackServer server{[sent](Connection& connection) {
      connection.read_request();
      connection.send(sent);
    }};
    Caller caller;
    const HttpCompletion done = caller.exchange(server.url());
    EXPECT_EQ(done.error, HttpError::reset) << sent;
    EXPECT_THAT(done.error_message, HasSubstr("was closed while in use"));
  }
}

TEST(HttpClient, ReportsAnAnswerThatIsNoHttp) {
  LoopbackServer server{[](Connection& connection) {
    connection.read_request();
    connection.send("garbage\r\n\r\n");
  }};
  Caller caller;
  const HttpCompletion done = caller.exchange(server.url());
  EXPECT_EQ(done.error, HttpError::other);
  EXPECT_THAT(done.error_message, HasSubstr("127.0.0.1:" + std::to_string(server.port())));
}

TEST(HttpClient, BoundsTheAnswer) {
  LoopbackServer server{serve_forever};
  Caller caller{{.max_response_size = 4}};
  const HttpCompletion done = caller.exchange(server.url());
  EXPECT_EQ(done.error, HttpError::other);
  EXPECT_THAT(done.error_message, HasSubstr("is larger than 4 bytes"));
  EXPECT_EQ(done.response.body, "");
}

TEST(HttpClient, SaysThatAPortRefuses) {
  const std::string where = "127.0.0.1:" + std::to_string(test::refusing_port());
  Caller caller;
  const HttpCompletion done = caller.exchange("http://" + where + "/");
  EXPECT_EQ(done.error, HttpError::connect);
  EXPECT_EQ(done.error_message, "cannot connect to " + where + ": Connection refused");
  EXPECT_EQ(done.bytes_sent, 0);
}

/// An exchange while this process can open so many files more.
HttpCompletion exchange_with_descriptors(Caller& caller, std::size_t left, const std::string& url) {
  // A sanitizer needs descriptors of its own where it meets a type for the first time.
  const HttpCompletion refused = caller.exchange("http://127.0.0.1:" + std::to_string(test::refusing_port()) + "/");
  EXPECT_EQ(refused.error, HttpError::connect);
  const test::Scarcity scarcity{left};
  return caller.exchange(url);
}

TEST(HttpClient, SaysThatNoDescriptorIsLeft) {
  Caller caller;
  const HttpCompletion done = exchange_with_descriptors(caller, 0, "http://127.0.0.1:9/");
  EXPECT_EQ(done.error, HttpError::too_many_files);
  EXPECT_EQ(done.error_message, "cannot connect to 127.0.0.1:9: this process has too many open files");
}

// There is one for the connection, and none for the file that is read when it stands.
TEST(HttpClient, SaysThatNoDescriptorIsLeftForTheAuthorities) {
  const std::string file = testing::TempDir() + "aiokpl-authorities-" + std::to_string(getpid()) + ".pem";
  const test::Certificate certificate;
  std::ofstream{file} << certificate.pem;
  // Nobody takes the connection: a server in this process would take and give back descriptors meanwhile.
  const test::DeafListener listener;
  Caller caller{{.ca_bundle = file}};
  const HttpCompletion done =
      exchange_with_descriptors(caller, 1, "https://localhost:" + std::to_string(listener.port()) + "/");
  unlink(file.c_str());
  EXPECT_EQ(done.error, HttpError::too_many_files) << done.error_message;
}

TEST(HttpClient, GivesUpWhenTheServerIsSilent) {
  LoopbackServer server{[](Connection& connection) { connection.await_close(); }};
  Caller caller{{.request_timeout = 150ms}};
  const auto start = Clock::now();
  const HttpCompletion done = caller.exchange(server.url());
  const auto took = Clock::now() - start;
  EXPECT_EQ(done.error, HttpError::timeout);
  EXPECT_EQ(done.error_message, "no byte moved for 150 ms on the connection to 127.0.0.1:" +
                                    std::to_string(server.port()) + ", after 5 of 5 bytes were sent");
  EXPECT_GE(took, 150ms);
  EXPECT_LT(took, 5s);
}

// A slow answer is no silence: each byte starts the clock anew.
TEST(HttpClient, CountsTheTimeoutFromTheLastByte) {
  constexpr auto timeout = 400ms;
  std::atomic<Clock::rep> last_byte = 0;
  LoopbackServer server{[&](Connection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
    const auto start = Clock::now();
    for (int i = 0; Clock::now() - start < 3 * timeout; ++i) {
      connection.send("x");
      std::this_thread::sleep_until(start + (i + 1) * timeout / 8);  // the pace is what is tested
    }
    last_byte = Clock::now().time_since_epoch().count();
    connection.send("y");
    connection.await_close();
  }};
  Caller caller{{.request_timeout = timeout}};
  const HttpCompletion done = caller.exchange(server.url());
  const auto quiet = Clock::now() - Clock::time_point{Clock::duration{last_byte}};
  EXPECT_EQ(done.error, HttpError::timeout);
  ASSERT_NE(last_byte, 0) << "gave up while bytes were moving";
  EXPECT_GE(quiet, timeout - 20ms);
}

// libcurl tells of a header when its line is whole, and of TLS when a record is: bytes of less than that move, too.
TEST(HttpClient, CountsBytesThatAreNoWholeLineYet) {
  constexpr auto timeout = 200ms;
  LoopbackServer server{[&](Connection& connection) {
    connection.read_request();
    const auto start = Clock::now();
    int sent = 0;
    for (const char byte : http_answer(200, "thanks")) {
      connection.send({&byte, 1});
      std::this_thread::sleep_until(start + ++sent * timeout / 10);  // the pace is what is tested
    }
    connection.await_close();
  }};
  Caller caller{{.request_timeout = timeout}};
  const HttpCompletion done = caller.exchange(server.url());
  EXPECT_EQ(done.error, HttpError::none) << done.error_message;
  EXPECT_EQ(done.response.body, "thanks");
}

// Our socket holds all that is left of the body long before its end; what counts is that the server goes on taking it.
TEST(HttpClient, ASlowUploadIsNoSilence) {
  constexpr auto timeout = 400ms;
  const std::string large(3 << 20, 'u');
  Clock::duration took{};
  const auto take_slowly = [&](Connection& connection) {
    const auto start = Clock::now();
    connection.read_head();
    for (int i = 0; i < 48; ++i) {
      connection.read_bytes(64 << 10);
      std::this_thread::sleep_until(start + (i + 1) * timeout / 10);
    }
    took = Clock::now() - start;
    connection.send(http_answer(200, "thanks"));
    connection.await_close();
  };
  LoopbackServer server{take_slowly, nullptr, 32 << 10};
  Caller caller{{.request_timeout = timeout}};
  caller.body = {piece(large)};
  const HttpCompletion done = caller.exchange(server.url());
  EXPECT_EQ(done.error, HttpError::none) << done.error_message;
  EXPECT_EQ(done.response.body, "thanks");
  EXPECT_GT(took, 2 * timeout);
}

TEST(HttpClient, GivesUpOnAnUploadThatNobodyTakes) {
  const std::string large(32 << 20, 'u');
  test::Event finished;
  LoopbackServer server{[&](Connection& connection) {
    connection.read_head();
    EXPECT_TRUE(finished.wait());
  }};
  Caller caller{{.request_timeout = 300ms}};
  caller.body = {piece(large)};
  const HttpCompletion done = caller.exchange(server.url());
  finished.set();
  EXPECT_EQ(done.error, HttpError::timeout);
  EXPECT_LT(done.bytes_sent, large.size());
}

TEST(HttpClient, TlsNeedsATrustedAuthority) {
  const test::Certificate certificate;
  LoopbackServer server{serve_forever, &certificate};
  {
    Caller strict;
    const HttpCompletion done = strict.exchange(server.url());
    EXPECT_EQ(done.error, HttpError::tls);
    EXPECT_THAT(done.error_message, HasSubstr("no TLS with 127.0.0.1:" + std::to_string(server.port())));
    EXPECT_THAT(done.error_message,
                HasSubstr("the certificate is self-signed, and is not in the system's authorities"));
  }
  {
    Caller trusting{{.verify_ssl = false}};
    EXPECT_EQ(trusting.exchange(server.url()).response.body, "hello");
  }
  std::string path = testing::TempDir() + "aiokpl-ca-XXXXXX";
  const int file = mkstemp(path.data());
  ASSERT_GE(file, 0);
  close(file);
  std::ofstream{path} << certificate.pem;
  {
    Caller with_bundle{{.ca_bundle = path}};
    EXPECT_EQ(with_bundle.exchange(server.url("localhost")).response.body, "hello");
    const HttpCompletion other = with_bundle.exchange(server.url("127.0.0.1"));
    EXPECT_EQ(other.error, HttpError::tls);
    EXPECT_THAT(other.error_message, HasSubstr("the certificate is for other names: localhost"));
  }
  std::remove(path.c_str());
  {
    Caller without_file{{.ca_bundle = path}};
    const HttpCompletion done = without_file.exchange(server.url());
    EXPECT_EQ(done.error, HttpError::tls);
    EXPECT_THAT(done.error_message, HasSubstr(path));
  }
}

TEST(HttpClient, WakesUpFromAnotherThread) {
  Caller caller;
  std::vector<HttpCompletion> completed;
  test::Event about_to_poll;
  std::thread waker{[&] {
    EXPECT_TRUE(about_to_poll.wait());
    caller.client.wakeup();
  }};
  const auto start = Clock::now();
  about_to_poll.set();
  caller.client.poll(10s, completed);
  waker.join();
  EXPECT_LT(Clock::now() - start, 5s);
  EXPECT_TRUE(completed.empty());
}

TEST(HttpClient, AWakeupBeforeThePollIsNotLost) {
  Caller caller;
  std::vector<HttpCompletion> completed;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 1000; ++i)
      caller.client.wakeup();
    const auto start = Clock::now();
    caller.client.poll(10s, completed);
    EXPECT_LT(Clock::now() - start, 5s);
  }
}

TEST(HttpClient, SleepsWhenIdle) {
  LoopbackServer server{serve_forever};
  Caller caller;
  EXPECT_EQ(caller.exchange(server.url()).response.status, 200);
  std::vector<HttpCompletion> completed;
  const auto start = Clock::now();
  caller.client.poll(300ms, completed);  // with an idle connection in the cache
  EXPECT_GE(Clock::now() - start, 299ms);
}

TEST(HttpClient, CancelledRequestsGiveNoCompletion) {
  test::Event head_read;
  LoopbackServer server{[&](Connection& connection) {
    connection.read_head();
    head_read.set();
    connection.await_close();
  }};
  Caller caller{{.max_connections = 1}};
  const HttpTicket under_way = caller.start(server.url());
  const HttpTicket queued = caller.start(server.url());
  std::vector<HttpCompletion> completed;
  std::thread waker{[&] {
    EXPECT_TRUE(head_read.wait());
    caller.client.wakeup();
  }};
  std::atomic<bool> seen = false;
  while (!seen) {
    caller.client.poll(20ms, completed);
    seen = server.connections() == 1;
  }
  waker.join();
  caller.client.cancel(under_way);
  caller.client.cancel(queued);
  caller.client.cancel(12345);
  EXPECT_EQ(caller.client.in_flight(), 0);
  caller.client.poll(0s, completed);
  EXPECT_TRUE(completed.empty());
}

TEST(HttpClient, AStrangerUrlIsAnErrorNotAnException) {
  Caller caller;
  EXPECT_EQ(caller.exchange("nonsense://").error, HttpError::other);
}

}  // namespace
}  // namespace aiokpl::aws
