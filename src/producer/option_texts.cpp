// Options whose value is a text: names, addresses, credentials.
#include <algorithm>
#include <array>
#include <charconv>

#include <aiokpl/error.hpp>

#include "producer/option_builders.hpp"
#include "producer/option_values.hpp"

namespace aiokpl::detail {
namespace {

bool is_visible(char character) {
  return character > ' ' && character <= '~';
}

bool is_visible_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_visible);
}

bool is_printable_text(std::string_view text) {
  return text.size() <= 256 && std::all_of(text.begin(), text.end(),
                                           [](char character) { return is_visible(character) || character == ' '; });
}

// The part of a URL between the scheme and the path; nothing if the scheme is another.
std::optional<std::string_view> authority_of(std::string_view url) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!url.starts_with(scheme)) continue;
    url.remove_prefix(scheme.size());
    return url.substr(0, url.find('/'));
  }
  return std::nullopt;
}

// "host", "host:443", "[::1]:443"
bool is_host_and_port(std::string_view authority) {
  const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : 0;
  if (bracket == std::string_view::npos) return false;
  const std::size_t colon = authority.find(':', bracket);
  const std::string_view host = authority.substr(0, colon);
  if (host.empty() || host == "[]") return false;
  if (colon == std::string_view::npos) return true;
  const std::string_view port = authority.substr(colon + 1);
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  return error == std::errc{} && end == port.data() + port.size() && number != 0;
}

Option text_entry(std::string_view name, std::string_view placeholder, std::string_view range,
                  std::string_view meaning) {
  Option option;
  option.name = name;
  option.python = name;
  option.flag = "--" + option.name;
  std::replace(option.flag.begin(), option.flag.end(), '_', '-');
  option.kind = OptionKind::text;
  option.placeholder = placeholder;
  option.range = range;
  option.meaning = meaning;
  return option;
}

// `read` gives the text that is there, or nothing.
template <typename Read, typename Field>
Option finish(Option option, Field field, Read read, std::string_view absent, TextCheck problem) {
  option.parse = [field, problem, name = option.name](Config& config, std::string_view text) {
    if (const auto wrong = problem(text)) throw InvalidArgument{name, *wrong};
    config.*field = std::string{text};
  };
  option.show = [read, text = std::string{absent}](const Config& config) { return read(config).value_or(text); };
  option.check = [read, problem, name = option.name](const Config& config) -> std::optional<std::string> {
    const std::optional<std::string> text = read(config);
    const std::optional<std::string> wrong = text ? problem(*text) : std::nullopt;
    if (!wrong) return std::nullopt;
    return name + ": " + *wrong;
  };
  return option;
}

std::optional<std::string> problem_of_credential(const Config& config, const std::string& name,
                                                 const std::optional<std::string>& value) {
  if (!value) return std::nullopt;
  // The value itself is never part of the message.
  if (value->empty()) return name + ": must not be empty";
  if (!is_visible_text(*value)) return name + ": must be printable ASCII without spaces (the value is not shown)";
  if (!config.aws_access_key_id) return name + ": given without aws_access_key_id";
  if (!config.aws_secret_access_key) return name + ": given without aws_secret_access_key";
  return std::nullopt;
}

}  // namespace

Option text_option(std::string_view name, std::string Config::* field, std::string_view placeholder,
                   std::string_view range, std::string_view absent, std::string_view meaning, TextCheck problem) {
  const auto read = [field](const Config& config) {
    return (config.*field).empty() ? std::nullopt : std::optional{config.*field};
  };
  return finish(text_entry(name, placeholder, range, meaning), field, read, absent, problem);
}

Option text_option(std::string_view name, std::optional<std::string> Config::* field, std::string_view placeholder,
                   std::string_view range, std::string_view absent, std::string_view meaning, TextCheck problem) {
  const auto read = [field](const Config& config) { return config.*field; };
  return finish(text_entry(name, placeholder, range, meaning), field, read, absent, problem);
}

