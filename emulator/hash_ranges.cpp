#include "emulator/hash_ranges.hpp"

namespace aiokpl::emulator {
namespace {

__extension__ using Wide = unsigned __int128;

Wide wide(HashKey key) noexcept {
  return (static_cast<Wide>(key.high) << 64U) | key.low;
}
HashKey narrow(Wide value) noexcept {
  return {static_cast<std::uint64_t>(value >> 64U), static_cast<std::uint64_t>(value)};
}

}  // namespace

HashKey next(HashKey key) noexcept {
  return narrow(wide(key) + 1);
}
HashKey previous(HashKey key) noexcept {
  return narrow(wide(key) - 1);
}

HashKey middle(const HashKeyRange& range) noexcept {
  const Wide first = wide(range.first);
  return narrow(first + (wide(range.last) - first) / 2 + 1);
}

std::vector<HashKeyRange> uniform_ranges(std::uint32_t count) {
  std::vector<HashKeyRange> ranges;
  if (count == 0) return ranges;
  ranges.reserve(count);
  // 2^128 / count, which does not fit for a count of 1: there the only range needs no width.
  const Wide greatest = ~Wide{0};
  const Wide width = greatest / count + (greatest % count == count - 1 ? 1 : 0);
  for (std::uint32_t i = 0; i < count; ++i) {
    const Wide first = width * i;
    ranges.push_back({narrow(first), i + 1 == count ? HashKey::max() : narrow(first + width - 1)});
  }
  return ranges;
}

}  // namespace aiokpl::emulator
