// The AWS shared files: a text is taken, or refused with the number of its line; what was taken can be written down and
// says the same; and what it leads to is a source, nothing, or a refusal in words. No file is opened.
#include <algorithm>
#include <cstdint>
#include <set>
#include <string>

#include "aws/profile_file.hpp"
#include "aws/profile_settings.hpp"
#include "codec/utf8.hpp"
#include "tests/fuzz/property.hpp"

namespace aiokpl::fuzz {
namespace {

using namespace aws;

Environment nothing() {
  return [](const char*) -> std::optional<std::string> { return std::nullopt; };
}

void check_refusal(std::string_view words, std::string_view text) {
  hold(words.starts_with("file:"), "a refusal names the file");
  const auto line = std::stoul(std::string{words.substr(5)});
  const auto lines = 1 + std::count_if(text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; });
  hold(line >= 1 && line <= static_cast<unsigned long>(lines), "a refusal names a line of it");
}

void check_sections(const ProfileSections& sections) {
  std::set<std::string_view> headers;
  for (const auto& [header, section] : sections) {
    hold(!header.empty() && codec::valid_utf8(header), "a header has a name");
    hold(headers.insert(header).second, "a header comes once");
    for (const auto& [key, value] : section) {
      hold(!key.empty() && key.find_first_of("=:\n\r") == std::string::npos, "a key ends before the delimiter");
      hold(std::ranges::none_of(key, [](char c) { return c >= 'A' && c <= 'Z'; }), "a key is in lower case");
      hold(value.is_nested == value.text.text().starts_with('\n'), "a block begins with an empty line");
      hold(value.is_nested || value.nested.empty(), "only a block has keys of its own");
      hold(value.text.text().find('\r') == std::string::npos, "no end of a line is left");
    }
  }
}

std::string written(const ProfileSections& sections) {
  std::string text;
  for (const auto& [header, section] : sections) {
    text.append("[").append(header).append("]\n");
    for (const auto& [key, value] : section) {
      text.append(key).append(" = ");
      for (const char c : value.text.text())
        text.append(c == '\n' ? "\n  " : std::string(1, c));
      text.append("\n");
    }
  }
  return text;
}

void check_settings(std::string_view text) {
  const Profiles profiles = Profiles::parse(text, "", "file", "other");
  for (const char* name : {"default", "a"}) {
    try {
      const ProfileSettings settings = profile_settings(profiles, name);
      hold(!settings.region || settings.region->find('\n') == std::string::npos, "a region is on one line");
      for (const char* service : {"kinesis", "cloudwatch", "sts", "sso"})
        (void)endpoint_url_of(settings, service, nothing());
      (void)sts_place(settings, nothing());
    } catch (const ProfileError& error) {
      hold(std::string_view{error.what()}.size() > 10, "a refusal has words");
    }
  }
}

void check(std::string_view text) {
  ProfileSections sections;
  try {
    sections = parse_profile_file(text, "file");
  } catch (const ProfileError& error) {
    check_refusal(error.what(), text);
    return;
  }
  check_sections(sections);
  // A key that looks like a header cannot be written down, nor a name of the section that belongs to all.
  const bool plain = std::ranges::all_of(sections, [](const auto& entry) {
    return std::ranges::none_of(entry.second, [](const auto& value) {
      return value.first.starts_with('[') || value.second.text.text().find("\n\n") != std::string::npos;
    });
  });
  if (plain && !text.empty()) {
    const std::string once = written(sections);
    hold(written(parse_profile_file(once, "file")) == once, "what was taken, written down, says the same");
  }
  for (const auto& [header, section] : sections)
    (void)section_name(header, "profile");
  check_settings(text);
}

}  // namespace
}  // namespace aiokpl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  aiokpl::fuzz::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
