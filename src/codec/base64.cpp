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

}  // namespace aiokpl::codec
