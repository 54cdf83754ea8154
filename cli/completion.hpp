#pragma once

#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace aiokpl::cli {

/// Completions for "bash", "zsh" or "fish", made from the parser's own commands and flags. The files in
/// cli/completions are these; a test compares them.
[[nodiscard]] std::string completion_script(const CLI::App& app, std::string_view shell);

}  // namespace aiokpl::cli
