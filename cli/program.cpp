#include "cli/program.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include <aiokpl/version.hpp>

#include "cli/config_flags.hpp"
#include "cli/demo_command.hpp"
#include "cli/exit_status.hpp"
#include "cli/local_command.hpp"
#include "cli/options_command.hpp"
#include "cli/put_command.hpp"
#include "cli/signals.hpp"
#include "cli/stream_command.hpp"
#include "cli/tail_command.hpp"
#include "cli/terminal.hpp"
#include "cli/writer.hpp"

namespace aiokpl::cli {
namespace {

constexpr const char* examples = R"(Start here:
  aiokpl demo                                          see what this is, without an account
  aiokpl local --stream clicks:4                       a Kinesis on this machine; it says what to paste
  aiokpl put --stream clicks access.log                put a file's lines into a stream
  aiokpl tail --stream clicks --follow                 read them back as they come
  aiokpl COMMAND --help                                flags and examples of a command)";

/// Only the name of a value behind a flag: no lists of what excludes what, which the errors tell.
class ShortFormatter final : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    if (option->get_type_size() == 0) return {};
    const std::string type = option->get_type_name();
    return " " + type.substr(0, type.find(':')) + (option->get_required() ? " (required)" : "");
  }
};

void hide_producer_flags(CLI::App& command) {
  for (CLI::Option* option : command.get_options()) {
    if (option->get_group() == producer_group) option->group("");
  }
}

// The producer has some thirty flags. `put --help` names them only when it is asked to.
void shorten_help(CLI::App& app, int argc, const char* const* argv) {
  const bool all = std::any_of(argv, argv + argc, [](const char* word) { return std::string_view{word} == all_flags; });
  if (!all) hide_producer_flags(*app.get_subcommand("put"));
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
  app.formatter(std::make_shared<ShortFormatter>());  // inherited by the commands
  app.set_version_flag("--version", "aiokpl " + std::string{version});
  add_put_command(app, exit_status);
  add_tail_command(app, exit_status);
  add_stream_command(app, exit_status);
  add_local_command(app, exit_status);
  add_demo_command(app, exit_status);
  add_options_command(app, exit_status);
  app.footer(examples);  // last: commands inherit what is there when they are added
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
