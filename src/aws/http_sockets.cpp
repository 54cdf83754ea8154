#include "aws/http_sockets.hpp"

#include <array>
#include <cstring>
#include <string>

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace aiokpl::aws {
namespace {

bool is_bound_to(curl_socket_t socket, std::string_view ip, std::uint16_t port) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return false;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof(v4));
    inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    return ntohs(v4.sin_port) == port && ip == text.data();
  }
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof(v6));
    inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    return ntohs(v6.sin6_port) == port && ip == text.data();
  }
  return false;
}

}  // namespace

void HttpSockets::watch(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &HttpSockets::on_open);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &HttpSockets::on_close);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, static_cast<void*>(this));
}

curl_socket_t HttpSockets::on_open(void* self, curlsocktype /*purpose*/, curl_sockaddr* address) {
  const int opened = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (opened < 0) return CURL_SOCKET_BAD;
  static_cast<HttpSockets*>(self)->open_.push_back(opened);
  return opened;
}

int HttpSockets::on_close(void* self, curl_socket_t socket) {
  std::erase(static_cast<HttpSockets*>(self)->open_, socket);
  return close(socket);
}

curl_socket_t HttpSockets::find(std::string_view local_ip, std::uint16_t local_port) const {
  for (const curl_socket_t socket : open_) {
    if (is_bound_to(socket, local_ip, local_port)) return socket;
  }
  return CURL_SOCKET_BAD;
}

std::uint64_t HttpSockets::unacknowledged(curl_socket_t socket) {
  int waiting = 0;
  if (socket == CURL_SOCKET_BAD || ioctl(socket, SIOCOUTQ, &waiting) != 0 || waiting < 0) return 0;
  return static_cast<std::uint64_t>(waiting);
}

std::uint64_t HttpSockets::received(curl_socket_t socket) {
  tcp_info info{};
  socklen_t size = sizeof(info);
  if (socket == CURL_SOCKET_BAD || getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 0;
  return info.tcpi_bytes_received;
}

}  // namespace aiokpl::aws
