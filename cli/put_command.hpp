#pragma once

namespace CLI {
class App;
}

namespace aiokpl::cli {

/// Makes `put --help` name the producer's flags too.
inline constexpr const char* all_flags = "--all-flags";

/// `aiokpl put`. Its callback sets `exit_status`, which must outlive the parsing.
void add_put_command(CLI::App& app, int& exit_status);

}  // namespace aiokpl::cli
