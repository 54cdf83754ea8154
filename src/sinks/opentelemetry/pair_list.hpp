#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aiokpl::sinks {

/// What OTEL_RESOURCE_ATTRIBUTES and the variables for headers hold: "name=value,name=value", each percent-encoded.
struct PairList {
  std::vector<std::pair<std::string, std::string>> pairs = {};
  /// What is wrong, without repeating any of the text: a header's value is a secret. Empty: nothing.
  std::string problem = {};
};

/// Space around names and values is no part of them; nothing between two commas is no pair.
[[nodiscard]] PairList parse_pair_list(std::string_view text);

/// "%41" is "A". Nothing where a percent sign is not followed by two hexadecimal digits.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace aiokpl::sinks
