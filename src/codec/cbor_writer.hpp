#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

// Definite-length CBOR (RFC 8949), written to where the caller has made room.
namespace aiokpl::codec::cbor {

enum Major : unsigned { unsigned_integer, negative_integer, bytes, text, array, map, tag, simple };

inline constexpr std::size_t max_head_size = 9;

/// The shortest head for the argument.
inline std::byte* write_head(std::byte* out, Major major, std::uint64_t argument) noexcept {
  const unsigned top = static_cast<unsigned>(major) << 5;
  if (argument < 24) {
    *out++ = static_cast<std::byte>(top | argument);
    return out;
  }
  const unsigned power = argument <= 0xFF ? 0 : argument <= 0xFFFF ? 1 : argument <= 0xFFFFFFFF ? 2 : 3;
  *out++ = static_cast<std::byte>(top | (24 + power));
  for (unsigned left = 1U << power; left != 0; --left)
    *out++ = static_cast<std::byte>(argument >> (8 * (left - 1)));
  return out;
}

inline std::byte* write_text(std::byte* out, std::string_view value) noexcept {
  out = write_head(out, text, value.size());
  if (!value.empty()) std::memcpy(out, value.data(), value.size());
  return out + value.size();
}

}  // namespace aiokpl::codec::cbor
