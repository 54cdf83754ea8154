#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "aws/http_client.hpp"
#include "unit/aws/connect_proxy.hpp"
#include "unit/aws/loopback_server.hpp"

// Requests through a proxy: what it gets to see, and what is said when it does not serve.
namespace aiokpl::aws {
namespace {

using namespace std::chrono_literals;
using test::Certificate;
using test::Connection;
using test::ConnectProxy;
using test::http_answer;
using test::LoopbackServer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Clock = std::chrono::steady_clock;

// "me:hunter2" in base64.
constexpr const char* me = "Basic bWU6aHVudGVyMg==";

void serve_forever(Connection& connection) {
  while (auto request = connection.read_request())
    connection.send(http_answer(200, request->body));
}

HttpOptions through(std::uint16_t port, const std::string& user = {}, const std::string& password = {}) {
  ProxySettings settings;
  settings.https =
      Proxy{.host = "127.0.0.1", .port = port, .user_name = user, .password = password, .setting = "proxy_host"};
  settings.http = settings.https;
  HttpOptions options;
  options.proxy = settings;
  return options;
}

HttpCompletion post(HttpClient& client, const std::string& url, int times = 1) {
  const std::string text = "hello";
  const codec::Piece piece = std::as_bytes(std::span{text});
  std::vector<HttpCompletion> completed;
  for (int i = 0; i < times; ++i) {
    completed.clear();
    static_cast<void>(client.start(
        {.url = url, .headers = {"X-Secret: for the service"}, .body = {&piece, 1}, .body_size = text.size()}));
    const auto limit = Clock::now() + 15s;
    while (completed.empty() && Clock::now() < limit)
      client.poll(limit - Clock::now(), completed);
  }
  EXPECT_EQ(completed.size(), 1);
  return completed.empty() ? HttpCompletion{} : std::move(completed.front());
}

HttpCompletion post(HttpOptions options, const std::string& url) {
  HttpClient client{std::move(options)};
  return post(client, url);
}

std::string url_of(const std::string& scheme, const std::string& host, std::uint16_t port) {
  return scheme + "://" + host + ":" + std::to_string(port) + "/";
}

/// A file with the certificate that is trusted.
struct Authority {
  explicit Authority(const Certificate& certificate) {
    close(mkstemp(path.data()));
    std::ofstream{path} << certificate.pem;
  }
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;
  ~Authority() { std::remove(path.c_str()); }
  std::string path = testing::TempDir() + "aiokpl-proxy-ca-XXXXXX";
};

TEST(HttpProxy, TunnelsHttpsAndSeesNothingOfIt) {
  const Certificate certificate{-1h, 1h, "DNS:kinesis.test"};
  const Authority authority{certificate};
  LoopbackServer service{serve_forever, &certificate};
  ConnectProxy proxy{service.port(), me};
  HttpOptions options = through(proxy.port(), "me", "hunter2");
  options.ca_bundle = authority.path;
  HttpClient client{options};
  const HttpCompletion done = post(client, "https://kinesis.test/", 3);
  EXPECT_EQ(done.error, HttpError::none) << done.error_message;
  EXPECT_EQ(done.response.body, "hello");
  EXPECT_THAT(proxy.lines(), ElementsAre("CONNECT kinesis.test:443 HTTP/1.1")) << "one tunnel for all three";
  EXPECT_THAT(proxy.authorizations(), ElementsAre(me));
  EXPECT_THAT(proxy.seen(), Not(HasSubstr("for the service")));
}

TEST(HttpProxy, TheCertificateIsThatOfTheService) {
  const Certificate certificate{-1h, 1h, "DNS:other.test, IP:10.0.0.1"};
  const Authority authority{certificate};
  LoopbackServer service{serve_forever, &certificate};
  ConnectProxy proxy{service.port()};
  HttpOptions options = through(proxy.port());
  options.ca_bundle = authority.path;
  const HttpCompletion done = post(options, "https://kinesis.test/");
  EXPECT_EQ(done.error, HttpError::tls);
  EXPECT_EQ(done.error_message,
            "no TLS with kinesis.test:443: the certificate is for other names: other.test, 10.0.0.1, through the proxy "
            "127.0.0.1:" +
                std::to_string(proxy.port()));
}

TEST(HttpProxy, IsAskedForPlainHttpToo) {
  LoopbackServer service{serve_forever};
  ConnectProxy proxy{service.port(), me};
  EXPECT_EQ(post(through(proxy.port(), "me", "hunter2"), "http://kinesis.test/").response.body, "hello");
  EXPECT_THAT(proxy.lines(), ElementsAre("POST http://kinesis.test/ HTTP/1.1"));
  EXPECT_EQ(post(through(proxy.port(), "me", "wrong"), "http://kinesis.test/").error, HttpError::connect);
}

TEST(HttpProxy, SaysThatItDoesNotKnowUs) {
  ConnectProxy proxy{test::refusing_port(), me};
  const std::string who = "the proxy 127.0.0.1:" + std::to_string(proxy.port());
  for (const char* url : {"https://kinesis.test/", "http://kinesis.test/"}) {
    const HttpCompletion unknown = post(through(proxy.port()), url);
    EXPECT_EQ(unknown.error, HttpError::connect);
    EXPECT_EQ(unknown.error_message,
              who + " answered 407: it wants a user name and a password; set proxy_user_name and proxy_password");
    const HttpCompletion wrong = post(through(proxy.port(), "me", "sesame"), url);
    EXPECT_EQ(wrong.error, HttpError::connect);
    EXPECT_EQ(wrong.error_message, who + " answered 407: wrong proxy_user_name or proxy_password");
    HttpOptions options = through(proxy.port(), "me", "sesame");
    options.proxy->https->setting = "HTTPS_PROXY";
    options.proxy->http->setting = "HTTPS_PROXY";
    EXPECT_EQ(post(options, url).error_message, who + " answered 407: wrong user name or password in HTTPS_PROXY");
  }
}

TEST(HttpProxy, SaysWhyItDoesNotServe) {
  const std::uint16_t nobody = test::refusing_port();
  const HttpCompletion refused = post(through(nobody), "https://kinesis.test/");
  EXPECT_EQ(refused.error, HttpError::connect);
  EXPECT_EQ(refused.error_message, "the proxy 127.0.0.1:" + std::to_string(nobody) + " refused the connection");

  ConnectProxy strict{0};
  EXPECT_THAT(post(through(strict.port()), "https://kinesis.test/").error_message,
              HasSubstr("answered 403: it does not let anybody through to kinesis.test:443"));
  ConnectProxy lost{nobody};
  EXPECT_THAT(post(through(lost.port()), "https://kinesis.test/").error_message,
              HasSubstr("answered 502: it has no way to kinesis.test:443"));

  LoopbackServer rude{[](Connection& connection) { connection.read_head(); }};
  const HttpCompletion closed = post(through(rude.port()), "https://kinesis.test/");
  EXPECT_EQ(closed.error, HttpError::connect) << "nothing was sent";
  EXPECT_THAT(closed.error_message, HasSubstr("closed the connection instead of letting it through"));

  LoopbackServer silent{[](Connection& connection) { connection.await_close(); }};
  HttpOptions options = through(silent.port());
  options.connect_timeout = 200ms;
  const HttpCompletion waited = post(options, "https://kinesis.test/");
  EXPECT_EQ(waited.error, HttpError::connect_timeout);
  EXPECT_EQ(waited.error_message, "no connection to kinesis.test:443 within 200 ms, through the proxy 127.0.0.1:" +
                                      std::to_string(silent.port()));

  HttpOptions unknown = through(1);
  unknown.proxy->https->host = "proxy.invalid";
  EXPECT_THAT(post(unknown, "https://kinesis.test/").error_message,
              HasSubstr("cannot look up the name of the proxy proxy.invalid:1"));
}

TEST(HttpProxy, StandsBeforeNoHostOfThisMachineAndNoneOfTheList) {
  LoopbackServer service{serve_forever};
  HttpOptions options = through(test::refusing_port());
  options.proxy->no_proxy = "0.0.0.0";
  HttpClient client{options};
  EXPECT_EQ(post(client, service.url()).response.body, "hello");
  EXPECT_EQ(post(client, "http://kinesis.test/").error, HttpError::connect) << "others go through the proxy";
  EXPECT_EQ(post(client, service.url()).response.body, "hello");
  EXPECT_EQ(post(client, url_of("http", "0.0.0.0", service.port())).response.body, "hello");
}

TEST(HttpProxy, TheEnvironmentIsLeftToTheCaller) {
  const std::string proxy = "http://127.0.0.1:" + std::to_string(test::refusing_port());
  setenv("http_proxy", proxy.c_str(), 1);  // NOLINT(concurrency-mt-unsafe): no other thread runs yet
  setenv("no_proxy", "*", 1);              // NOLINT(concurrency-mt-unsafe)
  {
    LoopbackServer service{serve_forever};
    EXPECT_EQ(post(HttpOptions{}, url_of("http", "0.0.0.0", service.port())).response.body, "hello");
    ConnectProxy other{service.port()};
    EXPECT_EQ(post(through(other.port()), "http://kinesis.test/").response.body, "hello");
  }
  unsetenv("http_proxy");  // NOLINT(concurrency-mt-unsafe)
  unsetenv("no_proxy");    // NOLINT(concurrency-mt-unsafe)
}

}  // namespace
}  // namespace aiokpl::aws
