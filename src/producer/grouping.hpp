#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace aiokpl::detail {

/// Brings the records of a slice together by where they go, each shard's in their order. Nothing is sorted: records are
/// chained by the remainder of their slot's number, so that a chain holds one slot's records, or with more slots than
/// chains those of a few, in turn.
class Grouping {
 public:
  static constexpr std::size_t most_records = 512;
  static constexpr std::size_t chains = 256;
  /// The end of a chain.
  static constexpr std::uint16_t none = ~std::uint16_t{0};

  Grouping() noexcept { first_.fill(none); }

  /// From the last record to the first.
  void add(std::size_t record, std::size_t slot) noexcept {
    std::uint16_t& first = first_[slot % chains];
    slot_[record] = static_cast<std::uint32_t>(slot);
    next_[record] = first;
    first = static_cast<std::uint16_t>(record);
  }

  [[nodiscard]] std::uint16_t first(std::size_t chain) const noexcept { return first_[chain]; }
  [[nodiscard]] std::uint16_t next(std::uint16_t record) const noexcept { return next_[record]; }
  [[nodiscard]] std::size_t slot(std::uint16_t record) const noexcept { return slot_[record]; }

 private:
  std::array<std::uint16_t, chains> first_;
  // Of the records that were added.
  std::array<std::uint16_t, most_records> next_;
  std::array<std::uint32_t, most_records> slot_;
};

}  // namespace aiokpl::detail
