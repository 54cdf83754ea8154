#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include <aiokpl/hash_key.hpp>

#include "codec/pieces.hpp"

namespace aiokpl::codec {

// Message words and digests are moved as they lie in memory.
static_assert(std::endian::native == std::endian::little, "MD5 here is written for little-endian machines");

using Md5Digest = std::array<std::byte, 16>;
/// The four chaining words A, B, C, D.
using Md5State = std::array<std::uint32_t, 4>;

inline constexpr std::size_t md5_block_size = 64;
/// The longest message that fits into one block beside its padding: 0x80 and eight bytes of length.
inline constexpr std::size_t md5_one_block_limit = 55;
inline constexpr Md5State md5_initial_state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};

/// Whole blocks into the state.
void md5_blocks(Md5State& state, const std::byte* data, std::size_t blocks) noexcept;
/// Ends a message: pads the `fill` bytes (below 64) at the head of `buffer`, which has room for two blocks, and
/// returns how many blocks they make.
std::size_t md5_pad(std::byte* buffer, std::size_t fill, std::uint64_t message_size) noexcept;
/// The block that a message of at most `md5_one_block_limit` bytes makes. It is written in aligned words of eight
/// bytes: whoever reads one of its words then need not wait until the processor has put several stores together.
void md5_pad_alone(std::byte* block, Piece message) noexcept;

[[nodiscard]] Md5Digest md5(Piece message) noexcept;
[[nodiscard]] Md5Digest to_digest(const Md5State& state) noexcept;
/// The digest read big-endian.
[[nodiscard]] HashKey to_hash_key(const Md5Digest& digest) noexcept;

/// MD5 of a message that comes in parts. `finish` once; afterwards the object is used up.
class Md5 {
 public:
  void update(Piece part) noexcept;
  [[nodiscard]] Md5Digest finish() noexcept;

 private:
  Md5State state_ = md5_initial_state;
  std::uint64_t size_ = 0;
  std::array<std::byte, 2 * md5_block_size> buffer_;  // the first block gathers; padding may need the second
};

}  // namespace aiokpl::codec
