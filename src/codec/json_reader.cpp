#include "codec/json_reader.hpp"

#include <charconv>
#include <cstring>
#include <system_error>

#include "codec/json_writer.hpp"
#include "codec/utf8.hpp"

namespace aiokpl::codec {

namespace {

constexpr std::uint32_t replacement_character = 0xFFFD;

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool is_high_surrogate(std::uint32_t unit) noexcept {
  return (unit & 0xFC00) == 0xD800;
}
bool is_low_surrogate(std::uint32_t unit) noexcept {
  return (unit & 0xFC00) == 0xDC00;
}

char* write_utf8(char* out, std::uint32_t code_point) noexcept {
  const auto continuation = [](std::uint32_t bits) { return static_cast<char>(0x80 | (bits & 0x3F)); };
  if (code_point < 0x80) {
    *out++ = static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    *out++ = static_cast<char>(0xC0 | code_point >> 6);
    *out++ = continuation(code_point);
  } else if (code_point < 0x10000) {
    *out++ = static_cast<char>(0xE0 | code_point >> 12);
    *out++ = continuation(code_point >> 6);
    *out++ = continuation(code_point);
  } else {
    *out++ = static_cast<char>(0xF0 | code_point >> 18);
    *out++ = continuation(code_point >> 12);
    *out++ = continuation(code_point >> 6);
    *out++ = continuation(code_point);
  }
  return out;
}

}  // namespace

bool JsonReader::fail(std::string_view reason) noexcept {
  if (!failed()) reason_ = at_ == end_ ? "the JSON is truncated" : reason;
  at_ = end_;
  return false;
}

char JsonReader::peek() noexcept {
  while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t'))
    ++at_;
  return at_ == end_ ? '\0' : *at_;
}

bool JsonReader::take(char wanted, std::string_view mismatch) noexcept {
  if (peek() != wanted) return fail(mismatch);
  ++at_;
  return true;
}

bool JsonReader::take_word(std::string_view word) noexcept {
  for (const char letter : word) {
    if (at_ == end_ || *at_ != letter) return fail("the JSON has a value of no known kind");
    ++at_;
  }
  return true;
}

bool JsonReader::begin(char bracket, std::string_view mismatch) noexcept {
  if (!take(bracket, mismatch)) return false;
  if (depth_ == max_depth) return fail("the JSON is nested too deeply");
  has_members_[depth_++] = false;
  return true;
}

bool JsonReader::begin_map() {
  return begin('{', "something else stands where an object should");
}

bool JsonReader::begin_array() {
  return begin('[', "something else stands where an array should");
}

bool JsonReader::next_in_container(char closing) noexcept {
  if (failed()) return false;
  if (peek() == closing) {
    ++at_;
    --depth_;
    return false;
  }
  if (has_members_[depth_ - 1]) return take(',', "a comma is missing");
  has_members_[depth_ - 1] = true;
  return true;
}

bool JsonReader::next_item() {
  return next_in_container(']');
}

bool JsonReader::next_key(std::string_view& key) {
  return next_in_container('}') && read_string(key) && take(':', "a colon is missing");
}

bool JsonReader::read_string(std::string_view& value) {
  if (!take('"', "something else stands where text should")) return false;
  const char* const begin = at_;
  while (at_ != end_ && !json::needs_escape(*at_))
    ++at_;
  if (at_ == end_) return fail("");
  if (*at_ == '\\') return decode_escapes(begin, value);
  if (*at_ != '"') return fail("a text has a control character");
  value = {begin, static_cast<std::size_t>(at_ - begin)};
  ++at_;
  return true;
}

bool JsonReader::decode_escapes(const char* begin, std::string_view& value) {
  char* const start = arena_->place();
  char* out = start;
  const char* from = begin;
  while (true) {
    while (at_ != end_ && !json::needs_escape(*at_))
      ++at_;
    out = json::write_raw(out, {from, static_cast<std::size_t>(at_ - from)});
    if (at_ == end_) return fail("");
    if (*at_ == '"') break;
    if (*at_ != '\\') return fail("a text has a control character");
    ++at_;
    if (!read_escape(out)) return false;
    from = at_;
  }
  ++at_;
  const auto size = static_cast<std::size_t>(out - start);
  arena_->take(size);
  value = {start, size};
  return true;
}

bool JsonReader::read_escape(char*& out) noexcept {
  if (at_ == end_) return fail("");
  constexpr std::string_view names = "\"\\/bfnrt";
  constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
  if (*at_ == 'u') {
    ++at_;
    return read_code_point(out);
  }
  const std::size_t found = names.find(*at_);
  if (found == std::string_view::npos) return fail("a text has an unknown escape");
  ++at_;
  *out++ = meanings[found];
  return true;
}

bool JsonReader::read_hex(std::uint32_t& value) noexcept {
  value = 0;
  for (int i = 0; i < 4; ++i) {
    if (at_ == end_) return fail("");
    const char c = *at_;
    const char letter = static_cast<char>(c | 0x20);
    if (!is_digit(c) && (letter < 'a' || letter > 'f')) return fail("a text has an unknown escape");
    value = value << 4 | static_cast<std::uint32_t>(is_digit(c) ? c - '0' : letter - 'a' + 10);
    ++at_;
  }
  return true;
}

bool JsonReader::read_code_point(char*& out) noexcept {
  std::uint32_t unit = 0;
  if (!read_hex(unit)) return false;
  // A lone half of a pair is no character: it is replaced, as most readers do.
  while (is_high_surrogate(unit)) {
    if (end_ - at_ < 2 || at_[0] != '\\' || at_[1] != 'u') {
      unit = replacement_character;
      break;
    }
    at_ += 2;
    std::uint32_t second = 0;
    if (!read_hex(second)) return false;
    if (is_low_surrogate(second)) {
      unit = 0x10000 + ((unit & 0x3FF) << 10 | (second & 0x3FF));
    } else {
      out = write_utf8(out, replacement_character);
      unit = second;
    }
  }
  out = write_utf8(out, is_low_surrogate(unit) ? replacement_character : unit);
  return true;
}

bool JsonReader::text_or_null(std::string_view& value) {
  value = {};
  if (peek() == 'n') return take_word("null");
  if (!read_string(value)) return false;
  return valid_utf8(value) || fail("a text is not UTF-8");
}

bool JsonReader::unsigned_or_null(std::uint64_t& value) {
  value = 0;
  if (peek() == 'n') return take_word("null");
  const char* const begin = at_;
  if (!skip_number()) return false;
  const auto [stop, error] = std::from_chars(begin, at_, value);
  return (error == std::errc{} && stop == at_) || fail("something else stands where a count should");
}

bool JsonReader::skip_digits() noexcept {
  if (at_ == end_ || !is_digit(*at_)) return fail("the JSON has a value of no known kind");
  while (at_ != end_ && is_digit(*at_))
    ++at_;
  return true;
}

bool JsonReader::skip_number() noexcept {
  if (peek() == '-') ++at_;
  if (at_ != end_ && *at_ == '0') {
    ++at_;
  } else if (!skip_digits()) {
    return false;
  }
  if (at_ != end_ && *at_ == '.') {
    ++at_;
    if (!skip_digits()) return false;
  }
  if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
    ++at_;
    if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
    if (!skip_digits()) return false;
  }
  return true;
}

bool JsonReader::skip() {
  std::string_view ignored;
  switch (peek()) {
    case '{':
      if (!begin_map()) return false;
      while (next_key(ignored)) {
        if (!skip()) return false;
      }
      return !failed();
    case '[':
      if (!begin_array()) return false;
      while (next_item()) {
        if (!skip()) return false;
      }
      return !failed();
    case '"':
      return read_string(ignored);
    case 't':
      return take_word("true");
    case 'f':
      return take_word("false");
    case 'n':
      return take_word("null");
    default:
      return skip_number();
  }
}

bool JsonReader::finish() {
  peek();
  return at_ == end_ || fail("something follows the JSON");
}

}  // namespace aiokpl::codec
