#include "cli/program.hpp"

#include <algorithm>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include <aiokpl/version.hpp>

#include "cli/config_flags.hpp"
#include "cli/exit_status.hpp"
#include "cli/options_command.hpp"
#include "cli/put_command.hpp"
#include "cli/signals.hpp"
#include "cli/terminal.hpp"
#include "cli/writer.hpp"

#if __has_include("cli/tail_command.hpp")
#include "cli/tail_command.hpp"
#endif
#if __has_include("cli/stream_command.hpp")
#include "cli/stream_command.hpp"
#endif
#if __has_include("cli/local_command.hpp")
#include "cli/local_command.hpp"
#endif
#if __has_include("cli/demo_command.hpp")
#include "cli/demo_command.hpp"
#endif

namespace aiokpl::cli {
namespace {

constexpr const char* all_flags = "--all-flags";

constexpr const char* examples = R"(Start here:
  aiokpl demo                                          see what this is, without an account
  aiokpl local --stream clicks:4                       a Kinesis on this machine; it says what to paste
  aiokpl put --stream clicks access.log                put a file's lines into a stream
  aiokpl tail --stream clicks --follow                 read them back as they come
  aiokpl COMMAND --help                                flags and examples of a command)";

void hide_producer_flags(CLI::App& command) {
  for (CLI::Option* option : command.get_options()) {
    if (option->get_group() == producer_group) option->group("");
  }
}

// The producer has some thirty flags. `put --help` names them only when it is asked to.
void shorten_help(CLI::App& app, int argc, const char* const* argv) {
  const bool all = std::any_of(argv, argv + argc, [](const char* word) { return std::string_view{word} == all_flags; });
  CLI::App& put = *app.get_subcommand("put");
  put.add_flag_callback(all_flags, [] {}, "With --help: the producer's flags too (aiokpl options lists them)");
  if (!all) hide_producer_flags(put);
}

// The name of the command that was being parsed, for its help.
std::string command_name(const CLI::App& app) {
  std::string name = "aiokpl";
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
    name += " " + at->get_name();
  }
  return name;
}

int parse_and_run(CLI::App& app, int argc, const char* const* argv) {
  int exit_status = ExitStatus::success;
  add_commands(app, exit_status);
  shorten_help(app, argc, argv);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // help or version
    say(std::string{error.what()} + " (see " + command_name(app) + " --help)");
    return ExitStatus::usage;
  }
  return exit_status;
}

}  // namespace

void add_commands(CLI::App& app, int& exit_status) {
  app.require_subcommand(1);
  app.set_version_flag("--version", "aiokpl " + std::string{version});
  app.footer(examples);
  add_put_command(app, exit_status);
#if __has_include("cli/tail_command.hpp")
  add_tail_command(app, exit_status);
#endif
#if __has_include("cli/stream_command.hpp")
  add_stream_command(app, exit_status);
#endif
#if __has_include("cli/local_command.hpp")
  add_local_command(app, exit_status);
#endif
#if __has_include("cli/demo_command.hpp")
  add_demo_command(app, exit_status);
#endif
  add_options_command(app, exit_status);
}

int run_program(int argc, const char* const* argv) {
  ignore_broken_pipes();
  CLI::App app{"Put records into Amazon Kinesis Data Streams, and read them", "aiokpl"};
  try {
    return parse_and_run(app, argc, argv);
  } catch (const CommandError& error) {
    say(error.what());
    return error.status();
  } catch (const BrokenPipe&) {
    return ExitStatus::success;  // whoever read has had enough
  } catch (const std::exception& error) {
    say(std::string{"error: "} + error.what());
    return ExitStatus::nothing_done;
  }
}

}  // namespace aiokpl::cli
