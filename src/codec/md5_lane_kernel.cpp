// Vectors whose length is known only at run time would need code of their own: on such processors the fixed-length
// set (NEON) or the portable emulation of 128-bit vectors runs.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/md5_lane_kernel.cpp"  // NOLINT(bugprone-suspicious-include)
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// After Highway's own: this file is compiled once for each instruction set.
#include <utility>

#include "codec/md5.hpp"
#include "codec/md5_constants.hpp"
#include "codec/md5_lane_kernel.hpp"

HWY_BEFORE_NAMESPACE();
namespace aiokpl::codec::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Words = hn::ScalableTag<std::uint32_t>;
using Vec = hn::Vec<Words>;
constexpr std::size_t vector_lanes = hn::MaxLanes(Words{});
static_assert(2 * vector_lanes <= md5_max_lanes);

HWY_INLINE const std::uint32_t* words_at(const std::byte* block) {
  return reinterpret_cast<const std::uint32_t*>(block);
}

#if HWY_TARGET == HWY_SCALAR
HWY_INLINE void load_words(const std::byte* const* at, std::size_t offset, Vec* words) {
  for (std::size_t word = 0; word < 16; ++word) {
    std::uint32_t value = 0;
    hwy::CopyBytes<4>(at[0] + offset + 4 * word, &value);
    words[word] = hn::Set(Words{}, value);
  }
}
#else
/// Four words of every fourth lane, each in its own 128 bits: lanes 0, 4, 8, 12 for `at` of lane 0.
HWY_INLINE Vec load_quads(const std::byte* const* at, std::size_t offset) {
  const auto load = [&](std::size_t lane)
                        HWY_ATTR { return hn::LoadU(hn::FixedTag<std::uint32_t, 4>{}, words_at(at[lane] + offset)); };
#if HWY_MAX_BYTES == 16
  return load(0);
#else
  constexpr hn::FixedTag<std::uint32_t, 8> two;
#if HWY_MAX_BYTES == 32
  return hn::Combine(two, load(4), load(0));
#else
  constexpr hn::FixedTag<std::uint32_t, 16> four;
  return hn::Combine(four, hn::Combine(two, load(12), load(8)), hn::Combine(two, load(4), load(0)));
#endif
#endif
}

/// Transposes one block of every lane into its 16 words.
HWY_INLINE void load_words(const std::byte* const* at, std::size_t offset, Vec* words) {
  constexpr Words d;
  constexpr hn::Repartition<std::uint64_t, Words> pairs;
  for (std::size_t quad = 0; quad < 4; ++quad, offset += 16) {
    const Vec row0 = load_quads(at, offset);
    const Vec row1 = load_quads(at + 1, offset);
    const Vec row2 = load_quads(at + 2, offset);
    const Vec row3 = load_quads(at + 3, offset);
    const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(d, row0, row1));
    const auto low23 = hn::BitCast(pairs, hn::InterleaveLower(d, row2, row3));
    const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(d, row0, row1));
    const auto high23 = hn::BitCast(pairs, hn::InterleaveUpper(d, row2, row3));
    words[4 * quad] = hn::BitCast(d, hn::InterleaveLower(pairs, low01, low23));
    words[4 * quad + 1] = hn::BitCast(d, hn::InterleaveUpper(pairs, low01, low23));
    words[4 * quad + 2] = hn::BitCast(d, hn::InterleaveLower(pairs, high01, high23));
    words[4 * quad + 3] = hn::BitCast(d, hn::InterleaveUpper(pairs, high01, high23));
  }
}
#endif

/// Bit by bit: `yes` where the mask is set, else `no`.
HWY_INLINE Vec choose(Vec mask, Vec yes, Vec no) {
#if HWY_TARGET <= HWY_AVX3
  return hn::IfVecThenElse(mask, yes, no);  // one instruction here; elsewhere it looks at one bit of each byte only
#else
  return hn::Xor(no, hn::And(mask, hn::Xor(yes, no)));
#endif
}

template <std::size_t round>
HWY_INLINE Vec mix(Vec b, Vec c, Vec d) {
  if constexpr (round == 0) {
    return choose(b, c, d);
  } else if constexpr (round == 1) {
    return choose(d, b, c);
  } else if constexpr (round == 2) {
    return hn::Xor3(b, c, d);
  } else {
    return hn::Xor(c, hn::Or(b, hn::Not(d)));
  }
}

template <std::size_t step, std::size_t vectors>
HWY_INLINE void md5_step(Vec* a, const Vec* b, const Vec* c, const Vec* d, const Vec (*words)[16]) {
  constexpr std::size_t round = step / 16;
  constexpr int rotation = md5_rotations[round][step % 4];
  const Vec sine = hn::Set(Words{}, md5_sines[step]);
  for (std::size_t v = 0; v < vectors; ++v) {
    const Vec sum = hn::Add(hn::Add(a[v], hn::Add(words[v][md5_word_of(step)], sine)), mix<round>(b[v], c[v], d[v]));
    a[v] = hn::Add(b[v], hn::RotateRight<32 - rotation>(sum));
  }
}

template <std::size_t vectors, std::size_t... quad>
HWY_INLINE void all_steps(std::index_sequence<quad...>, Vec* a, Vec* b, Vec* c, Vec* d, const Vec (*words)[16]) {
  ((md5_step<4 * quad, vectors>(a, b, c, d, words), md5_step<4 * quad + 1, vectors>(d, a, b, c, words),
    md5_step<4 * quad + 2, vectors>(c, d, a, b, words), md5_step<4 * quad + 3, vectors>(b, c, d, a, words)),
   ...);
}

template <std::size_t vectors>
void run(Md5LaneRegisters& registers, std::size_t blocks) {
  constexpr Words d;
  Vec state[4][vectors];
  for (std::size_t word = 0; word < 4; ++word) {
    for (std::size_t v = 0; v < vectors; ++v)
      state[word][v] = hn::Load(d, registers.state[word] + v * vector_lanes);
  }
  for (std::size_t offset = 0; blocks != 0; --blocks, offset += md5_block_size) {
    Vec words[vectors][16];
    Vec before[4][vectors];
    for (std::size_t v = 0; v < vectors; ++v) {
      load_words(registers.at + v * vector_lanes, offset, words[v]);
      for (std::size_t word = 0; word < 4; ++word)
        before[word][v] = state[word][v];
    }
    all_steps<vectors>(std::make_index_sequence<16>{}, state[0], state[1], state[2], state[3], words);
    for (std::size_t v = 0; v < vectors; ++v) {
      for (std::size_t word = 0; word < 4; ++word)
        state[word][v] = hn::Add(state[word][v], before[word][v]);
    }
  }
  for (std::size_t word = 0; word < 4; ++word) {
    for (std::size_t v = 0; v < vectors; ++v)
      hn::Store(state[word][v], d, registers.state[word] + v * vector_lanes);
  }
}

}  // namespace

Md5LaneKernel make_kernel() {
  return {vector_lanes, &run<1>, &run<2>};
}

}  // namespace aiokpl::codec::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace aiokpl::codec {

HWY_EXPORT(make_kernel);

Md5LaneKernel md5_lane_kernel() noexcept {
  return HWY_DYNAMIC_DISPATCH(make_kernel)();
}

}  // namespace aiokpl::codec
#endif
