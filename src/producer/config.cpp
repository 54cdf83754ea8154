#include <aiokpl/config.hpp>
#include <aiokpl/error.hpp>

#include "producer/options.hpp"

namespace aiokpl {

void Config::validate() const {
  std::vector<std::string> problems;
  for (const detail::Option& option : detail::options()) {
    if (auto problem = option.check(*this)) problems.push_back(std::move(*problem));
  }
  if (!problems.empty()) throw ConfigError{std::move(problems)};
}

}  // namespace aiokpl
