// Values of options as people write them: every reader takes a value or names what is wrong with it, and takes what its
// writer writes.
#include <cmath>
#include <cstdint>

#include <aiokpl/error.hpp>

#include "producer/option_values.hpp"
#include "producer/options.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/fuzz/property.hpp"

namespace aiokpl::fuzz {
namespace {

template <typename Parse, typename Show>
void check(std::string_view text, Parse parse, Show show) {
  try {
    const auto value = parse(text);
    const std::string shown = show(value);
    hold(parse(shown) == value, "a value reads back from its text");
    hold(show(parse(shown)) == shown, "a value has one text");
  } catch (const InvalidArgument& error) {
    hold(error.field() == "field" && std::string_view{error.what()}.starts_with("field: "),
         "a refusal names the field");
  }
}

void check_values(std::string_view text) {
  check(text, [](std::string_view t) { return detail::parse_boolean("field", t); }, detail::show_boolean);
  check(text, [](std::string_view t) { return detail::parse_size("field", t, "range"); }, detail::show_size);
  check(text, [](std::string_view t) { return detail::parse_rate("field", t, "range"); }, detail::show_rate);
  check(text, [](std::string_view t) { return detail::parse_duration("field", t, "range"); }, detail::show_duration);
  check(
      text, [](std::string_view t) { return detail::parse_count("field", t, "range"); },
      [](std::uint64_t value) { return std::to_string(value); });
}

/// An option takes the text or refuses it, and shows what it took in a form that it takes again.
void check_option(const detail::Option& option, const std::string& text) {
  if (!option.parse) return;
  Config config;
  try {
    option.parse(config, text);
  } catch (const InvalidArgument& error) {
    hold(error.field() == option.name, "a refusal names the option");
    return;
  }
  const std::string shown = option.show(config);
  const auto problem = option.check(config);
  hold(!problem || problem->starts_with(option.name), "a problem names the option");
  // A secret is not shown, and what is in parentheses stands for an absent value.
  if (option.secret || problem || shown.starts_with('(')) return;
  Config again;
  option.parse(again, shown);
  hold(option.show(again) == shown, "an option takes what it shows");
}

}  // namespace
}  // namespace aiokpl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aiokpl;
  fuzz::FuzzInput input{data, size};
  const auto options = detail::options();
  const detail::Option& option = options[input.below(options.size())];
  const std::string text{input.rest()};
  fuzz::check_values(text);
  fuzz::check_option(option, text);
  return 0;
}
