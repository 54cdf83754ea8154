#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <aiokpl/export.hpp>

namespace aiokpl {

/// An unsigned 128-bit hash key, Kinesis's measure of where a record belongs: the MD5 of its partition key read
/// big-endian, or the explicit hash key that the caller gave.
struct AIOKPL_EXPORT HashKey {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  /// Parses `0` or `[1-9][0-9]{0,38}` up to 2^128 - 1, the form that the service accepts; nothing otherwise.
  [[nodiscard]] static std::optional<HashKey> from_decimal(std::string_view text) noexcept;
  [[nodiscard]] static constexpr HashKey max() noexcept { return {~std::uint64_t{0}, ~std::uint64_t{0}}; }

  [[nodiscard]] std::string to_decimal() const;

  friend constexpr auto operator<=>(const HashKey&, const HashKey&) = default;
};

/// An inclusive range of hash keys, as a shard owns one.
struct HashKeyRange {
  HashKey first;
  HashKey last = HashKey::max();

  [[nodiscard]] constexpr bool contains(HashKey key) const noexcept { return first <= key && key <= last; }

  friend constexpr bool operator==(const HashKeyRange&, const HashKeyRange&) = default;
};

/// The hash key by which Kinesis places a record with this partition key.
[[nodiscard]] AIOKPL_EXPORT HashKey md5_hash_key(std::string_view partition_key) noexcept;

}  // namespace aiokpl
