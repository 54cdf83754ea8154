#pragma once

namespace CLI {
class App;
}

namespace aiokpl::cli {

/// `aiokpl stream create|list|describe|split|merge|scale|delete`.
void add_stream_command(CLI::App& app, int& exit_status);

}  // namespace aiokpl::cli
