#include "aws/profile_file.hpp"

#include <algorithm>
#include <array>

#include <openssl/crypto.h>

#include "codec/ascii.hpp"
#include "codec/utf8.hpp"

namespace aiokpl::aws {
namespace {

void wipe(std::string& secret) noexcept {
  // What lies between size and capacity goes too; growing within the capacity does not allocate.
  secret.resize(secret.capacity());
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

constexpr std::array<std::string_view, 8> wide_spaces{"\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\xA8",
                                                      "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};

/// What Python takes for white space beyond ASCII: a copy from a web page brings it along.
bool is_wide_space(std::string_view character) {
  // U+2000 to U+200A
  if (character.size() == 3 && character.starts_with("\xE2\x80") && character[2] <= '\x8A') return true;
  return std::ranges::find(wide_spaces, character) != wide_spaces.end();
}

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r') || (c >= '\x1C' && c <= '\x1F');
}

/// How many bytes of white space the text begins with, one character of it.
std::size_t space_at_front(std::string_view text) {
  if (text.empty()) return 0;
  if (is_space(text.front())) return 1;
  if (is_wide_space(text.substr(0, 2))) return 2;
  return is_wide_space(text.substr(0, 3)) ? 3 : 0;
}

std::size_t space_at_back(std::string_view text) {
  if (text.empty()) return 0;
  if (is_space(text.back())) return 1;
  for (const std::size_t size : {2U, 3U}) {
    if (text.size() >= size && is_wide_space(text.substr(text.size() - size))) return size;
  }
  return 0;
}

std::string_view trim_back(std::string_view text) {
  while (const std::size_t size = space_at_back(text))
    text.remove_suffix(size);
  return text;
}

std::string_view trim(std::string_view text) {
  while (const std::size_t size = space_at_front(text))
    text.remove_prefix(size);
  return trim_back(text);
}

/// In characters.
std::size_t indentation_of(std::string_view line) {
  std::size_t characters = 0;
  while (const std::size_t size = space_at_front(line)) {
    line.remove_prefix(size);
    ++characters;
  }
  return characters;
}

class Parser {
 public:
  Parser(std::string_view text, const std::string& path) : rest_{text}, path_{path} {}

  ProfileSections parse() {
    if (rest_.starts_with("\xEF\xBB\xBF")) fail(1, "the file begins with a byte order mark; save it as UTF-8 without");
    while (!rest_.empty()) {
      const std::string_view line = next_line();
      ++line_;
      if (!codec::valid_utf8(line)) fail(line_, "not UTF-8");
      take(line);
    }
    finish_value();
    hand_down_defaults();
    return std::move(sections_);
  }

 private:
  struct Line {
    std::string_view text;
    std::size_t number;
  };

  /// The line itself is not repeated: it may be half of a secret.
  [[noreturn]] void fail(std::size_t line, std::string_view what) const {
    std::string words{path_};
    words.append(":").append(std::to_string(line)).append(": ").append(what);
    throw ProfileError{words};
  }

  std::string_view next_line() {
    const std::size_t end = std::min(rest_.find_first_of("\r\n"), rest_.size());
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + (rest_.substr(end).starts_with("\r\n") ? 2 : 1), rest_.size()));
    return line;
  }

  void take(std::string_view line) {
    const std::string_view words = trim(line);
    if (words.starts_with('#') || words.starts_with(';')) return;
    if (words.empty()) {
      if (!value_.empty()) value_.push_back({{}, line_});
      return;
    }
    const std::size_t indentation = indentation_of(line);
    if (!value_.empty() && indentation > indentation_) {
      value_.push_back({words, line_});
      return;
    }
    indentation_ = indentation;
    // Whatever stands behind the last bracket does not count.
    const std::size_t bracket = words.starts_with('[') ? words.rfind(']') : std::string_view::npos;
    if (bracket != std::string_view::npos && bracket > 1) {
      begin_section(std::string{words.substr(1, bracket - 1)});
    } else {
      begin_value(words);
    }
  }

  void begin_section(std::string header) {
    finish_value();
    if (header == "DEFAULT") {
      section_ = &defaults_;
      section_line_ = 0;  // its keys may be spread over several headers, but come once
      return;
    }
    const auto [place, is_new] = header_lines_.try_emplace(header, line_);
    if (!is_new) fail(line_, "the section of line " + std::to_string(place->second) + " comes twice");
    section_ = &sections_.emplace_back(std::move(header), ProfileSection{}).second;
    section_line_ = line_;
  }

