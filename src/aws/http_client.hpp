#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aws/http_transport.hpp"
#include "aws/proxy.hpp"

namespace aiokpl::aws {

struct HttpOptions {
  /// Connections, which is requests under way. Requests beyond wait inside the client; their clocks do not run yet.
  std::size_t max_connections = 24;
  /// Name lookup, TCP and TLS together.
  std::chrono::nanoseconds connect_timeout = std::chrono::seconds{6};
  /// From the last byte that moved, either way, to giving up. What libcurl does not tell of is looked at sixteen
  /// times in this span, which is how much too late the end may be noticed: bytes that wait in the socket for a slow
  /// peer, and those of a header or of TLS that came and are no whole line or record yet.
  std::chrono::nanoseconds request_timeout = std::chrono::seconds{6};
  /// False: any certificate will do.
  bool verify_ssl = true;
  /// PEM file of authorities, the only ones that are trusted. Absent: those that libcurl was built to look for.
  std::optional<std::string> ca_bundle = std::nullopt;
  /// Absent: no request goes through a proxy. The environment is not read here; see `resolve_proxies`.
  std::optional<ProxySettings> proxy = std::nullopt;
  std::string user_agent = {};
  /// An answer larger than this is an error.
  std::size_t max_response_size = std::size_t{64} << 20;
};

/// HTTP over kept-alive connections: libcurl's multi interface, driven by the thread that calls `poll`. Nothing is ever
/// sent twice: what libcurl would repeat on its own ends with HttpError::reset. The polling thread should block SIGPIPE
/// where libcurl is older than 7.87.
class HttpClient final : public HttpTransport {
 public:
  explicit HttpClient(HttpOptions options);
  ~HttpClient() override;

  [[nodiscard]] HttpTicket start(HttpRequest request) override;
  void cancel(HttpTicket ticket) override;
  void poll(std::chrono::nanoseconds wait, std::vector<HttpCompletion>& completed) override;
  void wakeup() noexcept override;
  /// Started, and neither completed nor cancelled.
  [[nodiscard]] std::size_t in_flight() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aiokpl::aws
