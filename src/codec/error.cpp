#include <aiokpl/error.hpp>

namespace aiokpl {
namespace {

std::string lines(const std::vector<std::string>& problems) {
  std::string text;
  for (const std::string& problem : problems) {
    if (!text.empty()) text += '\n';
    text += problem;
  }
  return text;
}

}  // namespace

ConfigError::ConfigError(std::vector<std::string> problems)
    : std::invalid_argument{lines(problems)}, problems_{std::move(problems)} {}

// Out of line: they hold the type information that a catch in another shared object needs.
InvalidArgument::~InvalidArgument() = default;
ConfigError::~ConfigError() = default;
ProducerClosed::~ProducerClosed() = default;
TimeoutError::~TimeoutError() = default;
OutcomeCancelled::~OutcomeCancelled() = default;

}  // namespace aiokpl
