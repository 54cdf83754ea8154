#include "emulator/json_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "codec/base64.hpp"
#include "codec/utf8.hpp"
#include "emulator/put_request.hpp"
#include "emulator/serialization_error.hpp"

namespace aiokpl::emulator {
namespace {

constexpr int deepest = 64;

void append_utf8(std::uint32_t code, std::string& out) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80U) {
    put(code);
  } else if (code < 0x800U) {
    put(0xC0U | (code >> 6U));
    put(0x80U | (code & 63U));
  } else if (code < 0x10000U) {
    put(0xE0U | (code >> 12U));
    put(0x80U | ((code >> 6U) & 63U));
    put(0x80U | (code & 63U));
  } else {
    put(0xF0U | (code >> 18U));
    put(0x80U | ((code >> 12U) & 63U));
    put(0x80U | ((code >> 6U) & 63U));
    put(0x80U | (code & 63U));
  }
}

std::uint32_t read_hex4(std::string_view& text) {
  std::uint32_t code = 0;
  if (text.size() < 4) throw_unreadable("Unknown escape");
  const auto [end, error] = std::from_chars(text.data(), text.data() + 4, code, 16);
  if (error != std::errc{} || end != text.data() + 4) throw_unreadable("Unknown escape");
  text.remove_prefix(4);
  return code;
}

// What follows `\u`: a character, or a pair of surrogates.
std::uint32_t read_code_point(std::string_view& text) {
  const std::uint32_t first = read_hex4(text);
  if (first < 0xD800U || first > 0xDFFFU) return first;
  if (first > 0xDBFFU || !text.starts_with("\\u")) throw_unreadable("Half a surrogate pair");
  text.remove_prefix(2);
  const std::uint32_t second = read_hex4(text);
  if (second < 0xDC00U || second > 0xDFFFU) throw_unreadable("Half a surrogate pair");
  return 0x10000U + ((first - 0xD800U) << 10U) + (second - 0xDC00U);
}

}  // namespace

char JsonReader::peek() {
  while (position_ != end_ && (*position_ == ' ' || *position_ == '\n' || *position_ == '\r' || *position_ == '\t')) {
    ++position_;
  }
  return position_ == end_ ? '\0' : *position_;
}

bool JsonReader::accept(char c) {
  if (peek() != c || position_ == end_) return false;
  ++position_;
  return true;
}

void JsonReader::expect(char c) {
  if (!accept(c)) throw_unreadable(std::string{"Expected '"} + c + "' in the request");
}

bool JsonReader::accept_word(std::string_view word) {
  peek();
  if (!std::string_view{position_, static_cast<std::size_t>(end_ - position_)}.starts_with(word)) return false;
  position_ += word.size();
  return true;
}

void JsonReader::enter() {
  if (++depth_ > deepest) throw_unreadable("Nested too deeply");
}

void JsonReader::finish() {
  if (peek() != '\0' || position_ != end_) throw_unreadable("Text after the end of the request");
}

const char* JsonReader::kind() {
  switch (peek()) {
    case '{':
      return "Start of structure or map";
    case '[':
      return "Start of list";
    case '"':
      return "STRING_VALUE";
    case 't':
      return "TRUE_VALUE";
    case 'f':
      return "FALSE_VALUE";
    default:
      return "NUMBER_VALUE";
  }
}

bool JsonReader::begin(char c, const char* wanted) {
  if (accept_word("null")) return false;
  if (peek() != c) throw_wrong_type(kind(), wanted);
  ++position_;
  enter();
  return true;
}

std::string_view JsonReader::string(const char* wanted) {
  if (peek() != '"') throw_wrong_type(kind(), wanted);
  const char* const start = ++position_;
  for (const char* from = start;;) {
    const auto* quote = static_cast<const char*>(std::memchr(from, '"', static_cast<std::size_t>(end_ - from)));
    if (quote == nullptr) throw_unreadable("The request ends early");
    // An escaped quote is one after an odd number of backslashes.
    const char* before = quote;
    while (before != start && before[-1] == '\\')
      --before;
    if ((quote - before) % 2 != 0) {
      from = quote + 1;
      continue;
    }
    position_ = quote + 1;
    const std::string_view raw{start, static_cast<std::size_t>(quote - start)};
    const bool escaped = !raw.empty() && std::memchr(raw.data(), '\\', raw.size()) != nullptr;
    return escaped ? unescaped(raw) : raw;
  }
}

std::string_view JsonReader::unescaped(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  while (!raw.empty()) {
    const std::size_t slash = std::min(raw.find('\\'), raw.size());
    out += raw.substr(0, slash);
    raw.remove_prefix(slash);
    if (raw.empty()) break;
    const char kind = raw[1];  // A lone backslash at the end would have escaped the quote.
    raw.remove_prefix(2);
    constexpr std::string_view plain = "\"\\/bfnrt";
    constexpr std::string_view meant = "\"\\/\b\f\n\r\t";
    if (const std::size_t at = plain.find(kind); at != std::string_view::npos) {
      out += meant[at];
    } else if (kind == 'u') {
      append_utf8(read_code_point(raw), out);
    } else {
      throw_unreadable("Unknown escape");
    }
  }
  return owner_.own(std::move(out));
}

std::optional<std::string_view> JsonReader::text() {
  if (accept_word("null")) return std::nullopt;
  const std::string_view value = string("a String");
  if (!codec::valid_utf8(value)) throw_unreadable("Invalid UTF-8");
  return value;
}

std::optional<JsonReader::Data> JsonReader::data() {
  if (accept_word("null")) return std::nullopt;
  const std::string_view encoded = string("a ByteBuffer");
  const auto size = codec::base64_decoded_size(encoded);
  if (!size) throw_unreadable("Input is not valid base64");
  if (!decode_) return Data{encoded, *size};
  char* const room = owner_.decoded_room(*size);
  if (!codec::read_base64(encoded, room)) throw_unreadable("Input is not valid base64");
  return Data{{room, *size}, *size};
}

std::optional<bool> JsonReader::boolean() {
  if (accept_word("null")) return std::nullopt;
  if (accept_word("true")) return true;
  if (accept_word("false")) return false;
  throw_wrong_type(kind(), "a Boolean");
}

void JsonReader::skip() {
  switch (peek()) {
    case '{':
      map([this](std::string_view) { skip(); });
      return;
    case '[':
      list([this] { skip(); });
      return;
    case '"':
      (void)string("a String");
      return;
    default:
      break;
  }
  if (accept_word("null") || accept_word("true") || accept_word("false")) return;
  const char* const start = position_;
  while (position_ != end_ && std::strchr("+-.0123456789eE", *position_) != nullptr && *position_ != '\0')
    ++position_;
  if (position_ == start) throw_unreadable("Not JSON");
}

}  // namespace aiokpl::emulator
