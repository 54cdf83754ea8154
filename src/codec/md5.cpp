#include "codec/md5.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "codec/md5_constants.hpp"

namespace aiokpl::codec {

namespace {

template <std::size_t step>
[[gnu::always_inline]] inline void md5_step(std::uint32_t& a, std::uint32_t b, std::uint32_t c, std::uint32_t d,
                                            const std::byte* block) noexcept {
  constexpr std::size_t round = step / 16;
  // Word by word where it is used: who has just written the block in parts would wait for a larger load of it.
  std::uint32_t word;
  std::memcpy(&word, block + 4 * md5_word_of(step), sizeof word);
  std::uint32_t sum = a + word + md5_sines[step];
  if constexpr (round == 0) {
    sum += d ^ (b & (c ^ d));
  } else if constexpr (round == 1) {
    // The halves share no bits, so they may be added: only one of them waits for b, the latest result.
    sum += c & ~d;
    sum += b & d;
  } else if constexpr (round == 2) {
    sum += b ^ (c ^ d);
  } else {
    sum += c ^ (b | ~d);
  }
  a = b + std::rotl(sum, md5_rotations[round][step % 4]);
}

template <std::size_t step>
[[gnu::always_inline]] inline void four_steps(std::uint32_t& a, std::uint32_t& b, std::uint32_t& c, std::uint32_t& d,
                                              const std::byte* block) noexcept {
  md5_step<step>(a, b, c, d, block);
  md5_step<step + 1>(d, a, b, c, block);
  md5_step<step + 2>(c, d, a, b, block);
  md5_step<step + 3>(b, c, d, a, block);
}

template <std::size_t... quad>
[[gnu::always_inline]] inline void all_steps(std::index_sequence<quad...>, std::uint32_t& a, std::uint32_t& b,
                                             std::uint32_t& c, std::uint32_t& d, const std::byte* block) noexcept {
  (four_steps<4 * quad>(a, b, c, d, block), ...);
}

[[gnu::always_inline]] inline void one_block(std::uint32_t& a, std::uint32_t& b, std::uint32_t& c, std::uint32_t& d,
                                             const std::byte* block) noexcept {
  const std::uint32_t before[4] = {a, b, c, d};
  all_steps(std::make_index_sequence<16>{}, a, b, c, d, block);
  a += before[0];
  b += before[1];
  c += before[2];
  d += before[3];
}

/// A message that makes one block, from front to end in registers: to read the state or the digest back in larger parts
/// than it was written in would wait until the processor has written out all that came before, a whole record.
Md5Digest md5_alone(Piece message) noexcept {
  alignas(8) std::byte block[md5_block_size];
  md5_pad_alone(block, message);
  auto [a, b, c, d] = md5_initial_state;
  one_block(a, b, c, d, block);
  const std::uint64_t halves[2] = {a | std::uint64_t{b} << 32U, c | std::uint64_t{d} << 32U};
  Md5Digest digest;
  std::memcpy(digest.data(), halves, sizeof halves);
  return digest;
}

HashKey read_big_endian(const std::byte* bytes) noexcept {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, bytes, 8);
  std::memcpy(&low, bytes + 8, 8);
  return {__builtin_bswap64(high), __builtin_bswap64(low)};
}

}  // namespace

void md5_blocks(Md5State& state, const std::byte* data, std::size_t blocks) noexcept {
  auto [a, b, c, d] = state;
  for (; blocks != 0; --blocks, data += md5_block_size)
    one_block(a, b, c, d, data);
  state = {a, b, c, d};
}

void md5_pad_alone(std::byte* block, Piece message) noexcept {
  const std::byte* const from = message.data();
  const std::size_t size = message.size();
  std::memset(block, 0, md5_block_size);
  std::size_t at = 0;
  for (; at + 8 <= size; at += 8)
    std::memcpy(block + at, from + at, 8);
  // The message's last bytes and the one behind them, in one word.
  const std::size_t rest = size - at;
  std::uint64_t last = 0;
  if (rest != 0 && at != 0) {
    std::memcpy(&last, from + size - 8, 8);
    last >>= 8 * (8 - rest);
  } else {
    for (std::size_t i = 0; i < rest; ++i)
      last |= std::to_integer<std::uint64_t>(from[i]) << (8 * i);
  }
  last |= std::uint64_t{0x80} << (8 * rest);
  std::memcpy(block + at, &last, sizeof last);
  const std::uint64_t bits = size * 8;
  std::memcpy(block + md5_block_size - 8, &bits, sizeof bits);
}

std::size_t md5_pad(std::byte* buffer, std::size_t fill, std::uint64_t message_size) noexcept {
  const std::size_t blocks = fill <= md5_one_block_limit ? 1 : 2;
  const std::size_t length_at = blocks * md5_block_size - 8;
  buffer[fill] = std::byte{0x80};
  std::memset(buffer + fill + 1, 0, length_at - fill - 1);
  const std::uint64_t bits = message_size * 8;
  std::memcpy(buffer + length_at, &bits, sizeof bits);
  return blocks;
}

Md5Digest to_digest(const Md5State& state) noexcept {
  Md5Digest digest;
  static_assert(sizeof digest == sizeof state);
  std::memcpy(digest.data(), state.data(), sizeof digest);
  return digest;
}

HashKey to_hash_key(const Md5Digest& digest) noexcept {
  return read_big_endian(digest.data());
}

Md5Digest md5(Piece message) noexcept {
  if (message.size() <= md5_one_block_limit) return md5_alone(message);
  Md5State state = md5_initial_state;
  const std::size_t whole = message.size() / md5_block_size;
  const std::size_t rest = message.size() % md5_block_size;
  if (whole != 0) md5_blocks(state, message.data(), whole);
  std::byte last[2 * md5_block_size];
  if (rest != 0) std::memcpy(last, message.data() + whole * md5_block_size, rest);
  md5_blocks(state, last, md5_pad(last, rest, message.size()));
  return to_digest(state);
}

void Md5::update(Piece part) noexcept {
  if (part.empty()) return;
  const std::size_t fill = size_ % md5_block_size;
  size_ += part.size();
  if (fill != 0) {
    const std::size_t taken = std::min(part.size(), md5_block_size - fill);
    std::memcpy(buffer_.data() + fill, part.data(), taken);
    if (fill + taken < md5_block_size) return;
    md5_blocks(state_, buffer_.data(), 1);
    part = part.subspan(taken);
  }
  const std::size_t whole = part.size() / md5_block_size;
  md5_blocks(state_, part.data(), whole);
  part = part.subspan(whole * md5_block_size);
  if (!part.empty()) std::memcpy(buffer_.data(), part.data(), part.size());
}

Md5Digest Md5::finish() noexcept {
  md5_blocks(state_, buffer_.data(), md5_pad(buffer_.data(), size_ % md5_block_size, size_));
  return to_digest(state_);
}

}  // namespace aiokpl::codec
