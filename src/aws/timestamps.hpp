#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

/// Times as the services write them.
namespace aiokpl::aws {

/// "2026-01-02T03:04:05Z", with fractions of a second, with an offset such as +01:00, or with "UTC" at the end, as
/// the cache of `aws sso login` once had it. Nothing when it is none of these. What lies before 1970 or after 2200
/// counts as those: "never" is written as the year 9999, which the system clock does not reach.
[[nodiscard]] std::optional<std::chrono::system_clock::time_point> read_timestamp(std::string_view text);

/// Milliseconds since 1970, within the same bounds.
[[nodiscard]] std::chrono::system_clock::time_point from_milliseconds(double milliseconds) noexcept;

/// "2026-01-02T03:04:05Z"
[[nodiscard]] std::string write_timestamp(std::chrono::system_clock::time_point time);

}  // namespace aiokpl::aws