Option credential_option(std::string_view name, std::optional<std::string> Config::* field, std::string_view meaning) {
  Option option = text_entry(name, "TEXT", "printable ASCII", meaning);
  option.flag.clear();
  option.secret = name != "aws_access_key_id";
  option.parse = [field](Config& config, std::string_view text) { config.*field = std::string{text}; };
  option.show = [field, secret = option.secret](const Config& config) {
    if (!(config.*field)) return std::string{"(not set)"};
    return secret ? std::string{"(set)"} : *(config.*field);
  };
  option.check = [field, copy = option.name](const Config& config) {
    return problem_of_credential(config, copy, config.*field);
  };
  return option;
}

Option proxy_password_option() {
  Option option =
      text_entry("proxy_password", "TEXT", "up to 256 printable ASCII characters", "Belongs to `proxy_user_name`.");
  option.flag.clear();
  option.secret = true;
  option.parse = [](Config& config, std::string_view text) { config.proxy_password = std::string{text}; };
  option.show = [](const Config& config) { return std::string{config.proxy_password ? "(set)" : "(not set)"}; };
  option.check = [](const Config& config) -> std::optional<std::string> {
    if (!config.proxy_password) return std::nullopt;
    // The value itself is never part of the message.
    if (!is_printable_text(*config.proxy_password)) {
      return "proxy_password: must be up to 256 printable ASCII characters (the value is not shown)";
    }
    if (!config.proxy_user_name) return "proxy_password: given without proxy_user_name";
    return std::nullopt;
  };
  return option;
}

// It becomes a label of a host name; services other than AWS have regions of their own making.
std::optional<std::string> problem_of_region(std::string_view text) {
  const auto fits = [](char character) {
    return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9') || character == '-';
  };
  if (!text.empty() && text.size() <= 63 && std::all_of(text.begin(), text.end(), fits) && text.front() != '-' &&
      text.back() != '-') {
    return std::nullopt;
  }
  return "must be a region such as us-east-1 (up to 63 lower-case letters, digits and hyphens), got " +
         show_quoted(text);
}

std::optional<std::string> problem_of_url(std::string_view text) {
  const std::optional<std::string_view> authority = authority_of(text);
  // A URL may carry a password there: it is not shown.
  if (authority && authority->find('@') != std::string_view::npos) {
    return "must be a URL without a user name or password";
  }
  if (authority && is_visible_text(text) && text.find_first_of("?#\\\"<>") == std::string_view::npos &&
      is_host_and_port(*authority)) {
    return std::nullopt;
  }
  return "must be a URL such as https://host or http://host:4567, got " + show_quoted(text);
}

std::optional<std::string> problem_of_host(std::string_view text) {
  const auto fits = [](char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || character == '-' || character == '.' || character == '_';
  };
  const auto fits_address = [](char character) {
    return (character >= 'a' && character <= 'f') || (character >= 'A' && character <= 'F') ||
           (character >= '0' && character <= '9') || character == ':' || character == '.';
  };
  std::string_view name = text;
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  const bool address =
      std::count(name.begin(), name.end(), ':') >= 2 && std::all_of(name.begin(), name.end(), fits_address);
  if (address || (!text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), fits))) {
    return std::nullopt;
  }
  // A URL may carry a password there: it is not shown.
  if (text.find('@') != std::string_view::npos) return "must be a host name or an IP address, without a user name";
  return "must be a host name or an IP address, without scheme and port, got " + show_quoted(text);
}

std::optional<std::string> problem_of_user_name(std::string_view text) {
  if (!text.empty() && text.find(':') == std::string_view::npos && is_printable_text(text)) return std::nullopt;
  return "must be up to 256 printable ASCII characters without a colon, got " + show_quoted(text);
}

std::optional<std::string> problem_of_path(std::string_view text) {
  if (!text.empty() && text.find('\0') == std::string_view::npos) return std::nullopt;
  return "must be the path of a PEM file, got " + show_quoted(text);
}

// It becomes part of a header: a line break there would be another header.
std::optional<std::string> problem_of_profile(std::string_view text) {
  if (!text.empty()) return std::nullopt;
  return "must be the name of a profile, got " + show_quoted(text);
}

std::optional<std::string> problem_of_user_agent(std::string_view text) {
  if (is_printable_text(text)) return std::nullopt;
  return "must be up to 256 printable ASCII characters, got " + std::to_string(text.size()) + ": " + show_quoted(text);
}

}  // namespace aiokpl::detail
