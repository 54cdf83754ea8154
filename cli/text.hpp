#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aiokpl::cli {

using WallTime = std::chrono::system_clock::time_point;

/// "1,234,567"
[[nodiscard]] std::string grouped(std::uint64_t number);
/// "512 B", "3.4 MB": powers of ten, as network people count.
[[nodiscard]] std::string show_bytes(std::uint64_t bytes);
/// "1.3 s", "250 ms"
[[nodiscard]] std::string show_seconds(std::chrono::nanoseconds time);

/// "2026-11-24T04:13:39.123Z"
[[nodiscard]] std::string to_rfc3339(WallTime time);
/// RFC 3339 with an offset or Z, also a date alone (its first moment in UTC), of the years 1678 to 2261. Nothing if it
/// is anything else.
[[nodiscard]] std::optional<WallTime> from_rfc3339(std::string_view text);

/// Reads \n, \r, \t, \0, \\ and \xHH. Throws CommandError (usage) for any other escape.
[[nodiscard]] std::string unescape(std::string_view text);

}  // namespace aiokpl::cli
