#pragma once

#include <chrono>

#include "pipeline/time.hpp"

namespace aiokpl::pipeline {

/// Turns moments of the steady clock into system time, by one look at both clocks when the producer starts: a jump of
/// the system's clock neither disorders attempts nor makes one negative.
class SystemTime {
 public:
  SystemTime() noexcept = default;
  SystemTime(std::chrono::system_clock::time_point system, TimePoint steady) noexcept
      : system_{system}, steady_{steady} {}

  [[nodiscard]] std::chrono::system_clock::time_point at(TimePoint moment) const noexcept {
    return system_ + std::chrono::duration_cast<std::chrono::system_clock::duration>(moment - steady_);
  }

 private:
  std::chrono::system_clock::time_point system_;
  TimePoint steady_;
};

}  // namespace aiokpl::pipeline
