#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

// JSON text, written to where the caller has made room.
namespace aiokpl::codec::json {

/// Bytes that one byte of a string becomes at most: \u001f.
inline constexpr std::size_t max_growth = 6;

inline char* write_raw(char* out, std::string_view text) noexcept {
  if (!text.empty()) std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

[[nodiscard]] inline bool needs_escape(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

inline char* write_escape(char* out, char c) noexcept {
  *out++ = '\\';
  if (c == '"' || c == '\\') {
    *out++ = c;
    return out;
  }
  constexpr std::string_view digits = "0123456789abcdef";
  out = write_raw(out, "u00");
  *out++ = digits[static_cast<unsigned char>(c) >> 4];
  *out++ = digits[static_cast<unsigned char>(c) & 15];
  return out;
}

/// The text in quotes. UTF-8 stays as it is.
inline char* write_string(char* out, std::string_view text) noexcept {
  *out++ = '"';
  std::size_t from = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!needs_escape(text[at])) continue;
    out = write_raw(out, text.substr(from, at - from));
    out = write_escape(out, text[at]);
    from = at + 1;
  }
  out = write_raw(out, text.substr(from));
  *out++ = '"';
  return out;
}

}  // namespace aiokpl::codec::json
