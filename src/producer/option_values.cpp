#include "producer/option_values.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <span>

#include <aiokpl/error.hpp>

namespace aiokpl::detail {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<Unit, 7> duration_units{{{"ns", 1},
                                              {"us", 1'000},
                                              {"ms", 1'000'000},
                                              {"s", 1'000'000'000},
                                              {"m", 60'000'000'000},
                                              {"h", 3'600'000'000'000},
                                              {"d", 86'400'000'000'000}}};
constexpr std::array<Unit, 5> size_units{{{"b", 1},
                                          {"kib", std::uint64_t{1} << 10},
                                          {"mib", std::uint64_t{1} << 20},
                                          {"gib", std::uint64_t{1} << 30},
                                          {"tib", std::uint64_t{1} << 40}}};

[[noreturn]] void refuse(std::string_view field, std::string_view text, std::string_view why) {
  throw InvalidArgument{std::string{field}, show_quoted(text) + " " + std::string{why}};
}

std::string allowed(std::string_view why, std::string_view range) {
  return std::string{why} + "; allowed: " + std::string{range};
}

// Locale-free lower case: units and words are ASCII.
std::string lower(std::string_view text) {
  std::string result{text};
  for (char& character : result) {
    if (character >= 'A' && character <= 'Z') character = static_cast<char>(character - 'A' + 'a');
  }
  return result;
}

bool is_number_part(char character) {
  return (character >= '0' && character <= '9') || character == '.';
}

// "1.5s" is "1.5" and "s".
struct Split {
  std::string_view number;
  std::string_view unit;
};

Split split(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && is_number_part(text[end]))
    ++end;
  Split parts{text.substr(0, end), text.substr(end)};
  while (!parts.unit.empty() && parts.unit.front() == ' ')
    parts.unit.remove_prefix(1);
  return parts;
}

const Unit* find_unit(std::span<const Unit> units, std::string_view name) {
  for (const Unit& unit : units) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

// Whole and fraction apart, so that no large number loses digits. Nothing if it is no number or the result is no int64.
std::optional<std::uint64_t> scaled(std::string_view number, std::uint64_t factor) {
  constexpr auto highest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const std::size_t point = number.find('.');
  const std::string_view digits = number.substr(0, point);
  const std::string_view decimals = point == std::string_view::npos ? std::string_view{} : number.substr(point + 1);
  if ((digits.empty() && decimals.empty()) || decimals.find('.') != std::string_view::npos) return std::nullopt;
  if (decimals.size() > 9) return std::nullopt;
  std::uint64_t whole = 0;
  for (const char digit : digits) {
    if (whole > highest / 10) return std::nullopt;
    whole = whole * 10 + static_cast<std::uint64_t>(digit - '0');
    if (whole > highest / factor) return std::nullopt;
  }
  long double part = 0;
  for (auto digit = decimals.rbegin(); digit != decimals.rend(); ++digit)
    part = (part + (*digit - '0')) / 10;
  const auto fraction = static_cast<std::uint64_t>(std::llround(part * static_cast<long double>(factor)));
  if (fraction > highest - whole * factor) return std::nullopt;
  return whole * factor + fraction;
}

}  // namespace

bool parse_boolean(std::string_view field, std::string_view text) {
  const std::string word = lower(text);
  if (word == "true" || word == "yes" || word == "on" || word == "1") return true;
  if (word == "false" || word == "no" || word == "off" || word == "0") return false;
  refuse(field, text, "is neither true nor false");
}

std::uint64_t parse_count(std::string_view field, std::string_view text, std::string_view range) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    refuse(field, text, allowed("is no whole number", range));
  }
  return value;
}

std::uint64_t parse_size(std::string_view field, std::string_view text, std::string_view range) {
  const Split parts = split(text);
  const std::string name = parts.unit.empty() ? "b" : lower(parts.unit);
  const Unit* unit = find_unit(size_units, name);
  if (unit == nullptr) refuse(field, text, allowed("has no unit of B, KiB, MiB, GiB or TiB", range));
  const auto value = scaled(parts.number, unit->factor);
  if (!value) refuse(field, text, allowed("is no size", range));
  return *value;
}

double parse_rate(std::string_view field, std::string_view text, std::string_view range) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
    refuse(field, text, allowed("is no number", range));
  }
  return value;
}

std::chrono::nanoseconds parse_duration(std::string_view field, std::string_view text, std::string_view range) {
  const Split parts = split(text);
  if (parts.unit.empty() && !parts.number.empty() && parts.number != "0") {
    refuse(field, text, allowed("needs a unit of ns, us, ms, s, m, h or d, such as " + std::string{text} + "s", range));
  }
  const Unit* unit = find_unit(duration_units, parts.unit.empty() ? "ns" : parts.unit);
  const auto value = unit == nullptr ? std::nullopt : scaled(parts.number, unit->factor);
  if (!value) refuse(field, text, allowed("is no time such as 100ms, 30s or 2m", range));
  return std::chrono::nanoseconds{static_cast<std::int64_t>(*value)};
}

std::string show_boolean(bool value) {
  return value ? "true" : "false";
}

std::string show_size(std::uint64_t value) {
  constexpr std::array<std::string_view, 4> names{"KiB", "MiB", "GiB", "TiB"};
  std::string_view unit;
  for (const std::string_view name : names) {
    if (value == 0 || value % 1024 != 0) break;
    value /= 1024;
    unit = name;
  }
  return std::to_string(value) + std::string{unit};
}

std::string show_rate(double value) {
  std::array<char, 64> buffer{};
  // Fixed where that is short, since 1e+06 reads badly.
  const auto format =
      std::abs(value) < 1e15 && value == std::floor(value) ? std::chars_format::fixed : std::chars_format::general;
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format);
  return error == std::errc{} ? std::string{buffer.data(), end} : std::to_string(value);
}

std::string show_duration(std::chrono::nanoseconds value) {
  if (value.count() == 0) return "0s";
  std::string sign;
  // Unsigned, so that the lowest value can be negated too.
  auto count = static_cast<std::uint64_t>(value.count());
  if (value.count() < 0) {
    sign = "-";
    count = 0 - count;
  }
  const Unit* best = duration_units.data();
  for (const Unit& unit : duration_units) {
    if (count % unit.factor == 0) best = &unit;
  }
  return sign + std::to_string(count / best->factor) + std::string{best->name};
}

std::string show_quoted(std::string_view value) {
  constexpr std::size_t longest = 80;
  std::string result{"\""};
  for (const char character : value.substr(0, longest))
    result += character < ' ' || character > '~' ? '?' : character;
  result += value.size() > longest ? "...\"" : "\"";
  return result;
}

}  // namespace aiokpl::detail
