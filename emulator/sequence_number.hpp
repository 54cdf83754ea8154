#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aiokpl::emulator {

/// A record's place in its shard. Written as 56 decimal digits beginning with 496, as the service's numbers look:
/// 496, the shard's epoch (11 digits), the counter (16), the arrival in milliseconds (14), the shard's number (12).
/// The epoch grows from parents to children, so that everything in a child is greater than everything in its parents.
struct SequenceNumber {
  std::uint64_t epoch = 0;
  std::uint64_t counter = 0;
  std::uint64_t arrival_milliseconds = 0;
  std::uint32_t shard = 0;

  /// The counter of a closed shard's ending number.
  static constexpr std::uint64_t last_counter = 9'999'999'999'999'999;
  static constexpr std::size_t digits = 56;

  /// Writes exactly `digits` characters.
  void write(char* out) const noexcept;
  [[nodiscard]] std::string text() const;
  /// Nothing for a number that this emulator cannot have given.
  [[nodiscard]] static std::optional<SequenceNumber> parse(std::string_view text) noexcept;
};

/// shardId-000000000012
[[nodiscard]] std::string shard_id(std::uint32_t number);
/// Writes exactly `shard_id_length` characters.
inline constexpr std::size_t shard_id_length = 20;
void write_shard_id(std::uint32_t number, char* out) noexcept;
[[nodiscard]] std::optional<std::uint32_t> parse_shard_id(std::string_view id) noexcept;

}  // namespace aiokpl::emulator
