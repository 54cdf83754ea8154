#pragma once

namespace CLI {
class App;
}

namespace aiokpl::cli {

/// `aiokpl tail`: prints a stream's records. Its callback sets `exit_status`, or throws CommandError.
void add_tail_command(CLI::App& app, int& exit_status);

}  // namespace aiokpl::cli
