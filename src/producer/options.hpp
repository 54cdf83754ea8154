#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <aiokpl/config.hpp>

namespace aiokpl::detail {

/// What a value looks like as text.
enum class OptionKind {
  boolean,   ///< true or false; a flag alone means true, its negation false
  count,     ///< 500
  size,      ///< 1048576, 50KiB, 5MiB
  rate,      ///< 1000, 0.5
  duration,  ///< 100ms, 30s
  choice,    ///< one of `choices`
  text,
  object,  ///< set in code only: no text form
};

/// One field of Config. The checks of Config, the command line's flags and docs/options.md are all made from these.
struct Option {
  /// The field's name in C++, also its key in a configuration file.
  std::string name;
  /// Its name in Python: times are in milliseconds there.
  std::string python;
  /// "--record-ttl". Empty where the command line has none: objects, and credentials, since everybody on a machine
  /// can read a command line.
  std::string flag;
  /// "--no-verify-ssl", for booleans only.
  std::string negative_flag;
  OptionKind kind = OptionKind::text;
  /// What stands for the value in a usage line: "TIME".
  std::string placeholder;
  std::string unit;
  std::string range;
  std::string meaning;
  std::vector<std::string> choices;
  /// Its value is never shown.
  bool secret = false;

  /// Reads a value. Throws InvalidArgument that names the field, the value and what is allowed. The range is left to
  /// `check`, since it may depend on other fields. Empty function for objects.
  std::function<void(Config&, std::string_view)> parse;
  /// The value as `parse` takes it; what stands in for an absent one, and secrets, are in parentheses.
  std::function<std::string(const Config&)> show;
  /// What is wrong with the value: "record_ttl: must be 100ms to 168h, got 5ms". Nothing when it is right.
  std::function<std::optional<std::string>(const Config&)> check;

  /// `show` of a Config that nobody touched.
  [[nodiscard]] std::string default_text() const { return show(Config{}); }
};

/// Every field of Config, in the order of its declaration.
[[nodiscard]] std::span<const Option> options();
/// By C++ name ("record_ttl"), Python name, flag or negative flag; null if there is none.
[[nodiscard]] const Option* find_option(std::string_view name);
/// The text of docs/options.md.
[[nodiscard]] std::string options_markdown();

}  // namespace aiokpl::detail
