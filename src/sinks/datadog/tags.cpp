#include "sinks/datadog/tags.hpp"

#include <algorithm>

#include "codec/ascii.hpp"
#include "codec/utf8.hpp"

namespace aiokpl::sinks {
namespace {

constexpr std::size_t longest_metric_name = 200;

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// A byte of a character beyond ASCII, of which Datadog keeps the letters.
bool is_beyond_ascii(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}

bool begins_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

/// The first characters, none of them cut in two.
void shorten(std::string& text, std::size_t characters) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!begins_character(text[at])) continue;
    if (characters-- == 0) {
      text.resize(at);
      return;
    }
  }
}

}  // namespace

std::string normalize_tag(std::string_view tag) {
  const bool unicode = codec::valid_utf8(tag);
  std::string normal;
  for (const char raw : tag) {
    const char c = codec::to_lower(raw);
    const bool letter = is_lower(c) || (is_beyond_ascii(c) && unicode);
    if (normal.empty() && !letter) continue;
    const bool allowed = letter || is_digit(c) || std::string_view{"-:./"}.find(c) != std::string_view::npos;
    if (allowed) {
      normal += c;
    } else if (!normal.ends_with('_')) {
      normal += '_';
    }
  }
  shorten(normal, longest_tag);
  while (normal.ends_with('_') || normal.ends_with(':'))
    normal.pop_back();
  return normal;
}

std::string tag_of(const MetricDimension& dimension) {
  std::string key = dimension.name;
  if (key == dimension::stream_name) key = "stream_name";
  if (key == dimension::shard_id) key = "shard_id";
  if (key == dimension::error_code) key = "error_code";
  // The first colon ends the key.
  std::ranges::replace(key, ':', '_');
  return normalize_tag(key + ":" + dimension.value);
}

std::string normalize_metric_name(std::string_view name) {
  std::string normal{name.substr(0, longest_metric_name)};
  for (char& c : normal) {
    if (!is_lower(codec::to_lower(c)) && !is_digit(c) && c != '.') c = '_';
  }
  return normal;
}

}  // namespace aiokpl::sinks
