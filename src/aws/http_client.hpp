#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "codec/pieces.hpp"

namespace aiokpl::aws {

/// Names a request from its start to its completion; never 0, never used twice by one client.
using HttpTicket = std::uint64_t;

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
  /// PEM file of authorities instead of the system's.
  std::optional<std::string> ca_bundle = std::nullopt;
  std::string user_agent = {};
  /// An answer larger than this is an error.
  std::size_t max_response_size = std::size_t{64} << 20;
};

struct HttpRequest {
  std::string url;
  std::vector<std::string> headers;  ///< "Name: value"
  /// Copied straight from here into curl's buffer: the list and the bytes must stay as they are until the completion
  /// is handed out, or the request cancelled.
  std::span<const codec::Piece> body;
  std::size_t body_size = 0;  ///< of all pieces together
};

struct HttpResponse {
  int status = 0;
  std::string content_type;
  std::string request_id;  ///< x-amzn-RequestId
  std::string error_type;  ///< x-amzn-ErrorType
  std::string date;
  std::string body;
};

enum class HttpError {
  none,
  resolve,          ///< The host's name has no address.
  connect,          ///< Refused or unreachable.
  connect_timeout,  ///< No connection (name, TCP, TLS) within connect_timeout.
  timeout,          ///< Nothing moved for request_timeout.
  tls,              ///< No trust, or no common ground.
  reset,            ///< The connection was closed while in use. The service may have taken the request.
  too_many_files,   ///< This process has no file descriptor left.
  other,
};

struct HttpCompletion {
  HttpTicket ticket = 0;
  HttpError error = HttpError::none;
  std::string error_message = {};  ///< In words, with host and port.
  HttpResponse response = {};
  std::uint64_t bytes_sent = 0;  ///< Of the body, as far as the socket took them.
};

/// HTTP POST over kept-alive connections: libcurl's multi interface, driven by the thread that calls `poll`. Nothing is
/// ever sent twice: what libcurl would repeat on its own ends with HttpError::reset. Every member but `wakeup` is for
/// one thread. The polling thread should block SIGPIPE where libcurl is older than 7.87.
class HttpClient {
 public:
  explicit HttpClient(HttpOptions options);
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  /// Drops what is under way.
  ~HttpClient();

  /// Takes a request; it moves only inside `poll`. Throws std::invalid_argument when the pieces are not body_size
  /// bytes.
  [[nodiscard]] HttpTicket start(HttpRequest request);
  /// Drops a request: its body is not touched any more and no completion comes. Unknown tickets are ignored.
  void cancel(HttpTicket ticket);
  /// Moves bytes, waiting for activity, `wakeup` or the end of `wait` (rounded up to milliseconds), and appends what
  /// was completed. May return early with nothing.
  void poll(std::chrono::nanoseconds wait, std::vector<HttpCompletion>& completed);
  /// Ends a running `poll`, or the wait of the next one. From any thread.
  void wakeup() noexcept;
  /// Started, and neither completed nor cancelled.
  [[nodiscard]] std::size_t in_flight() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aiokpl::aws
