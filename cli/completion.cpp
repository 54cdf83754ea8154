#include "cli/completion.hpp"

#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

namespace aiokpl::cli {
namespace {

struct Flag {
  std::vector<std::string> names;
  std::string meaning;
  bool takes_value = false;
  bool takes_file = false;
};

struct Command {
  /// "put", "stream create"
  std::string name;
  std::string meaning;
  std::vector<Flag> flags;
  std::vector<std::pair<std::string, std::string>> subcommands;
};

Flag read_flag(const CLI::Option& option) {
  Flag flag{.names = {}, .meaning = option.get_description(), .takes_value = option.get_items_expected_max() > 0};
  for (const std::string& name : option.get_snames())
    flag.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames())
    flag.names.push_back("--" + name);
  const std::string type = option.get_type_name();
  flag.takes_file = flag.takes_value && type.find("FILE") != std::string::npos;
  // Menus have one line for each.
  flag.meaning = flag.meaning.substr(0, flag.meaning.find(". "));
  return flag;
}

void read_command(const CLI::App& app, const std::string& name, std::vector<Command>& commands) {
  const std::size_t place = commands.size();
  commands.push_back({.name = name, .meaning = app.get_description(), .flags = {}, .subcommands = {}});
  for (const CLI::Option* option : app.get_options()) {
    Flag flag = read_flag(*option);
    if (!flag.names.empty()) commands[place].flags.push_back(std::move(flag));
  }
  const auto all = [](const CLI::App*) { return true; };
  for (const CLI::App* sub : app.get_subcommands(all)) {
    commands[place].subcommands.emplace_back(sub->get_name(), sub->get_description());
    read_command(*sub, name.empty() ? sub->get_name() : name + " " + sub->get_name(), commands);
  }
}

std::string words_of(const Command& command) {
  std::string words;
  for (const auto& [name, meaning] : command.subcommands)
    words += (words.empty() ? "" : " ") + name;
  for (const Flag& flag : command.flags) {
    for (const std::string& name : flag.names)
      words += (words.empty() ? "" : " ") + name;
  }
  return words;
}

std::string names_with_value(const Command& command, bool files) {
  std::string names;
  for (const Flag& flag : command.flags) {
    if (!flag.takes_value || flag.takes_file != files) continue;
    for (const std::string& name : flag.names)
      names += (names.empty() ? "" : "|") + name;
  }
  return names;
}

std::string bash(const std::vector<Command>& commands) {
  std::string text = R"(# bash completion for aiokpl. Generated: aiokpl options --completion bash
_aiokpl() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command= word i
  for ((i = 1; i < COMP_CWORD; ++i)); do
    word=${COMP_WORDS[i]}
    case "$command $word" in
)";
  for (const Command& command : commands) {
    for (const auto& [name, meaning] : command.subcommands) {
      text += "      '" + command.name + " " + name + "') command='" +
              (command.name.empty() ? "" : command.name + " ") + name + "' ;;\n";
    }
  }
  text += "    esac\n  done\n  local words= files= values=\n  case $command in\n";
  for (const Command& command : commands) {
    text += "    '" + command.name + "')\n      words='" + words_of(command) + "'\n";
    text += "      files='" + names_with_value(command, true) + "'\n";
    text += "      values='" + names_with_value(command, false) + "'\n      ;;\n";
  }
  text += R"(  esac
  COMPREPLY=()
  case "|$files|" in
    *"|$previous|"*) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
  esac
  case "|$values|" in
    *"|$previous|"*) return ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F _aiokpl aiokpl
)";
  return text;
}

// Inside single quotes of zsh's _arguments: quotes, brackets and colons have meanings there.
std::string zsh_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else if (c == '[' || c == ']' || c == ':' || c == '\\') {
      out += {'\\', c};
    } else {
      out += c;
    }
  }
  return out;
}

std::string zsh_arguments(const Command& command) {
  std::string text;
  for (const Flag& flag : command.flags) {
    for (const std::string& name : flag.names) {
      text += " \\\n        '" + name + "[" + zsh_text(flag.meaning) + "]";
      if (flag.takes_value) text += flag.takes_file ? ":file:_files" : ":value: ";
      text += "'";
    }
  }
  return text;
}

std::string zsh(const std::vector<Command>& commands) {
  std::string text = R"(#compdef aiokpl
# zsh completion for aiokpl. Generated: aiokpl options --completion zsh
_aiokpl() {
  local command= word
  local -a subcommands
  for word in ${words[2,CURRENT-1]}; do
    case "$command $word" in
)";
  for (const Command& command : commands) {
    for (const auto& [name, meaning] : command.subcommands) {
      text += "      '" + command.name + " " + name + "') command='" +
              (command.name.empty() ? "" : command.name + " ") + name + "' ;;\n";
    }
  }
  text += "    esac\n  done\n  case $command in\n";
  for (const Command& command : commands) {
    text += "    '" + command.name + "')\n";
    if (!command.subcommands.empty()) {
      text += "      subcommands=(";
      for (const auto& [name, meaning] : command.subcommands)
        text += "\n        '" + name + ":" + zsh_text(meaning) + "'";
      text += "\n      )\n      _describe command subcommands\n";
    }
    text += "      _arguments" + zsh_arguments(command);
    if (command.subcommands.empty()) text += " \\\n        '*:file:_files'";
    text += "\n      ;;\n";
  }
  return text + "  esac\n}\n_aiokpl \"$@\"\n";
}

std::string fish_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

// Fish asks whether a command stands on the line so far.
std::string fish_condition(const Command& command) {
  if (command.name.empty()) return "__fish_use_subcommand";
  std::string condition;
  std::string rest = command.name;
  while (!rest.empty()) {
    const std::size_t space = std::min(rest.find(' '), rest.size());
    condition += (condition.empty() ? "" : "; and ") + ("__fish_seen_subcommand_from " + rest.substr(0, space));
    rest.erase(0, space + 1);
  }
  return condition;
}

std::string fish(const std::vector<Command>& commands) {
  std::string text = "# fish completion for aiokpl. Generated: aiokpl options --completion fish\n";
  for (const Command& command : commands) {
    const std::string start = "complete -c aiokpl -n '" + fish_condition(command) + "'";
    for (const auto& [name, meaning] : command.subcommands)
      text += start + " -f -a " + name + " -d '" + fish_text(meaning) + "'\n";
    for (const Flag& flag : command.flags) {
      text += start;
      for (const std::string& name : flag.names)
        text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      if (flag.takes_value) text += flag.takes_file ? " -r -F" : " -x";
      text += " -d '" + fish_text(flag.meaning) + "'\n";
    }
  }
  return text;
}

}  // namespace

std::string completion_script(const CLI::App& app, std::string_view shell) {
  std::vector<Command> commands;
  read_command(app, "", commands);
  if (shell == "zsh") return zsh(commands);
  if (shell == "fish") return fish(commands);
  return bash(commands);
}

}  // namespace aiokpl::cli
