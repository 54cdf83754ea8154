#pragma once

#include <string>

namespace CLI {
class App;
}

namespace aiokpl::cli {

/// The manual page: prose of its own, commands and flags from the parser. cli/aiokpl.1 is this; a test compares them.
[[nodiscard]] std::string man_page(const CLI::App& app);

}  // namespace aiokpl::cli
