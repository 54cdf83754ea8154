#include "codec/base64.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace aiokpl::codec {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Two characters for every 12 bits: half the look-ups of a table by character.
constexpr auto pairs = [] {
  std::array<std::array<char, 2>, 4096> table{};
  for (std::size_t bits = 0; bits < table.size(); ++bits)
    table[bits] = {alphabet[bits >> 6], alphabet[bits & 63]};
  return table;
}();

/// Values have six bits; the mark of a character that does not belong has all eight.
constexpr std::uint8_t invalid = 0xFF;
constexpr std::uint32_t invalid_bits = 0xC0;

constexpr auto values = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(invalid);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return table;
}();

std::uint32_t value_of(char c) noexcept {
  return values[static_cast<unsigned char>(c)];
}

std::size_t padding_of(std::string_view text) noexcept {
  if (!text.ends_with('=')) return 0;
  return text.ends_with("==") ? 2 : 1;
}

char* write_pair(char* out, std::uint64_t bits) noexcept {
  std::memcpy(out, pairs[bits & 0xFFF].data(), 2);
  return out + 2;
}

std::uint64_t at(const std::byte* data, std::size_t index) noexcept {
  return static_cast<std::uint64_t>(data[index]);
}

char* write_three(char* out, const std::byte* data) noexcept {
  const std::uint64_t bits = at(data, 0) << 16 | at(data, 1) << 8 | at(data, 2);
  return write_pair(write_pair(out, bits >> 12), bits);
}

/// Everything but the last one or two bytes; they stay in `piece`.
char* write_triples(char* out, Piece& piece) noexcept {
  const std::byte* data = piece.data();
  std::size_t left = piece.size();
  for (; left >= 8; left -= 6, data += 6) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, data, sizeof bits);
    bits = __builtin_bswap64(bits);
    out = write_pair(out, bits >> 52);
    out = write_pair(out, bits >> 40);
    out = write_pair(out, bits >> 28);
    out = write_pair(out, bits >> 16);
  }
  for (; left >= 3; left -= 3, data += 3)
    out = write_three(out, data);
  piece = {data, left};
  return out;
}

char* write_end(char* out, const std::byte* carried, std::size_t count) noexcept {
  if (count == 0) return out;
  const std::uint64_t bits = at(carried, 0) << 16 | (count == 2 ? at(carried, 1) << 8 : 0);
  out = write_pair(out, bits >> 12);
  *out++ = count == 2 ? alphabet[bits >> 6 & 63] : '=';
  *out++ = '=';
  return out;
}

}  // namespace

char* write_base64(char* out, std::span<const Piece> pieces) noexcept {
  std::array<std::byte, 3> carried{};  // bytes of a group that the next piece completes
  std::size_t count = 0;
  for (Piece piece : pieces) {
    if (count != 0) {
      const std::size_t taken = std::min(3 - count, piece.size());
      std::copy_n(piece.data(), taken, carried.data() + count);
      piece = piece.subspan(taken);
      count += taken;
      if (count < 3) continue;
      out = write_three(out, carried.data());
    }
    out = write_triples(out, piece);
    count = piece.size();
    std::copy_n(piece.data(), count, carried.data());
  }
  return write_end(out, carried.data(), count);
}

void append_base64(std::string_view bytes, std::string& out) {
  const std::size_t start = out.size();
  out.resize(start + base64_size(bytes.size()));
  const Piece piece = std::as_bytes(std::span{bytes});
  write_base64(out.data() + start, {&piece, 1});
}

std::optional<std::size_t> base64_decoded_size(std::string_view text) noexcept {
  if (text.size() % 4 != 0) return std::nullopt;
  return text.size() / 4 * 3 - padding_of(text);
}

bool read_base64(std::string_view text, char* out) noexcept {
  const std::size_t padding = padding_of(text);
  const std::size_t whole = padding == 0 ? text.size() : text.size() - 4;
  std::uint32_t bad = 0;
  for (std::size_t i = 0; i < whole; i += 4) {
    const std::uint32_t a = value_of(text[i]);
    const std::uint32_t b = value_of(text[i + 1]);
    const std::uint32_t c = value_of(text[i + 2]);
    const std::uint32_t d = value_of(text[i + 3]);
    bad |= a | b | c | d;
    const std::uint32_t group = a << 18U | b << 12U | c << 6U | d;
    *out++ = static_cast<char>(group >> 16U);
    *out++ = static_cast<char>(group >> 8U);
    *out++ = static_cast<char>(group);
  }
  if ((bad & invalid_bits) != 0) return false;
  if (padding == 0) return true;
  const std::uint32_t a = value_of(text[whole]);
  const std::uint32_t b = value_of(text[whole + 1]);
  const std::uint32_t c = padding == 1 ? value_of(text[whole + 2]) : 0;
  if (((a | b | c) & invalid_bits) != 0) return false;
  const std::uint32_t group = a << 18U | b << 12U | c << 6U;
  *out++ = static_cast<char>(group >> 16U);
  if (padding == 1) *out = static_cast<char>(group >> 8U);
  return (group & (padding == 1 ? 0xFFU : 0xFFFFU)) == 0;
}

std::optional<std::string> from_base64(std::string_view text) {
  const auto size = base64_decoded_size(text);
  if (!size) return std::nullopt;
  std::string bytes(*size, '\0');
  if (!read_base64(text, bytes.data())) return std::nullopt;
  return bytes;
}

}  // namespace aiokpl::codec
