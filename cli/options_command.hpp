#pragma once

namespace CLI {
class App;
}

namespace aiokpl::cli {

/// `aiokpl options`: the producer's options, and the documents that are made from the parser itself.
void add_options_command(CLI::App& app, int& exit_status);

}  // namespace aiokpl::cli