  void begin_value(std::string_view words) {
    finish_value();
    if (section_ == nullptr) fail(line_, "expected a section such as [default] before anything else");
    const std::size_t delimiter = words.find_first_of("=:");
    if (delimiter == std::string_view::npos) fail(line_, "expected [section], key = value, or a line that is indented");
    key_ = codec::to_lower(trim(words.substr(0, delimiter)));
    if (key_.empty()) fail(line_, "expected a key before the \"=\"");
    const auto [place, is_new] = key_lines_.try_emplace({section_line_, key_}, line_);
    if (!is_new) fail(line_, "the key of line " + std::to_string(place->second) + " comes twice");
    value_.push_back({trim(words.substr(delimiter + 1)), line_});
  }

  void finish_value() {
    if (value_.empty()) return;
    while (value_.size() > 1 && value_.back().text.empty())
      value_.pop_back();
    ProfileValue value;
    value.is_nested = value_.size() > 1 && value_.front().text.empty();
    for (const Line& line : value_) {
      if (&line != &value_.front()) value.text.append("\n");
      value.text.append(line.text);
      if (value.is_nested && !line.text.empty()) add_nested(value, line);
    }
    section_->insert_or_assign(key_, std::move(value));
    value_.clear();
  }

  void add_nested(ProfileValue& value, const Line& line) const {
    const std::size_t delimiter = line.text.find('=');
    if (delimiter == std::string_view::npos) fail(line.number, "expected key = value in an indented block");
    value.nested.insert_or_assign(std::string{trim(line.text.substr(0, delimiter))},
                                  SecretText{trim(line.text.substr(delimiter + 1))});
  }

  void hand_down_defaults() {
    for (auto& [header, section] : sections_)
      section.insert(defaults_.begin(), defaults_.end());
  }

  std::string_view rest_;
  const std::string& path_;
  std::size_t line_ = 0;

  ProfileSections sections_;
  ProfileSection defaults_;
  ProfileSection* section_ = nullptr;
  /// Where its header stands; tells the sections apart.
  std::size_t section_line_ = 0;
  std::map<std::string, std::size_t> header_lines_;
  std::map<std::pair<std::size_t, std::string>, std::size_t> key_lines_;

  /// The value that is being read; empty between a header and its first key.
  std::string key_;
  std::vector<Line> value_;
  std::size_t indentation_ = 0;
};

/// Words as a POSIX shell splits them, without anything being expanded; nothing where a quote is not closed.
std::optional<std::vector<std::string>> shell_words(std::string_view text) {
  std::vector<std::string> words;
  std::optional<std::string> word;
  char quote = '\0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == '\0' && (c == ' ' || c == '\t')) {
      if (word) words.push_back(*std::exchange(word, std::nullopt));
      continue;
    }
    if (!word) word.emplace();
    if (c == '\\' && quote != '\'') {
      if (++i == text.size()) return std::nullopt;
      // Between double quotes a backslash only escapes what would mean something there.
      if (quote == '"' && text[i] != '"' && text[i] != '\\') word->push_back('\\');
      word->push_back(text[i]);
    } else if (quote == '\0' ? c == '"' || c == '\'' : c == quote) {
      quote = quote == '\0' ? c : '\0';
    } else {
      word->push_back(c);
    }
  }
  if (quote != '\0') return std::nullopt;
  if (word) words.push_back(*std::move(word));
  return words;
}

}  // namespace

SecretText::~SecretText() {
  wipe(text_);
}

void SecretText::append(std::string_view more) {
  if (text_.size() + more.size() > text_.capacity()) {
    SecretText larger;
    larger.text_.reserve(std::max(2 * text_.size(), text_.size() + more.size()));
    larger.text_.append(text_);
    text_.swap(larger.text_);
  }
  text_.append(more);
}

ProfileSections parse_profile_file(std::string_view text, const std::string& path) {
  return Parser{text, path}.parse();
}

std::optional<std::string> section_name(std::string_view header, std::string_view kind) {
  if (!header.starts_with(kind)) return std::nullopt;
  std::optional<std::vector<std::string>> words = shell_words(header);
  if (!words || words->size() != 2) return std::nullopt;
  return std::move(words->back());
}

}  // namespace aiokpl::aws
