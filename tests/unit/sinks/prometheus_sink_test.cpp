#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <aiokpl/config.hpp>
#include <aiokpl/error.hpp>
#include <aiokpl/prometheus_sink.hpp>

#include "unit/aws/loopback_server.hpp"
#include "unit/sinks/sample_snapshots.hpp"

namespace aiokpl {
namespace {

using test::sample;
using test::sample_snapshots;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

struct Answer {
  CURLcode transport = CURLE_OK;
  long status = 0;
  std::string body;
};

Answer get(const std::string& url) {
  Answer answer;
  CURL* curl = curl_easy_init();
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, 10L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
  curl_easy_setopt(
      curl, CURLOPT_WRITEFUNCTION, +[](char* data, std::size_t one, std::size_t size, void* into) {
        static_cast<std::string*>(into)->append(data, one * size);
        return one * size;
      });
  answer.transport = curl_easy_perform(curl);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
  curl_easy_cleanup(curl);
  return answer;
}

// A connection to this port of the loopback.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    const timeval limit{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { ::close(socket_); }

  void send(const std::string& bytes) {
    EXPECT_EQ(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  // Until the server hangs up.
  std::string read() {
    std::string all;
    char piece[4096];
    for (ssize_t size = 0; (size = ::recv(socket_, piece, sizeof piece, 0)) > 0;)
      all.append(piece, static_cast<std::size_t>(size));
    return all;
  }

 private:
  int socket_;
};

std::string exchange(std::uint16_t port, const std::string& request) {
  Client client{port};
  client.send(request);
  return client.read();
}

std::vector<std::string> problems_of(const PrometheusSinkOptions& options) {
  try {
    const PrometheusSink sink{options};
  } catch (const ConfigError& error) {
    return error.problems();
  }
  return {};
}

TEST(PrometheusSink, ServesWhatWasExported) {
  PrometheusSink sink{{.port = 0}};
  EXPECT_EQ(sink.url(), "http://127.0.0.1:" + std::to_string(sink.port()) + "/metrics");
  EXPECT_THAT(get(sink.url()).body, Not(HasSubstr("aiokpl_user_records")));
  sink.export_metrics(sample_snapshots());
  sink.export_metrics(sample_snapshots());
  const Answer answer = get(sink.url());
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("\naiokpl_user_records_received_total{stream_name=\"orders\"} 2400\n"));
  EXPECT_THAT(answer.body, HasSubstr("\naiokpl_request_time_seconds_count{stream_name=\"orders\"} 4\n"));
}

TEST(PrometheusSink, TakesAnotherPathAndPrefix) {
  PrometheusSink sink{{.port = 0, .path = "/kinesis/metrics", .metric_prefix = "till_"}};
  sink.export_metrics(sample_snapshots());
  EXPECT_THAT(sink.url(), EndsWith("/kinesis/metrics"));
  EXPECT_THAT(get(sink.url()).body, HasSubstr("\ntill_user_records_received_total{stream_name=\"orders\"} 1200\n"));
  EXPECT_EQ(get("http://127.0.0.1:" + std::to_string(sink.port()) + "/metrics").status, 404);
}

TEST(PrometheusSink, AnswersWhenItsProducersAreGone) {
  PrometheusSink sink{{.port = 0}};
  sink.start(Config{});
  sink.start(Config{});
  sink.export_metrics(sample_snapshots());
  sink.stop();
  EXPECT_THAT(get(sink.url()).body, HasSubstr("\naiokpl_user_records_pending{"));
  sink.stop();
  const std::string body = get(sink.url()).body;
  EXPECT_THAT(body, HasSubstr("\naiokpl_user_records_received_total{stream_name=\"orders\"} 1200\n"));
  EXPECT_THAT(body, Not(HasSubstr("aiokpl_user_records_pending")));
}

TEST(PrometheusSink, IsSharedAndScrapedAtTheSameTime) {
  PrometheusSink sink{{.port = 0}};
  const std::vector one{sample(metric::user_records_received, {{"StreamName", "orders"}}, {1})};
  constexpr int times = 500;
  std::vector<std::thread> producers;
  for (int producer = 0; producer < 3; ++producer) {
    producers.emplace_back([&] {
      for (int i = 0; i < times; ++i)
        sink.export_metrics(one);
    });
  }
  for (int scrape = 0; scrape < 20; ++scrape)
    EXPECT_EQ(get(sink.url()).status, 200);
  for (std::thread& producer : producers)
    producer.join();
  EXPECT_THAT(get(sink.url()).body, HasSubstr("\naiokpl_user_records_received_total{stream_name=\"orders\"} 1500\n"));
}

TEST(PrometheusSink, IsNotHeldUpByClientsThatSayNothing) {
  auto sink = std::make_unique<PrometheusSink>(PrometheusSinkOptions{.port = 0});
  std::vector<std::unique_ptr<Client>> idle;
  for (int i = 0; i < 20; ++i)
    idle.push_back(std::make_unique<Client>(sink->port()));
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(get(sink->url()).status, 200);
  sink.reset();
  // They would be waited for much longer.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{5});
}

TEST(PrometheusSink, SpeaksOfItsFormat) {
  const PrometheusSink sink{{.port = 0}};
  const std::string metrics = exchange(sink.port(), "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(metrics, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(metrics, HasSubstr("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_THAT(metrics, HasSubstr("\r\n\r\n# HELP "));
  EXPECT_THAT(exchange(sink.port(), "HEAD /metrics?x=1 HTTP/1.1\r\nConnection: close\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), EndsWith("\r\n\r\n"), Not(HasSubstr("Content-Length: 0"))));
  EXPECT_THAT(exchange(sink.port(), "GET / HTTP/1.0\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.0 404 Not Found\r\n"), EndsWith("The metrics are at /metrics\n")));
  EXPECT_THAT(exchange(sink.port(), "DELETE /metrics HTTP/1.1\r\nConnection: close\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("\r\nAllow: GET, HEAD\r\n")));
  // What is no HTTP is hung up on, and so is what is too long; the others go on.
  EXPECT_EQ(exchange(sink.port(), "metrics, please\r\n\r\n"), "");
  EXPECT_EQ(exchange(sink.port(), "GET /metrics HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n"), "");
  EXPECT_EQ(get(sink.url()).status, 200);
}

TEST(PrometheusSink, ClosesItsPortWhenItIsDestroyed) {
  std::uint16_t port = 0;
  std::string url;
  {
    const PrometheusSink sink{{.port = 0}};
    port = sink.port();
    url = sink.url();
    EXPECT_EQ(get(url).status, 200);
  }
  EXPECT_EQ(get(url).transport, CURLE_COULDNT_CONNECT);
  const PrometheusSink again{{.port = port}};
  EXPECT_EQ(get(url).status, 200);
}

TEST(PrometheusSink, SaysThatAPortIsTaken) {
  const test::LoopbackServer other{[](test::Connection&) {}};
  EXPECT_THAT(problems_of({.port = other.port()}),
              ElementsAre("port: must be one that can be listened on at 127.0.0.1, got " +
                          std::to_string(other.port()) + " (Address already in use)"));
}

TEST(PrometheusSink, SaysThatAnAddressIsNotOfThisMachine) {
  // Of the addresses that are kept for documentation.
  EXPECT_THAT(problems_of({.address = "192.0.2.7", .port = 0}),
              ElementsAre("address: must be one of this machine, got \"192.0.2.7\" (Cannot assign requested address)"));
}

TEST(PrometheusSink, NamesEveryWrongOption) {
  EXPECT_THAT(problems_of({.address = "localhost", .path = "metrics", .metric_prefix = "a-b", .max_series = 0}),
              ElementsAre("address: must be an IPv4 or IPv6 address, got \"localhost\"",
                          "path: must be \"/\" and letters, digits and any of \"/-_.\", got \"metrics\"",
                          "metric_prefix: must be letters, digits and '_', not a digit first, got \"a-b\"",
                          "max_series: must be 1 to 1000000, got 0"));
  // What the server would read as more than an address or a path.
  EXPECT_THAT(problems_of({.address = "127.0.0.1,80"}), ElementsAre(StartsWith("address: ")));
  EXPECT_THAT(problems_of({.address = std::string{"127.0.0.1\0x", 11}}), ElementsAre(StartsWith("address: ")));
  EXPECT_THAT(problems_of({.path = "/**"}), ElementsAre(StartsWith("path: ")));
  EXPECT_THAT(problems_of({.metric_prefix = "9"}), ElementsAre(StartsWith("metric_prefix: ")));
  EXPECT_THAT(problems_of({.max_series = 1'000'001}), ElementsAre(StartsWith("max_series: ")));
}

TEST(PrometheusSink, RefusesAProducerWhoseDimensionsCollide) {
  PrometheusSink sink{{.port = 0}};
  Config config;
  config.additional_dimensions = {{"stream-name", "x"}};
  EXPECT_THROW(sink.start(config), ConfigError);
  config.additional_dimensions = {{"App", "x"}, {"Host", "y"}};
  EXPECT_NO_THROW(sink.start(config));
}

TEST(PrometheusSink, ListensOnIpv6) {
  const int probe = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in6 loopback{};
  loopback.sin6_family = AF_INET6;
  loopback.sin6_addr = in6addr_loopback;
  const bool there = probe >= 0 && ::bind(probe, reinterpret_cast<const sockaddr*>(&loopback), sizeof loopback) == 0;
  if (probe >= 0) ::close(probe);
  if (!there) GTEST_SKIP() << "no IPv6 here";
  const PrometheusSink sink{{.address = "::1", .port = 0}};
  EXPECT_THAT(sink.url(), MatchesRegex("http://\\[::1\\]:[0-9]+/metrics"));
  EXPECT_EQ(get(sink.url()).status, 200);
}

}  // namespace
}  // namespace aiokpl
