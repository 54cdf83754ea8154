#include "unit/aws/connect_proxy.hpp"

#include <array>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace aiokpl::test {
namespace {

int connect_to(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) return -1;
  if (connect(made, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return made;
  close(made);
  return -1;
}

std::string head_of(const Request& request) {
  std::string head = request.line + "\r\n";
  for (const auto& [name, value] : request.headers)
    head.append(name).append(": ").append(value).append("\r\n");
  return head + "\r\n";
}

}  // namespace

void relay_requests(Connection& connection, std::uint16_t target) {
  Connection onward{connect_to(target), nullptr};
  while (const auto request = connection.read_request()) {
    onward.send(head_of(*request) + request->body);
    const auto answer = onward.read_request();
    if (!answer) return;
    connection.send(head_of(*answer) + answer->body);
  }
}

ConnectProxy::ConnectProxy(std::uint16_t target, std::string authorization)
    : target_{target}, authorization_{std::move(authorization)}, server_{[this](Connection& c) { serve(c); }} {}

void ConnectProxy::note(const Request& request) {
  const std::lock_guard lock{mutex_};
  requests_.push_back(request);
}

void ConnectProxy::serve(Connection& connection) {
  const auto request = connection.read_head();
  if (!request) return;
  note(*request);
  const auto given = request->headers.find("proxy-authorization");
  if (!authorization_.empty() && (given == request->headers.end() || given->second != authorization_)) {
    connection.send(http_answer(407, "who are you?", "Proxy-Authenticate: Basic realm=\"test\"\r\n"));
    return;
  }
  if (target_ == 0) {
    connection.send(http_answer(403, "not there"));
    return;
  }
  const int target = connect_to(target_);
  if (target < 0) {
    connection.send(http_answer(502, "nobody there"));
    return;
  }
  if (request->line.starts_with("CONNECT ")) {
    connection.send("HTTP/1.1 200 Connection established\r\n\r\n");
  } else {
    const std::string head = head_of(*request);
    static_cast<void>(::send(target, head.data(), head.size(), MSG_NOSIGNAL));
  }
  connection.join(target);
  close(target);
}

std::vector<std::string> ConnectProxy::lines() const {
  const std::lock_guard lock{mutex_};
  std::vector<std::string> lines;
  for (const Request& request : requests_)
    lines.push_back(request.line);
  return lines;
}

std::vector<std::string> ConnectProxy::authorizations() const {
  const std::lock_guard lock{mutex_};
  std::vector<std::string> found;
  for (const Request& request : requests_) {
    const auto given = request.headers.find("proxy-authorization");
    if (given != request.headers.end()) found.push_back(given->second);
  }
  return found;
}

std::string ConnectProxy::seen() const {
  const std::lock_guard lock{mutex_};
  std::string all;
  for (const Request& request : requests_)
    all += head_of(request);
  return all;
}

}  // namespace aiokpl::test
