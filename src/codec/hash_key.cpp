#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include <aiokpl/hash_key.hpp>

#include "codec/decimal.hpp"
#include "codec/md5.hpp"

namespace aiokpl {

namespace {

__extension__ using Uint128 = unsigned __int128;

constexpr std::uint64_t ten_to_19 = 10'000'000'000'000'000'000U;

}  // namespace

std::optional<HashKey> HashKey::from_decimal(std::string_view text) noexcept {
  if (text.empty() || text.size() > codec::max_decimal_size || (text.front() == '0' && text.size() > 1))
    return std::nullopt;
  constexpr Uint128 largest = ~Uint128{0};
  Uint128 value = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return std::nullopt;
    const unsigned add = static_cast<unsigned>(digit - '0');
    if (value > (largest - add) / 10) return std::nullopt;
    value = value * 10 + add;
  }
  return HashKey{static_cast<std::uint64_t>(value >> 64), static_cast<std::uint64_t>(value)};
}

std::string HashKey::to_decimal() const {
  std::array<char, codec::max_decimal_size> digits;
  return std::string{digits.data(), codec::write_decimal(digits.data(), *this)};
}

char* codec::write_decimal(char* out, HashKey key) noexcept {
  std::array<char, max_decimal_size> digits;
  std::size_t at = digits.size();
  Uint128 rest = (Uint128{key.high} << 64) | key.low;
  // 128-bit division is a slow call: two of them, and the digits out of 64-bit parts.
  do {
    auto part = static_cast<std::uint64_t>(rest % ten_to_19);
    rest /= ten_to_19;
    const std::size_t part_end = at;
    do {
      digits[--at] = static_cast<char>('0' + part % 10);
      part /= 10;
    } while (part != 0);
    while (rest != 0 && part_end - at < 19)
      digits[--at] = '0';
  } while (rest != 0);
  return std::copy(digits.begin() + static_cast<std::ptrdiff_t>(at), digits.end(), out);
}

HashKey md5_hash_key(std::string_view partition_key) noexcept {
  return codec::to_hash_key(codec::md5(std::as_bytes(std::span{partition_key})));
}

}  // namespace aiokpl
