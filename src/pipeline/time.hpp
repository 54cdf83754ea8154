#pragma once

#include <chrono>

namespace aiokpl::pipeline {

/// Moments on the steady clock. The pipeline never reads a clock: every moment comes in as an argument.
using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::nanoseconds;

inline constexpr TimePoint never = TimePoint::max();

/// `moment + span` that stays at `never` instead of overflowing.
constexpr TimePoint later(TimePoint moment, Duration span) noexcept {
  return moment > never - span ? never : moment + span;
}

}  // namespace aiokpl::pipeline
