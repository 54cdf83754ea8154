#include "sinks/opentelemetry/pair_list.hpp"

#include <algorithm>
#include <charconv>

#include "codec/ascii.hpp"

namespace aiokpl::sinks {
namespace {

std::string_view trimmed(std::string_view text) {
  return codec::trimmed(text, " \t");
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded += text[at];
      continue;
    }
    unsigned value = 0;
    const std::string_view digits = text.substr(at + 1, 2);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 2 || error != std::errc{} || end != digits.data() + 2) return std::nullopt;
    decoded += static_cast<char>(value);
    at += 2;
  }
  return decoded;
}

PairList parse_pair_list(std::string_view text) {
  PairList list;
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view pair = trimmed(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
    ++number;
    if (pair.empty()) continue;
    const std::string which = "pair " + std::to_string(number);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return {.problem = which + " has no '='"};
    auto name = percent_decoded(trimmed(pair.substr(0, equals)));
    auto value = percent_decoded(trimmed(pair.substr(equals + 1)));
    if (!name || !value) return {.problem = which + " has a '%' without two hexadecimal digits"};
    if (name->empty()) return {.problem = which + " has no name"};
    list.pairs.emplace_back(std::move(*name), std::move(*value));
  }
  return list;
}

}  // namespace aiokpl::sinks
