#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <curl/curl.h>

namespace aiokpl::aws {

/// The sockets that libcurl has open for one client. While a transfer runs libcurl does not tell which socket is its
/// own, only the local address that it uses.
class HttpSockets {
 public:
  /// Makes libcurl open and close its sockets here. This object has to outlive every connection.
  void watch(CURL* easy);
  /// The open socket with this local address, or CURL_SOCKET_BAD.
  [[nodiscard]] curl_socket_t find(std::string_view local_ip, std::uint16_t local_port) const;
  /// What is not acknowledged by the peer of all that was written; 0 when unknown.
  [[nodiscard]] static std::uint64_t unacknowledged(curl_socket_t socket);
  /// All that the peer has sent on this connection so far, whether or not it was read; 0 when unknown.
  [[nodiscard]] static std::uint64_t received(curl_socket_t socket);

 private:
  static curl_socket_t on_open(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_close(void* self, curl_socket_t socket);

  std::vector<curl_socket_t> open_;
};

}  // namespace aiokpl::aws
