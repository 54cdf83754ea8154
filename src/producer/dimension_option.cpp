// Dimensions of the user's own: a list in one text.
#include <algorithm>
#include <array>
#include <set>

#include <aiokpl/error.hpp>

#include "producer/option_builders.hpp"
#include "producer/option_values.hpp"

namespace aiokpl::detail {
namespace {

// CloudWatch takes 30 dimensions, and three are the library's own; its lengths, too.
constexpr std::size_t most_dimensions = 27;
constexpr std::size_t longest_name = 255;
constexpr std::size_t longest_value = 1024;

constexpr std::array<std::string_view, 3> granularity_names{"global", "stream", "shard"};

bool is_printable(std::string_view text, std::size_t longest) {
  return !text.empty() && text.size() <= longest &&
         std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

AdditionalDimension parse_dimension(std::string_view text) {
  const auto wrong = [text](const std::string& what) {
    return InvalidArgument{"additional_dimensions", show_quoted(text) + " " + what};
  };
  AdditionalDimension dimension;
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) throw wrong("is no NAME=VALUE[@global|stream|shard]");
  dimension.name = text.substr(0, equals);
  std::string_view value = text.substr(equals + 1);
  if (const std::size_t at = value.rfind('@'); at != std::string_view::npos) {
    const auto* const found = std::ranges::find(granularity_names, value.substr(at + 1));
    if (found != granularity_names.end()) {
      dimension.granularity = static_cast<MetricsGranularity>(found - granularity_names.begin());
      value = value.substr(0, at);
    }
  }
  dimension.value = value;
  return dimension;
}

std::string show_dimension(const AdditionalDimension& dimension) {
  std::string text = dimension.name + "=" + dimension.value;
  const auto granularity = static_cast<std::size_t>(dimension.granularity);
  if (granularity != 0 && granularity < granularity_names.size())
    text.append("@").append(granularity_names[granularity]);
  return text;
}

std::optional<std::string> problem_of(const AdditionalDimension& one) {
  if (!is_printable(one.name, longest_name) || one.name.front() == ':') {
    return "a name must be 1 to 255 printable ASCII characters, and not start with ':', got " + show_quoted(one.name);
  }
  if (!is_printable(one.value, longest_value)) {
    return "a value must be 1 to 1024 printable ASCII characters, got " + show_quoted(one.value) + " for " + one.name;
  }
  for (const std::string_view own : {dimension::stream_name, dimension::shard_id, dimension::error_code}) {
    if (one.name == own) return one.name + " is one of the library's own dimensions";
  }
  if (static_cast<std::size_t>(one.granularity) >= granularity_names.size()) {
    return "the granularity of " + one.name + " must be global, stream or shard";
  }
  return std::nullopt;
}

}  // namespace

Option additional_dimensions_option() {
  Option option;
  option.name = "additional_dimensions";
  option.python = option.name;
  option.flag = "--additional-dimensions";
  option.kind = OptionKind::text;
  option.placeholder = "LIST";
  option.range = "up to 27 NAME=VALUE[@global|stream|shard], separated by commas";
  option.meaning = "Dimensions of one's own on the metrics, each from a granularity on.";
  option.parse = [](Config& config, std::string_view text) {
    config.additional_dimensions.clear();
    while (!text.empty()) {
      const std::size_t comma = std::min(text.find(','), text.size());
      config.additional_dimensions.push_back(parse_dimension(text.substr(0, comma)));
      text.remove_prefix(std::min(comma + 1, text.size()));
    }
  };
  option.show = [](const Config& config) {
    std::string text;
    for (const AdditionalDimension& one : config.additional_dimensions)
      text += (text.empty() ? "" : ",") + show_dimension(one);
    return text.empty() ? std::string{"(none)"} : text;
  };
  option.check = [name = option.name](const Config& config) -> std::optional<std::string> {
    const auto& given = config.additional_dimensions;
    if (given.size() > most_dimensions) return name + ": must be at most 27, got " + std::to_string(given.size());
    std::set<std::string_view> names;
    for (const AdditionalDimension& one : given) {
      if (const auto problem = problem_of(one)) return name + ": " + *problem;
      if (!names.insert(one.name).second) return name + ": " + one.name + " is given twice";
    }
    return std::nullopt;
  };
  return option;
}

}  // namespace aiokpl::detail
