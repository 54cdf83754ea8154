#include "producer/option_builders.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <aiokpl/error.hpp>

#include "producer/option_values.hpp"

namespace aiokpl::detail {
namespace {

using Nanoseconds = std::chrono::nanoseconds;

std::string flag_of(std::string_view name) {
  std::string flag{name};
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

Option entry(std::string_view name, OptionKind kind, std::string_view placeholder, std::string_view meaning) {
  Option option;
  option.name = name;
  option.python = name;
  option.flag = "--" + flag_of(name);
  option.kind = kind;
  option.placeholder = placeholder;
  option.meaning = meaning;
  return option;
}

std::string out_of_range(const Option& option, const std::string& value) {
  return option.name + ": must be " + option.range + ", got " + value;
}

Option whole_number(Option option, std::uint64_t Config::* field, Limits<std::uint64_t> limits,
                    std::string (*show)(std::uint64_t),
                    std::uint64_t (*parse)(std::string_view, std::string_view, std::string_view)) {
  option.range = limits.highest == ~std::uint64_t{0} ? "at least " + show(limits.lowest)
                                                     : show(limits.lowest) + " to " + show(limits.highest);
  option.parse = [field, parse, name = option.name, range = option.range](Config& config, std::string_view text) {
    config.*field = parse(name, text, range);
  };
  option.show = [field, show](const Config& config) { return show(config.*field); };
  option.check = [field, limits, show, shared = option](const Config& config) -> std::optional<std::string> {
    if (config.*field >= limits.lowest && config.*field <= limits.highest) return std::nullopt;
    return out_of_range(shared, show(config.*field));
  };
  return option;
}

// From 1 on.
Option small_number(Option option, std::uint32_t Config::* field, std::uint32_t highest) {
  option.range = "1 to " + std::to_string(highest);
  option.parse = [field, copy = option](Config& config, std::string_view text) {
    // Kept at the highest value rather than cut off, so that the check still refuses what does not fit.
    config.*field = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(parse_count(copy.name, text, copy.range), ~std::uint32_t{0}));
  };
  option.show = [field](const Config& config) { return std::to_string(config.*field); };
  option.check = [field, highest, copy = option](const Config& config) -> std::optional<std::string> {
    if (config.*field >= 1 && config.*field <= highest) return std::nullopt;
    return out_of_range(copy, std::to_string(config.*field));
  };
  return option;
}

std::string show_count(std::uint64_t value) {
  return std::to_string(value);
}

Option time_entry(std::string_view name, std::string_view meaning) {
  Option option = entry(name, OptionKind::duration, "TIME", meaning);
  option.python += "_ms";
  option.unit = "time";
  return option;
}

std::size_t index_of_choice(const Option& option, std::string_view text) {
  const auto found = std::find(option.choices.begin(), option.choices.end(), text);
  if (found == option.choices.end()) {
    throw InvalidArgument{option.name, show_quoted(text) + " is none of " + option.range};
  }
  return static_cast<std::size_t>(found - option.choices.begin());
}

template <typename Enum>
std::string show_choice(const Option& option, Enum value) {
  const auto index = static_cast<std::size_t>(value);
  return index < option.choices.size() ? option.choices[index] : std::to_string(index);
}

template <typename Enum>
std::optional<std::string> problem_of_choice(const Option& option, Enum value) {
  const auto index = static_cast<std::size_t>(value);
  if (index < option.choices.size()) return std::nullopt;
  return option.name + ": must be one of " + option.range + ", got " + std::to_string(index);
}

Option choice_entry(std::string_view name, const std::vector<std::string>& names, std::string_view meaning) {
  Option option = entry(name, OptionKind::choice, "NAME", meaning);
  option.choices = names;
  for (const std::string& choice : names)
    option.range += (option.range.empty() ? "" : ", ") + choice;
  return option;
}

// A choice of enumerators; `names` stand in their order.
template <typename Enum>
Option choice_option(std::string_view name, Enum Config::* field, const std::vector<std::string>& names,
                     std::string_view meaning) {
  Option option = choice_entry(name, names, meaning);
  option.parse = [field, copy = option](Config& config, std::string_view text) {
    config.*field = static_cast<Enum>(index_of_choice(copy, text));
  };
  option.show = [field, copy = option](const Config& config) { return show_choice(copy, config.*field); };
  option.check = [field, copy = option](const Config& config) { return problem_of_choice(copy, config.*field); };
  return option;
}

}  // namespace

Option boolean_option(std::string_view name, bool Config::* field, std::string_view meaning) {
  Option option = entry(name, OptionKind::boolean, "BOOL", meaning);
  option.negative_flag = "--no-" + flag_of(name);
  option.range = "true, false";
  option.parse = [field, copy = option.name](Config& config, std::string_view text) {
    config.*field = parse_boolean(copy, text);
  };
  option.show = [field](const Config& config) { return show_boolean(config.*field); };
  option.check = [](const Config&) { return std::optional<std::string>{}; };
  return option;
}

Option switch_option(std::string_view name, std::optional<bool> Config::* field, std::string_view variable,
                     std::string_view meaning) {
  Option option = entry(name, OptionKind::boolean, "BOOL", meaning);
  option.meaning.append(" Absent: ").append(variable).append(" in the environment, else false.");
  option.negative_flag = "--no-" + flag_of(name);
  option.range = "true, false";
  option.parse = [field, copy = option.name](Config& config, std::string_view text) {
    config.*field = parse_boolean(copy, text);
  };
  option.show = [field](const Config& config) {
    return config.*field ? show_boolean(*(config.*field)) : std::string{"(from the environment)"};
  };
  option.check = [](const Config&) { return std::optional<std::string>{}; };
  return option;
}

Option count_option(std::string_view name, std::uint64_t Config::* field, Limits<std::uint64_t> limits,
                    std::string_view meaning) {
  Option option = entry(name, OptionKind::count, "N", meaning);
  option.unit = "records";
  return whole_number(std::move(option), field, limits, show_count, parse_count);
}

Option size_option(std::string_view name, std::uint64_t Config::* field, Limits<std::uint64_t> limits,
                   std::string_view meaning) {
  Option option = entry(name, OptionKind::size, "SIZE", meaning);
  option.unit = "bytes";
  return whole_number(std::move(option), field, limits, show_size, parse_size);
}

Option rate_option(std::string_view name, double Config::* field, Limits<double> limits, std::string_view unit,
                   std::string_view meaning) {
  Option option = entry(name, OptionKind::rate, "RATE", meaning);
  option.unit = unit;
  option.range = show_rate(limits.lowest) + " to " + show_rate(limits.highest);
  option.parse = [field, copy = option](Config& config, std::string_view text) {
    config.*field = parse_rate(copy.name, text, copy.range);
  };
  option.show = [field](const Config& config) { return show_rate(config.*field); };
  option.check = [field, limits, copy = option](const Config& config) -> std::optional<std::string> {
    // Written so that a NaN is out of range.
    if (config.*field >= limits.lowest && config.*field <= limits.highest) return std::nullopt;
    return out_of_range(copy, show_rate(config.*field));
  };
  return option;
}

Option duration_option(std::string_view name, Nanoseconds Config::* field, Limits<Nanoseconds> limits,
                       std::string_view meaning, Bound bound) {
  Option option = time_entry(name, meaning);
  option.range = show_duration(limits.lowest) + " to " +
                 (bound == Bound::record_ttl ? std::string{"record_ttl"} : show_duration(limits.highest));
  option.parse = [field, copy = option](Config& config, std::string_view text) {
    config.*field = parse_duration(copy.name, text, copy.range);
  };
  option.show = [field](const Config& config) { return show_duration(config.*field); };
  option.check = [field, limits, bound, copy = option](const Config& config) -> std::optional<std::string> {
    const Nanoseconds value = config.*field;
    if (value < limits.lowest || value > limits.highest) return out_of_range(copy, show_duration(value));
    // A record_ttl that is wrong itself is one problem, not three.
    const bool ttl_counts = config.record_ttl >= std::chrono::milliseconds{100};
    if (bound == Bound::record_ttl && ttl_counts && value > config.record_ttl) {
      return out_of_range(copy, show_duration(value) + " with a record_ttl of " + show_duration(config.record_ttl));
    }
    return std::nullopt;
  };
  return option;
}

Option max_record_size_option() {
  constexpr Limits<std::uint64_t> limits{64, std::uint64_t{10} << 20};
  Option option = entry("max_record_size", OptionKind::size, "SIZE",
                        "Largest user record, data and partition key. Absent: the stream's own limit where it may be "
                        "asked, else 1 MiB.");
  option.unit = "bytes";
  option.range = show_size(limits.lowest) + " to " + show_size(limits.highest);
  option.parse = [copy = option](Config& config, std::string_view text) {
    config.max_record_size = parse_size(copy.name, text, copy.range);
  };
  option.show = [](const Config& config) {
    return config.max_record_size ? show_size(*config.max_record_size) : std::string{"(the stream's)"};
  };
  option.check = [limits, copy = option](const Config& config) -> std::optional<std::string> {
    const std::uint64_t value = config.max_record_size.value_or(limits.lowest);
    if (value >= limits.lowest && value <= limits.highest) return std::nullopt;
    return out_of_range(copy, show_size(value));
  };
  return option;
}

Option max_connections_option() {
  Option option =
      entry("max_connections", OptionKind::count, "N", "Connections to the service, which is requests in flight.");
  option.unit = "connections";
  return small_number(std::move(option), &Config::max_connections, 256);
}

Option proxy_port_option() {
  return small_number(entry("proxy_port", OptionKind::count, "PORT", "Belongs to `proxy_host`."), &Config::proxy_port,
                      65'535);
}

Option shutdown_timeout_option(Nanoseconds longest) {
  Option option = time_entry("shutdown_timeout",
                             "How long the destructor waits for outstanding records before they resolve as `Aborted`. "
                             "Absent: `record_ttl`.");
  option.range = "0s to " + show_duration(longest);
  option.parse = [copy = option](Config& config, std::string_view text) {
    config.shutdown_timeout = parse_duration(copy.name, text, copy.range);
  };
  option.show = [](const Config& config) {
    return config.shutdown_timeout ? show_duration(*config.shutdown_timeout) : std::string{"(record_ttl)"};
  };
  option.check = [longest, copy = option](const Config& config) -> std::optional<std::string> {
    const Nanoseconds value = config.shutdown_timeout.value_or(Nanoseconds::zero());
    if (value >= Nanoseconds::zero() && value <= longest) return std::nullopt;
    return out_of_range(copy, show_duration(value));
  };
  return option;
}

Option strategy_option() {
  return choice_option("record_distribution_strategy", &Config::record_distribution_strategy,
                       {"detect", "user_partition_key", "auto"},
                       "How streams spread records over shards: `detect` asks DescribeStreamSummary and goes by key "
                       "while that is refused; on AUTO streams nothing is aggregated or predicted. `auto` is "
                       "`DistributionStrategy::automatic` in C++.");
}

Option protocol_option() {
  return choice_option("wire_protocol", &Config::wire_protocol, {"cbor", "json"},
                       "CBOR carries data as raw bytes, JSON in base64. AWS_CBOR_DISABLE in the environment switches "
                       "to JSON.");
}

Option metrics_level_option() {
  return choice_option("metrics_level", &Config::metrics_level, {"none", "summary", "detailed"},
                       "How much is measured; see docs/metrics.md. `none` costs nothing.");
}

Option metrics_granularity_option() {
  Option option =
      choice_entry("metrics_granularity", {"global", "stream", "shard"},
                   "How finely metrics are told apart. Absent: by stream at `summary`, by shard at `detailed`.");
  option.parse = [copy = option](Config& config, std::string_view text) {
    config.metrics_granularity = static_cast<MetricsGranularity>(index_of_choice(copy, text));
  };
  option.show = [copy = option](const Config& config) {
    return config.metrics_granularity ? show_choice(copy, *config.metrics_granularity) : "(by metrics_level)";
  };
  option.check = [copy = option](const Config& config) {
    return config.metrics_granularity ? problem_of_choice(copy, *config.metrics_granularity) : std::nullopt;
  };
  return option;
}

Option credentials_provider_option() {
  Option option = object_option("credentials_provider", "Where credentials come from, in place of everything else.",
                                "(none)", [](const Config& config) { return config.credentials_provider != nullptr; });
  option.check = [](const Config& config) -> std::optional<std::string> {
    if (config.credentials_provider == nullptr || !config.aws_access_key_id) return std::nullopt;
    return "credentials_provider: must not be given beside aws_access_key_id";
  };
  return option;
}

Option object_option(std::string_view name, std::string_view meaning, std::string_view absent,
                     bool (*given)(const Config&)) {
  Option option = entry(name, OptionKind::object, "", meaning);
  option.flag.clear();
  option.range = "set in code";
  option.show = [given, text = std::string{absent}](const Config& config) {
    return given(config) ? std::string{"(set)"} : text;
  };
  option.check = [](const Config&) { return std::optional<std::string>{}; };
  return option;
}

}  // namespace aiokpl::detail
