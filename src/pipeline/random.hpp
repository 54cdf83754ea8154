#pragma once

#include <cstdint>

namespace aiokpl::pipeline {

/// Seeded random numbers for jitter (SplitMix64), so that one seed gives one history. Not for secrets.
class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) noexcept : state_{seed} {}

  constexpr std::uint64_t next() noexcept {
    std::uint64_t value = state_ += 0x9E3779B97F4A7C15U;
    value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
    value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
    return value ^ (value >> 31U);
  }
  /// At least 0 and less than 1.
  constexpr double uniform() noexcept { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }
  /// At least `low` and less than `high`.
  constexpr double between(double low, double high) noexcept { return low + (high - low) * uniform(); }

 private:
  std::uint64_t state_;
};

}  // namespace aiokpl::pipeline
