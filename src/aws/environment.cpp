#include "aws/environment.hpp"

#include <cstdlib>

#include "codec/ascii.hpp"

namespace aiokpl::aws {

Environment process_environment() {
  return [](const char* name) -> std::optional<std::string> {
    // getenv races only with a process that changes its own environment while threads run.
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    if (value == nullptr || *value == '\0') return std::nullopt;
    return std::string{value};
  };
}

std::optional<bool> read_switch(std::string_view text) {
  const std::string word = codec::to_lower(text);
  if (word == "true" || word == "1" || word == "yes" || word == "on") return true;
  if (word == "false" || word == "0" || word == "no" || word == "off") return false;
  return std::nullopt;
}

bool is_switched_on(const Environment& environment, const char* name) {
  const auto value = environment(name);
  return value && read_switch(*value).value_or(false);
}

}  // namespace aiokpl::aws
