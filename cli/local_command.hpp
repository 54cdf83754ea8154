#pragma once

namespace CLI {
class App;
}

namespace aiokpl::cli {

/// `aiokpl local`: a Kinesis on this machine until SIGINT or SIGTERM.
void add_local_command(CLI::App& app, int& exit_status);

}  // namespace aiokpl::cli
