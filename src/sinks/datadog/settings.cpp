#include "sinks/datadog/settings.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <ostream>
#include <set>
#include <string_view>
#include <utility>

#include <aiokpl/error.hpp>

#include "aws/endpoint.hpp"
#include "codec/utf8.hpp"
#include "producer/option_values.hpp"
#include "sinks/datadog/tags.hpp"

namespace aiokpl::sinks {
namespace {

constexpr std::size_t longest_key = 256;
constexpr std::size_t longest_name = 255;
constexpr std::size_t longest_prefix = 100;
constexpr std::uint32_t fewest_values = 2;
constexpr std::uint32_t most_values = 100'000;

/// A value, and the field or the variable that it comes from.
struct Setting {
  std::string name;
  std::string value;
};

std::optional<Setting> find_setting(const char* field, const std::optional<std::string>& option, const char* variable,
                                    const aws::Environment& environment) {
  if (option) return Setting{field, *option};
  if (auto value = environment(variable)) return Setting{variable, *std::move(value)};
  return std::nullopt;
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_letter_or_digit(char c) {
  return is_letter(c) || (c >= '0' && c <= '9');
}

bool is_key(std::string_view text) {
  return !text.empty() && text.size() <= longest_key &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

bool is_host(std::string_view text) {
  const auto allowed = [](char c) { return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_'; };
  return !text.empty() && text.size() <= longest_name && std::ranges::all_of(text, allowed);
}

bool is_site(std::string_view text) {
  return is_host(text) && text.find('.') != std::string_view::npos && text.find("..") == std::string_view::npos &&
         is_letter_or_digit(text.front()) && is_letter_or_digit(text.back());
}

bool is_prefix(std::string_view text) {
  const auto allowed = [](char c) { return is_letter_or_digit(c) || c == '.' || c == '_'; };
  return text.empty() ||
         (text.size() <= longest_prefix && is_letter(text.front()) && std::ranges::all_of(text, allowed));
}

bool is_tag(std::string_view text) {
  return codec::valid_utf8(text) && codec::count_code_points(text) <= longest_tag && !text.empty() &&
         (is_letter(text.front()) || static_cast<unsigned char>(text.front()) >= 0x80);
}

std::string_view key_of(std::string_view tag) {
  return tag.substr(0, tag.find(':'));
}

/// Separated by commas, or by spaces where there is no comma.
std::vector<std::string> split_tags(std::string_view text) {
  const char separator = text.find(',') == std::string_view::npos ? ' ' : ',';
  std::vector<std::string> tags;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    tags.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return tags;
}

constexpr std::array<std::pair<const char*, const char*>, 3> unified_tags{
    {{"env", "DD_ENV"}, {"service", "DD_SERVICE"}, {"version", "DD_VERSION"}}};

std::vector<std::string> all_tags(const std::vector<std::string>& own, const aws::Environment& environment) {
  std::vector<std::string> tags;
  std::set<std::string, std::less<>> unified_found;
  // The keys of a source count for the ones after it.
  const auto add = [&tags, &unified_found](const std::vector<std::string>& source) {
    std::set<std::string, std::less<>> found;
    for (const std::string& raw : source) {
      std::string tag = normalize_tag(raw);
      const std::string key{key_of(tag)};
      if (tag.empty() || unified_found.contains(key) || std::ranges::find(tags, tag) != tags.end()) continue;
      if (std::ranges::any_of(unified_tags, [&key](const auto& one) { return one.first == key; })) found.insert(key);
      tags.push_back(std::move(tag));
    }
    unified_found.merge(found);
  };
  add(own);
  std::vector<std::string> unified;
  for (const auto& [key, variable] : unified_tags) {
    if (const auto value = environment(variable)) unified.push_back(std::string{key} + ":" + *value);
  }
  add(unified);
  if (const auto text = environment("DD_TAGS")) add(split_tags(*text));
  return tags;
}

class Resolver {
 public:
  Resolver(const DatadogSinkOptions& options, const aws::Environment& environment)
      : options_{options}, environment_{environment} {}

  DatadogSettings resolve() {
    resolve_keys();
    resolve_endpoint_url();
    resolve_rest();
    if (!problems_.empty()) throw ConfigError{std::move(problems_)};
    return std::move(settings_);
  }

 private:
  void refuse(const std::string& name, const std::string& allowed) { problems_.push_back(name + ": " + allowed); }
  void refuse(const Setting& setting, const std::string& allowed) {
    refuse(setting.name, allowed + ", got " + detail::show_quoted(setting.value));
  }

  void resolve_keys() {
    const std::string allowed = "must be 1 to 256 printable ASCII characters without spaces";
    const auto key = find_setting("api_key", options_.api_key, "DD_API_KEY", environment_);
    if (!key) {
      refuse("api_key", "no API key: neither api_key in the options nor DD_API_KEY in the environment is set");
    } else if (!is_key(key->value)) {
      refuse(key->name, allowed);
    } else {
      settings_.api_key = key->value;
    }
    if (const auto app_key = find_setting("app_key", options_.app_key, "DD_APP_KEY", environment_)) {
      if (!is_key(app_key->value)) refuse(app_key->name, allowed);
      settings_.app_key = app_key->value;
    }
  }

  void resolve_endpoint_url() {
    const auto site = find_setting("site", options_.site, "DD_SITE", environment_);
    if (site && !is_site(site->value)) refuse(*site, "must be a Datadog site such as datadoghq.com");
    settings_.endpoint_url = "https://api." + (site ? site->value : std::string{"datadoghq.com"});
    if (!options_.endpoint_url) return;
    const Setting url{"endpoint_url", *options_.endpoint_url};
    const auto parsed = aws::resolve_endpoint("us-east-1", url.value, [](const char*) { return std::nullopt; });
    if (!parsed) {
      const std::string allowed =
          "must be an http or https URL without user name, password, query or fragment, such as http://127.0.0.1:8126";
      // What is before an @ may be a password.
      if (url.value.find('@') == std::string::npos) {
        refuse(url, allowed);
      } else {
        refuse(url.name, allowed);
      }
      return;
    }
    settings_.endpoint_url = parsed.endpoint->url();
    while (settings_.endpoint_url.ends_with('/'))
      settings_.endpoint_url.pop_back();
  }

  void resolve_rest() {
    settings_.metric_prefix = options_.metric_prefix;
    if (!is_prefix(options_.metric_prefix)) {
      refuse(Setting{"metric_prefix", options_.metric_prefix},
             "must be at most 100 letters, digits, '_' and '.', the first one a letter");
    }
    for (std::size_t i = 0; i < options_.tags.size(); ++i) {
      if (is_tag(options_.tags[i])) continue;
      refuse(Setting{"tags[" + std::to_string(i) + "]", options_.tags[i]},
             "must be \"key:value\", at most 200 characters of UTF-8, the first one a letter");
    }
    settings_.tags = all_tags(options_.tags, environment_);
    if (const auto host = find_setting("host", options_.host, "DD_HOSTNAME", environment_)) {
      if (!is_host(host->value)) refuse(*host, "must be 1 to 255 letters, digits, '-', '.' and '_'");
      settings_.host = host->value;
    }
    settings_.max_values_per_point = options_.max_values_per_point;
    if (options_.max_values_per_point < fewest_values || options_.max_values_per_point > most_values) {
      refuse("max_values_per_point", "must be 2 to 100000, got " + std::to_string(options_.max_values_per_point));
    }
  }

  const DatadogSinkOptions& options_;
  const aws::Environment& environment_;
  DatadogSettings settings_;
  std::vector<std::string> problems_;
};

std::string shown(const std::optional<std::string>& text) {
  return text ? detail::show_quoted(*text) : "(not set)";
}

}  // namespace

DatadogSettings resolve_settings(const DatadogSinkOptions& options, const aws::Environment& environment) {
  return Resolver{options, environment}.resolve();
}

}  // namespace aiokpl::sinks

namespace aiokpl {

std::ostream& operator<<(std::ostream& out, const DatadogSinkOptions& options) {
  const auto presence = [](const std::optional<std::string>& secret) { return secret ? "(set)" : "(not set)"; };
  const bool password = options.endpoint_url && options.endpoint_url->find('@') != std::string::npos;
  out << "api_key " << presence(options.api_key) << ", app_key " << presence(options.app_key) << ", site "
      << sinks::shown(options.site) << ", endpoint_url "
      << (password ? presence(options.endpoint_url) : sinks::shown(options.endpoint_url)) << ", metric_prefix "
      << detail::show_quoted(options.metric_prefix) << ", tags [";
  for (const std::string& tag : options.tags)
    out << (&tag == options.tags.data() ? "" : ", ") << detail::show_quoted(tag);
  return out << "], host " << sinks::shown(options.host) << ", max_values_per_point " << options.max_values_per_point;
}

}  // namespace aiokpl
