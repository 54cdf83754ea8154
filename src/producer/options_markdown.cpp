#include "producer/options.hpp"

namespace aiokpl::detail {
namespace {

constexpr std::string_view head = R"(# Options

Every field of `aiokpl::Config`. This page is generated from the list that also checks a configuration and makes the
command line's flags; a test compares the two.

- A time is a `std::chrono` duration in C++, milliseconds in Python (hence `_ms`), and a number with a unit on the
  command line: `250us`, `100ms`, `30s`, `2m`, `1h`. A number without a unit is refused.
- A size is a number of bytes, on the command line also `50KiB`, `5MiB`, `1GiB`.
- A flag of a boolean may stand alone (`--fail-if-throttled`) and has an opposite (`--no-verify-ssl`).
- Credentials have no flag, since everybody on a machine can read its command lines.
- Defaults in parentheses say what stands in for a value that is absent.
- `Config::validate()` runs when a producer is made and reports every wrong field at once.

| C++ | Python | command line | unit | default | range | meaning |
| --- | --- | --- | --- | --- | --- | --- |
)";

std::string code(const std::string& text) {
  return text.empty() ? std::string{"-"} : "`" + text + "`";
}

// What stands in for a value is words, not a value.
std::string value_cell(const std::string& text) {
  return text.starts_with('(') ? text : code(text);
}

std::string flag_cell(const Option& option) {
  if (option.flag.empty()) return "-";
  if (option.kind == OptionKind::boolean) return code(option.flag) + ", " + code(option.negative_flag);
  return code(option.flag + " " + option.placeholder);
}

}  // namespace

std::string options_markdown() {
  std::string text{head};
  for (const Option& option : options()) {
    text += "| " + code(option.name) + " | " + code(option.python) + " | " + flag_cell(option) + " | " +
            (option.unit.empty() ? "-" : option.unit) + " | " + value_cell(option.default_text()) + " | " +
            option.range + " | " + option.meaning + " |\n";
  }
  return text;
}

}  // namespace aiokpl::detail
