#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "codec/pieces.hpp"

namespace aiokpl::aws {

/// Names a request from its start to its completion; never 0, never used twice by one client.
using HttpTicket = std::uint64_t;

enum class HttpMethod { post, get, put };

struct HttpRequest {
  std::string url;
  std::vector<std::string> headers;  ///< "Name: value"
  /// Copied straight from here into curl's buffer: the list and the bytes must stay as they are until the completion
  /// is handed out, or the request cancelled.
  std::span<const codec::Piece> body;
  std::size_t body_size = 0;  ///< of all pieces together
  /// A GET has no body.
  HttpMethod method = HttpMethod::post;
  /// Never through a proxy, whatever the environment says.
  bool direct = false;
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

/// Carries HTTP requests, each at most once. Every member but `wakeup` is for one thread.
class HttpTransport {
 public:
  HttpTransport() = default;
  HttpTransport(const HttpTransport&) = delete;
  HttpTransport& operator=(const HttpTransport&) = delete;
  /// Drops what is under way.
  virtual ~HttpTransport() = default;

  /// Takes a request; it moves only inside `poll`. Throws std::invalid_argument when the pieces are not body_size
  /// bytes, or those of a GET are any.
  [[nodiscard]] virtual HttpTicket start(HttpRequest request) = 0;
  /// Drops a request: its body is not touched any more and no completion comes. Unknown tickets are ignored.
  virtual void cancel(HttpTicket ticket) = 0;
  /// Moves bytes, waiting for activity, `wakeup` or the end of `wait` (rounded up to milliseconds), and appends what
  /// was completed. May return early with nothing.
  virtual void poll(std::chrono::nanoseconds wait, std::vector<HttpCompletion>& completed) = 0;
  /// Ends a running `poll`, or the wait of the next one. From any thread.
  virtual void wakeup() noexcept = 0;
};

}  // namespace aiokpl::aws
