#include "aws/environment.hpp"

#include <algorithm>
#include <cstdlib>

namespace aiokpl::aws {

Environment process_environment() {
  return [](const char* name) -> std::optional<std::string> {
    // getenv races only with a process that changes its own environment while threads run.
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    if (value == nullptr || *value == '\0') return std::nullopt;
    return std::string{value};
  };
}

bool is_switched_on(const Environment& environment, const char* name) {
  auto value = environment(name);
  if (!value) return false;
  std::ranges::transform(*value, value->begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return *value == "1" || *value == "true" || *value == "yes" || *value == "on";
}

}  // namespace aiokpl::aws
