#include "codec/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace aiokpl::codec {

namespace {

constexpr std::uint64_t high_bits = 0x8080808080808080U;

std::uint64_t load_word(const char* at) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

/// Length of the well-formed sequence at `at`, whose first byte is not ASCII; 0 when there is none.
std::size_t sequence_length(const unsigned char* at, std::size_t left) noexcept {
  const unsigned char lead = at[0];
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (left < length) return 0;
  // The second byte's range rules out overlong forms, surrogates and what lies beyond U+10FFFF.
  const unsigned char lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned char highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (at[1] < lowest || at[1] > highest) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((at[i] & 0xC0) != 0x80) return 0;
  }
  return length;
}

}  // namespace

bool valid_utf8(std::string_view text) noexcept {
  std::size_t at = 0;
  while (at < text.size()) {
    while (text.size() - at >= 8 && (load_word(text.data() + at) & high_bits) == 0)
      at += 8;
    if (at == text.size()) return true;
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
      continue;
    }
    const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data() + at);
    const std::size_t length = sequence_length(bytes, text.size() - at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::size_t count_code_points(std::string_view text) noexcept {
  std::size_t continuations = 0;
  std::size_t at = 0;
  for (; text.size() - at >= 8; at += 8) {
    const std::uint64_t word = load_word(text.data() + at);
    // A continuation byte has its highest bit set and the next one clear.
    continuations += static_cast<std::size_t>(__builtin_popcountll(word & ~(word << 1) & high_bits));
  }
  for (; at < text.size(); ++at)
    continuations += (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80 ? 1 : 0;
  return text.size() - continuations;
}

}  // namespace aiokpl::codec
