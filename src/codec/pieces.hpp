#pragma once

#include <cstddef>
#include <span>

namespace aiokpl::codec {

/// A run of bytes that lie together; a message is a list of them. It owns nothing.
using Piece = std::span<const std::byte>;

enum class Access { read, write };

/// Calls the head of a piece near, ahead of its turn; a hint. What follows the head the processor sees coming by
/// itself, which ends where the piece ends.
template <Access access = Access::read>
inline void expect(Piece piece, std::size_t head = 256) noexcept {
  constexpr std::size_t cache_line = 64;
  for (std::size_t at = 0; at < piece.size() && at < head; at += cache_line)
    __builtin_prefetch(piece.data() + at, access == Access::write ? 1 : 0);
  // GCC takes a function that does nothing but this for one without effects, and leaves calls of it out.
  asm volatile("");
}

}  // namespace aiokpl::codec
