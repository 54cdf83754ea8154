#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <aiokpl/emulator.hpp>

namespace aiokpl::emulator {

/// A request as it came in. Views into the connection's buffers.
struct HttpRequest {
  std::string_view method;
  /// Path and query, as sent.
  std::string_view target;
  std::span<const std::pair<std::string_view, std::string_view>> headers;
  std::string_view body;

  /// Empty when absent; the name in lower case.
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
};

/// Throws ApiError as the service does for requests without a signature, with half of one, with a wrong one, or with
/// one of a key that it does not know or that has expired.
void verify(const HttpRequest& request, const KeyLookup& keys, std::chrono::system_clock::time_point now);

/// Throws ApiError as the service does for a request that is dated more than five minutes off.
void check_date(const HttpRequest& request, std::chrono::system_clock::time_point now);

/// "Fri, 02 Jan 2026 03:00:00 GMT"
[[nodiscard]] std::string http_date(std::chrono::system_clock::time_point time);

/// The region of the request's credential scope; nothing when it is not signed.
[[nodiscard]] std::optional<std::string_view> region_of(const HttpRequest& request) noexcept;

}  // namespace aiokpl::emulator
