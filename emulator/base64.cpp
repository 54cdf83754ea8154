#include "emulator/base64.hpp"

#include <array>
#include <cstdint>
#include <span>

#include "codec/base64.hpp"

namespace aiokpl::emulator {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t invalid = 0xFF;

constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(invalid);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}

constexpr auto values = make_values();

std::uint32_t value_of(char c) noexcept {
  return values[static_cast<unsigned char>(c)];
}

}  // namespace

void append_base64(std::string_view bytes, std::string& out) {
  const std::size_t start = out.size();
  out.resize(start + codec::base64_size(bytes.size()));
  const codec::Piece piece = std::as_bytes(std::span{bytes});
  codec::write_base64(out.data() + start, {&piece, 1});
}

std::optional<std::size_t> base64_decoded_size(std::string_view text) noexcept {
  if (text.size() % 4 != 0) return std::nullopt;
  if (text.empty()) return 0;
  const std::size_t padding = !text.ends_with('=') ? 0 : text.ends_with("==") ? 2 : 1;
  return text.size() / 4 * 3 - padding;
}

bool decode_base64(std::string_view text, char* out) noexcept {
  if (text.empty()) return true;
  const std::size_t padding = !text.ends_with('=') ? 0 : text.ends_with("==") ? 2 : 1;
  const std::size_t whole = padding == 0 ? text.size() : text.size() - 4;
  std::uint32_t bad = 0;
  for (std::size_t i = 0; i < whole; i += 4) {
    const std::uint32_t a = value_of(text[i]);
    const std::uint32_t b = value_of(text[i + 1]);
    const std::uint32_t c = value_of(text[i + 2]);
    const std::uint32_t d = value_of(text[i + 3]);
    bad |= a | b | c | d;
    const std::uint32_t group = (a << 18U) | (b << 12U) | (c << 6U) | d;
    *out++ = static_cast<char>(group >> 16U);
    *out++ = static_cast<char>(group >> 8U);
    *out++ = static_cast<char>(group);
  }
  // Valid values have six bits; the mark of an invalid character has all eight.
  if ((bad & 0xC0U) != 0) return false;
  if (padding == 0) return true;
  const std::uint32_t a = value_of(text[whole]);
  const std::uint32_t b = value_of(text[whole + 1]);
  const std::uint32_t c = padding == 1 ? value_of(text[whole + 2]) : 0;
  if (((a | b | c) & 0xC0U) != 0) return false;
  const std::uint32_t group = (a << 18U) | (b << 12U) | (c << 6U);
  *out++ = static_cast<char>(group >> 16U);
  if (padding == 1) *out = static_cast<char>(group >> 8U);
  return true;
}

}  // namespace aiokpl::emulator
