// Configuration files: a file is taken or refused with the number of its line, and a file of what was taken says the
// same.
#include <algorithm>
#include <cstdint>
#include <string>

#include "cli/config_flags.hpp"
#include "cli/exit_status.hpp"
#include "producer/options.hpp"
#include "tests/fuzz/property.hpp"

namespace aiokpl::fuzz {
namespace {

/// Whether it is a configuration as a whole: what one option takes may depend on another.
bool is_right(const Config& config) {
  return std::ranges::none_of(detail::options(), [&](const auto& option) { return option.check(config).has_value(); });
}

/// A file with every value that a file can say: no secrets, nothing absent, no comment sign in it.
std::string written(const Config& config) {
  std::string text;
  for (const detail::Option& option : detail::options()) {
    if (!option.parse || option.secret) continue;
    const std::string value = option.show(config);
    if (value.starts_with('(') || value.find_first_of("#\n\r") != std::string::npos) continue;
    text.append(option.name).append(" = \"").append(value).append("\"\n");
  }
  return text;
}

void check(std::string_view text) {
  Config config;
  try {
    cli::read_config_text(text, "file", config);
  } catch (const cli::CommandError& error) {
    const std::string_view words{error.what()};
    hold(error.status() == cli::ExitStatus::usage && words.starts_with("file:"), "a refusal names the file");
    const auto line = std::stoul(std::string{words.substr(5)});
    const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
    hold(line >= 1 && line <= static_cast<unsigned long>(lines), "a refusal names a line of it");
    return;
  }
  if (!is_right(config)) return;
  const std::string file = written(config);
  Config again;
  cli::read_config_text(file, "file", again);
  hold(written(again) == file, "a file of what was taken says the same");
}

}  // namespace
}  // namespace aiokpl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  aiokpl::fuzz::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
