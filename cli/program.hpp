#pragma once

namespace CLI {
class App;
}

namespace aiokpl::cli {

/// Adds every command to the program's parser. A command's callback sets `exit_status`, which must outlive the parsing.
void add_commands(CLI::App& app, int& exit_status);

/// The program: parses, runs, says in one line what went wrong. Returns the exit status.
int run_program(int argc, const char* const* argv);

}  // namespace aiokpl::cli
