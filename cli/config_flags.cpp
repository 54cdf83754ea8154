#include "cli/config_flags.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <CLI/CLI.hpp>

#include <aiokpl/error.hpp>

#include "cli/exit_status.hpp"
#include "codec/ascii.hpp"
#include "producer/options.hpp"

namespace aiokpl::cli {
namespace {

constexpr const char* connection_group = "Connection";

bool is_connection(const detail::Option& option) {
  return option.name == "region" || option.name == "endpoint_url" || option.name == "verify_ssl" ||
         option.name == "profile" || option.name == "ca_bundle" || option.name == "use_fips_endpoint" ||
         option.name == "use_dualstack_endpoint" || option.name.starts_with("proxy_");
}

std::string_view trimmed(std::string_view text) {
  return codec::trimmed(text, " \t\r");
}

std::string_view unquoted(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
  return text;
}

std::string without_code_marks(std::string text) {
  std::erase(text, '`');
  return text;
}

void read_config_line(std::string_view line, Config& config) {
  line = trimmed(line.substr(0, line.find('#')));
  if (line.empty()) return;
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos) throw CommandError{ExitStatus::usage, "a line looks like record_ttl = 30s"};
  std::string name{trimmed(line.substr(0, equals))};
  std::replace(name.begin(), name.end(), '-', '_');
  const detail::Option* const option = detail::find_option(name);
  if (option == nullptr || option->name != name || !option->parse) {
    throw CommandError{ExitStatus::usage, "no option '" + name + "'; aiokpl options lists them"};
  }
  option->parse(config, unquoted(trimmed(line.substr(equals + 1))));
}

}  // namespace

void ConfigFlags::add_flag(CLI::App& command, const detail::Option& option) {
  const char* const group = is_connection(option) ? connection_group : producer_group;
  const std::string meaning = without_code_marks(option.meaning);
  if (option.kind == detail::OptionKind::boolean) {
    command.add_flag_callback(
               option.flag, [this, &option] { given_.emplace_back(&option, "true"); }, meaning)
        ->group(group);
    command
        .add_flag_callback(
            option.negative_flag, [this, &option] { given_.emplace_back(&option, "false"); },
            "The opposite of " + option.flag)
        ->group(group);
    return;
  }
  command
      .add_option_function<std::string>(
          option.flag, [this, &option](const std::string& text) { given_.emplace_back(&option, text); },
          meaning + " Default: " + option.default_text() + ".")
      ->type_name(option.placeholder)
      ->group(group);
}

void ConfigFlags::add_to(CLI::App& command) {
  command.add_option("--config", file_, "Read options from a file: name = value on each line; flags win")
      ->type_name("FILE")
      ->group(connection_group);
  for (const detail::Option& option : detail::options()) {
    if (!option.flag.empty()) add_flag(command, option);
  }
}

Config ConfigFlags::resolve() const {
  Config config;
  if (file_) {
    std::ifstream in{*file_};
    std::ostringstream text;
    if (!in || !(text << in.rdbuf())) throw CommandError{ExitStatus::usage, "--config: cannot read " + *file_};
    read_config_text(text.str(), *file_, config);
  }
  for (const auto& [option, text] : given_) {
    try {
      option->parse(config, text);
    } catch (const InvalidArgument& error) {
      std::string_view words = error.what();
      if (words.starts_with(option->name)) words.remove_prefix(option->name.size());
      throw CommandError{ExitStatus::usage, option->flag + std::string{words}};
    }
  }
  return config;
}

void read_config_text(std::string_view text, std::string_view file, Config& config) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t length = std::min(text.find('\n'), text.size());
    try {
      read_config_line(text.substr(0, length), config);
    } catch (const std::exception& error) {
      throw CommandError{ExitStatus::usage,
                         std::string{file} + ":" + std::to_string(number) + ": " + std::string{error.what()}};
    }
    text.remove_prefix(std::min(length + 1, text.size()));
  }
}

}  // namespace aiokpl::cli
