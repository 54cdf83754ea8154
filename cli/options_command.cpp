#include "cli/options_command.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "cli/completion.hpp"
#include "cli/exit_status.hpp"
#include "cli/man_page.hpp"
#include "cli/program.hpp"
#include "cli/writer.hpp"
#include "producer/options.hpp"

namespace aiokpl::cli {
namespace {

struct OptionsFlags {
  bool markdown = false;
  bool man = false;
  std::string shell;
};

std::string options_text() {
  std::string text;
  for (const detail::Option& option : detail::options()) {
    if (option.flag.empty()) continue;
    std::string flag = "  " + option.flag;
    if (!option.placeholder.empty()) flag += " " + option.placeholder;
    if (!option.negative_flag.empty()) flag += ", " + option.negative_flag;
    std::string meaning = option.meaning;
    std::erase(meaning, '`');
    text += flag + "\n      " + meaning + "\n      Default: " + option.default_text();
    text += (option.range.empty() ? "" : ". Range: " + option.range) + ".\n";
  }
  return text;
}

std::string document(const OptionsFlags& flags) {
  if (flags.markdown) return detail::options_markdown();
  if (!flags.man && flags.shell.empty()) return options_text();
  int ignored = 0;
  CLI::App app{"", "aiokpl"};
  add_commands(app, ignored);
  if (flags.man) return man_page(app);
  return completion_script(app, flags.shell);
}

}  // namespace

void add_options_command(CLI::App& app, int& exit_status) {
  CLI::App& command = *app.add_subcommand("options", "List the producer's options");
  const auto flags = std::make_shared<OptionsFlags>();
  CLI::Option* const markdown = command.add_flag("--markdown", flags->markdown, "As docs/options.md");
  CLI::Option* const man = command.add_flag("--man", flags->man, "The manual page, for man -l -");
  CLI::Option* const shell = command.add_option("--completion", flags->shell, "Completions for bash, zsh or fish");
  markdown->excludes(man)->excludes(shell);
  man->excludes(shell);
  shell->check(CLI::IsMember({"bash", "zsh", "fish"}))->type_name("SHELL");
  command.footer(R"(Examples:
  aiokpl options
  source <(aiokpl options --completion bash))");
  command.callback([flags, &exit_status] {
    Writer out{STDOUT_FILENO, "standard output"};
    out.write(document(*flags));
    out.flush();
    exit_status = ExitStatus::success;
  });
}

}  // namespace aiokpl::cli
