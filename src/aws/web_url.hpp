#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aiokpl::aws {

/// An http or https URL, taken apart.
struct WebUrl {
  std::string scheme;
  /// As libcurl will understand it: "127.1" is 127.0.0.1. An IPv6 address is in its brackets.
  std::string host;
  std::uint16_t port = 0;
  std::string path = "/";  ///< Percent-encoded.
  std::string query;       ///< Without the question mark.

  /// The Host header.
  [[nodiscard]] std::string authority() const;
};

/// Nothing when it is no such URL, is not printable ASCII, or has a user, a password or a fragment.
[[nodiscard]] std::optional<WebUrl> read_web_url(std::string_view text);

/// All but letters, digits and "-._~" as %XX.
[[nodiscard]] std::string percent_encoded(std::string_view text);

}  // namespace aiokpl::aws
