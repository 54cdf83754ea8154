#pragma once

#include <cstdint>
#include <vector>

#include <aiokpl/hash_key.hpp>

namespace aiokpl::emulator {

[[nodiscard]] HashKey next(HashKey key) noexcept;
[[nodiscard]] HashKey previous(HashKey key) noexcept;
/// Where SplitShard cuts a range into halves.
[[nodiscard]] HashKey middle(const HashKeyRange& range) noexcept;
/// The whole of the keys in `count` equal ranges, as the service cuts them; the last one takes the remainder.
[[nodiscard]] std::vector<HashKeyRange> uniform_ranges(std::uint32_t count);

}  // namespace aiokpl::emulator
