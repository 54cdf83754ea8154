#include "aws/web_call.hpp"

#include <cstdlib>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/web_url.hpp"
#include "unit/aws/loopback_server.hpp"

namespace aiokpl::aws {
namespace {

using namespace std::chrono_literals;
using test::Connection;
using test::http_answer;
using test::LoopbackServer;
using testing::HasSubstr;

codec::Piece piece(std::string_view text) {
  return std::as_bytes(std::span{text});
}

HttpCompletion complete(HttpClient& client) {
  std::vector<HttpCompletion> completed;
  const auto limit = std::chrono::steady_clock::now() + 15s;
  while (completed.empty() && std::chrono::steady_clock::now() < limit)
    client.poll(limit - std::chrono::steady_clock::now(), completed);
  return completed.empty() ? HttpCompletion{} : completed.front();
}

/// Answers with what it was asked.
void echo(Connection& connection) {
  while (auto request = connection.read_request()) {
    std::string seen = request->line + "|" + request->body;
    for (const char* name : {"content-length", "content-type", "x-one"}) {
      if (request->headers.contains(name)) seen += std::string{"|"} + name + "=" + request->headers[name];
    }
    connection.send(http_answer(200, seen));
  }
}

TEST(HttpMethods, FollowOneAnotherOnOneConnection) {
  LoopbackServer server{echo};
  HttpClient client{{.max_connections = 1}};
  const std::vector<codec::Piece> body{piece("hello")};
  const auto ask = [&](HttpMethod method, bool with_body) {
    HttpRequest request{.url = server.url(), .headers = {"X-One: 1"}, .method = method};
    if (with_body) {
      request.body = body;
      request.body_size = 5;
    }
    static_cast<void>(client.start(std::move(request)));
    return complete(client).response.body;
  };
  const std::string posted =
      "POST / HTTP/1.1|hello|content-length=5|content-type=application/x-www-form-urlencoded|x-one=1";
  EXPECT_EQ(ask(HttpMethod::post, true), posted);
  EXPECT_EQ(ask(HttpMethod::get, false), "GET / HTTP/1.1||x-one=1");
  EXPECT_EQ(ask(HttpMethod::put, true), "PUT / HTTP/1.1|hello|content-length=5|x-one=1");
  EXPECT_EQ(ask(HttpMethod::put, false), "PUT / HTTP/1.1||content-length=0|x-one=1");
  EXPECT_EQ(ask(HttpMethod::get, false), "GET / HTTP/1.1||x-one=1");
  EXPECT_EQ(ask(HttpMethod::post, true), posted);
  EXPECT_EQ(server.connections(), 1);
  EXPECT_THROW(static_cast<void>(ask(HttpMethod::get, true)), std::invalid_argument);
}

TEST(HttpMethods, NoneIsRepeated) {
  for (const HttpMethod method : {HttpMethod::get, HttpMethod::put}) {
    std::atomic<int> requests = 0;
    LoopbackServer server{[&](Connection& connection) {
      while (connection.read_request()) {
        if (++requests == 2) return;
        connection.send(http_answer(200, "fine"));
      }
    }};
    HttpClient client{{}};
    static_cast<void>(client.start({.url = server.url(), .method = method}));
    EXPECT_EQ(complete(client).response.body, "fine");
    static_cast<void>(client.start({.url = server.url(), .method = method}));
    EXPECT_EQ(complete(client).error, HttpError::reset);
    EXPECT_EQ(requests, 2);
  }
}

TEST(WebCall, MakesEachCallOnAConnectionOfItsOwn) {
  LoopbackServer server{echo};
  const WebCall call = make_web_call({});
  WebRequest request;
  request.url = server.url() + "latest?x=y";
  request.headers = {"X-One: 1"};
  WebAnswer answer = call(request);
  EXPECT_EQ(answer.status, 200) << answer.problem;
  EXPECT_EQ(answer.body, "GET /latest?x=y HTTP/1.1||x-one=1");
  request.method = "PUT";
  EXPECT_EQ(call(request).body, "PUT /latest?x=y HTTP/1.1||content-length=0|x-one=1");
  request.method = "POST";
  request.body = "a=b";
  EXPECT_THAT(call(request).body, HasSubstr("POST /latest?x=y HTTP/1.1|a=b|content-length=3"));
  EXPECT_EQ(server.connections(), 3);
}

// 0.0.0.0 is this machine, but not one of the names that never go through a proxy.
TEST(WebCall, GoesDirectlyWhereItHasTo) {
  LoopbackServer proxy{[](Connection& connection) {
    const auto request = connection.read_request();
    connection.send(http_answer(200, request ? "proxy: " + request->line : ""));
  }};
  LoopbackServer server{echo};
  HttpOptions options;
  options.proxy = ProxySettings{.http = Proxy{.host = "127.0.0.1", .port = proxy.port()}};
  WebRequest request;
  request.url = server.url("0.0.0.0");
  const std::string through = make_web_call(options)(request).body;
  request.direct = true;
  const std::string directly = make_web_call(options)(request).body;
  EXPECT_EQ(through, "proxy: GET " + request.url + " HTTP/1.1");
  EXPECT_EQ(directly, "GET / HTTP/1.1|");
}

TEST(WebCall, FollowsNoRedirection) {
  LoopbackServer server{[](Connection& connection) {
    connection.read_request();
    connection.send(http_answer(302, "elsewhere", "Location: /secret\r\n"));
    connection.await_close();
  }};
  WebRequest request;
  request.url = server.url();
  const WebAnswer answer = make_web_call({})(request);
  EXPECT_EQ(answer.status, 302);
  EXPECT_EQ(answer.body, "elsewhere");
  EXPECT_EQ(server.connections(), 1);
}

TEST(WebCall, TakesNoMoreThanAMebibyte) {
  for (const std::size_t size : {std::size_t{1} << 20, (std::size_t{1} << 20) + 1}) {
    LoopbackServer server{[size](Connection& connection) {
      connection.read_request();
      connection.send(http_answer(200, std::string(size, 'x')));
      connection.await_close();
    }};
    WebRequest request;
    request.url = server.url();
    const WebAnswer answer = make_web_call({})(request);
    if (size == std::size_t{1} << 20) {
      EXPECT_EQ(answer.body.size(), size) << answer.problem;
    } else {
      EXPECT_EQ(answer.status, 0);
      EXPECT_THAT(answer.problem, HasSubstr("is larger than 1048576 bytes"));
    }
  }
}

TEST(WebCall, EndsInTimeHoweverSlowlyTheAnswerDrips) {
  LoopbackServer server{[](Connection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 200 X\r\nContent-Length: 1000000\r\n\r\n");
    for (int i = 0; i < 200; ++i) {
      connection.send("x");
      std::this_thread::sleep_for(10ms);  // the dripping
    }
  }};
  WebRequest request;
  request.url = server.url();
  request.timeout = 200ms;
  const auto begin = std::chrono::steady_clock::now();
  const WebAnswer answer = make_web_call({})(request);
  EXPECT_EQ(answer.status, 0);
  EXPECT_EQ(answer.problem, "no answer of 127.0.0.1:" + std::to_string(server.port()) + " within 200 ms");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1900ms);
}

TEST(WebCall, EndsWhenItIsAskedTo) {
  test::Event asked;
  LoopbackServer server{[&](Connection& connection) {
    connection.read_request();
    asked.set();
    connection.await_close();
  }};
  std::stop_source stop;
  WebRequest request;
  request.url = server.url();
  request.timeout = 60s;
  request.stop = stop.get_token();
  std::thread stopper{[&] {
    EXPECT_TRUE(asked.wait());
    stop.request_stop();
  }};
  const WebAnswer answer = make_web_call({})(request);
  stopper.join();
  EXPECT_EQ(answer.problem, "the call of 127.0.0.1:" + std::to_string(server.port()) + " was given up");
  EXPECT_THAT(make_web_call({})(request).problem, HasSubstr("was given up")) << "before it began, too";
}

TEST(WebCall, SaysWhyThereIsNoAnswer) {
  const std::string port = std::to_string(test::refusing_port());
  WebRequest request;
  request.url = "http://127.0.0.1:" + port + "/";
  const WebAnswer refused = make_web_call({})(request);
  EXPECT_EQ(refused.status, 0);
  EXPECT_EQ(refused.problem, "cannot connect to 127.0.0.1:" + port + ": Connection refused");
  request.url = "file:///etc/passwd";
  EXPECT_THAT(make_web_call({})(request).problem, HasSubstr("no http or https URL"));
  request.method = "DELETE";
  EXPECT_EQ(make_web_call({})(request).problem, "cannot make a DELETE");
}

TEST(WebUrl, IsTakenApartAsLibcurlWillTakeIt) {
  const auto url = read_web_url("HTTPS://Host.example:8443/a%20b?c=d");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->path, "/a%20b");
  EXPECT_EQ(url->query, "c=d");
  EXPECT_EQ(read_web_url("http://[::1]:80/")->authority(), "[::1]");
  EXPECT_EQ(read_web_url("http://h:81")->authority(), "h:81");
  EXPECT_EQ(read_web_url("http://h")->path, "/");
  EXPECT_EQ(read_web_url("http://0x7f.1/")->host, "127.0.0.1");
  for (const char* wrong : {"", "h", "ftp://h/", "http://", "http://u@h/", "http://u:p@h/", "http://h/#f",
                            "http://h/ x", "http://h/\xC3\xA9", "http://h\n/", "http://h:0/", "http://h%2e/",
                            "http://h%ed/", "http:/h/", "http:/h%2ex://y/", "http:///h/", "http://h:99999/", "//h/"}) {
    EXPECT_FALSE(read_web_url(wrong)) << wrong;
  }
  EXPECT_EQ(percent_encoded("aZ9-._~ /+\xC3\xA9"), "aZ9-._~%20%2F%2B%C3%A9");
}

}  // namespace
}  // namespace aiokpl::aws
