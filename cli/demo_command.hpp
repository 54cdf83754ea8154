#pragma once

namespace CLI {
class App;
}

namespace aiokpl::cli {

/// `aiokpl demo`: the whole way of some thousand records, on this machine alone.
void add_demo_command(CLI::App& app, int& exit_status);

}  // namespace aiokpl::cli
