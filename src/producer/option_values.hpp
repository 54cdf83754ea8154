#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

/// Values of options as people write them. A reader throws InvalidArgument, naming the field, what was written and
/// what is allowed.
namespace aiokpl::detail {

/// true, false, yes, no, on, off, 1, 0.
[[nodiscard]] bool parse_boolean(std::string_view field, std::string_view text);
/// Digits only.
[[nodiscard]] std::uint64_t parse_count(std::string_view field, std::string_view text, std::string_view range);
/// Bytes, or a number with B, KiB, MiB, GiB or TiB: "50KiB". Powers of ten (KB) are refused, since one never knows.
[[nodiscard]] std::uint64_t parse_size(std::string_view field, std::string_view text, std::string_view range);
/// A finite decimal number.
[[nodiscard]] double parse_rate(std::string_view field, std::string_view text, std::string_view range);
/// A number with ns, us, ms, s, m, h or d: "100ms", "1.5s". Only 0 needs no unit.
[[nodiscard]] std::chrono::nanoseconds parse_duration(std::string_view field, std::string_view text,
                                                      std::string_view range);

/// As the readers take them, in the largest unit that leaves a whole number.
[[nodiscard]] std::string show_boolean(bool value);
[[nodiscard]] std::string show_size(std::uint64_t value);
[[nodiscard]] std::string show_rate(double value);
[[nodiscard]] std::string show_duration(std::chrono::nanoseconds value);
/// In quotes, cut after 80 characters, anything unprintable as `?`: a wrong value goes into an error and a terminal.
[[nodiscard]] std::string show_quoted(std::string_view value);

}  // namespace aiokpl::detail
