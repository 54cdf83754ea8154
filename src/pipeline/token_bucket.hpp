#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>

#include "pipeline/time.hpp"

namespace aiokpl::pipeline {

/// Paces what passes: at most capacity + rate x t in any span t, and one amount larger than the capacity, which passes
/// when the bucket is full and leaves a debt. Full at the start.
///
/// The level is computed from the last moment at which it was known exactly and from the whole amounts taken since:
/// nothing is added up in small steps, so that rounding does not pile up over days.
class TokenBucket {
 public:
  TokenBucket(double rate_per_second, double capacity) noexcept
      : rate_{rate_per_second}, capacity_{capacity}, known_level_{capacity} {}

  /// Takes the amount if it passes now.
  bool admit(TimePoint now, std::uint64_t amount) noexcept {
    if (!passes(now, amount)) return false;
    take(now, amount);
    return true;
  }

  [[nodiscard]] bool passes(TimePoint now, std::uint64_t amount) const noexcept {
    return level(now) >= needed(amount) - tolerance;
  }

  /// Takes the amount, whether it passes or not.
  void take(TimePoint now, std::uint64_t amount) noexcept {
    if (uncapped_level(now) >= capacity_) know(now, capacity_);
    taken_ += amount;
  }

  /// The moment at which the amount passes if nothing else does before; `now` if it does already. Always after `now`
  /// if it does not, so that whoever waits for it makes progress.
  [[nodiscard]] TimePoint ready_at(TimePoint now, std::uint64_t amount) const noexcept {
    if (passes(now, amount)) return now;
    const double nanoseconds = std::ceil((needed(amount) - level(now)) / rate_ * 1e9);
    if (!(nanoseconds < longest_wait)) return never;
    return later(std::max(now, known_at_), std::max(Duration{1}, Duration{static_cast<Duration::rep>(nanoseconds)}));
  }

  /// What is left; negative for a debt.
  [[nodiscard]] double level(TimePoint now) const noexcept { return std::min(capacity_, uncapped_level(now)); }

  /// What was gained so far stays, up to the new capacity.
  void set_rate(TimePoint now, double rate_per_second, double capacity) noexcept {
    know(now, std::min(level(now), capacity));
    rate_ = rate_per_second;
    capacity_ = capacity;
  }
  void set_rate(TimePoint now, double rate_per_second) noexcept { set_rate(now, rate_per_second, capacity_); }

  [[nodiscard]] double rate() const noexcept { return rate_; }
  [[nodiscard]] double capacity() const noexcept { return capacity_; }

 private:
  /// Amounts are whole, so that a millionth decides nothing but rounding.
  static constexpr double tolerance = 1e-6;
  /// Nanoseconds; beyond some 140 years `never` is said.
  static constexpr double longest_wait = 4.4e18;

  [[nodiscard]] double needed(std::uint64_t amount) const noexcept {
    return std::min(capacity_, static_cast<double>(amount));
  }
  [[nodiscard]] double uncapped_level(TimePoint now) const noexcept {
    // Time that goes back counts as time that stands still.
    const double elapsed = now > known_at_ ? static_cast<double>(Duration{now - known_at_}.count()) : 0.0;
    return known_level_ - static_cast<double>(taken_) + rate_ * (elapsed / 1e9);
  }
  void know(TimePoint now, double level) noexcept {
    known_at_ = std::max(now, known_at_);
    known_level_ = level;
    taken_ = 0;
  }

  double rate_;
  double capacity_;
  double known_level_;
  std::uint64_t taken_ = 0;
  TimePoint known_at_{};
};

}  // namespace aiokpl::pipeline
