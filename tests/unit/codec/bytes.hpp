#pragma once

#include <algorithm>
#include <cstddef>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/pieces.hpp"

namespace aiokpl::codec::testing {

using Bytes = std::vector<std::byte>;

inline Piece bytes_of(std::string_view text) {
  return std::as_bytes(std::span{text});
}

inline std::string text_of(Piece bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline Bytes from_hex(std::string_view hex) {
  Bytes bytes;
  std::string digits;
  for (const char c : hex) {
    if (c == ' ') continue;
    digits += c;
    if (digits.size() < 2) continue;
    bytes.push_back(static_cast<std::byte>(std::stoul(digits, nullptr, 16)));
    digits.clear();
  }
  return bytes;
}

inline std::string to_hex(Piece bytes) {
  std::string hex;
  for (const std::byte byte : bytes) {
    hex += "0123456789abcdef"[static_cast<unsigned>(byte) >> 4];
    hex += "0123456789abcdef"[static_cast<unsigned>(byte) & 15];
  }
  return hex;
}

inline Bytes random_bytes(std::mt19937_64& random, std::size_t size) {
  Bytes bytes(size);
  for (std::byte& byte : bytes)
    byte = static_cast<std::byte>(random());
  return bytes;
}

/// Cuts a message at random places, empty pieces included.
inline std::vector<Piece> random_pieces(std::mt19937_64& random, Piece message, std::size_t longest) {
  std::vector<Piece> pieces;
  while (!message.empty()) {
    const std::size_t size = std::min<std::size_t>(message.size(), random() % (longest + 1));
    pieces.push_back(message.first(size));
    message = message.subspan(size);
  }
  return pieces;
}

inline Bytes joined(std::span<const Piece> pieces) {
  Bytes bytes;
  for (const Piece piece : pieces)
    bytes.insert(bytes.end(), piece.begin(), piece.end());
  return bytes;
}

}  // namespace aiokpl::codec::testing
