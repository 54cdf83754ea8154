#pragma once

#include <chrono>

namespace aiokpl::detail {

/// Turns moments of the steady clock into system time, by one look at both clocks when the producer starts: a jump of
/// the system's clock neither disorders attempts nor makes one negative.
class SystemTime {
 public:
  SystemTime(std::chrono::system_clock::time_point system, std::chrono::steady_clock::time_point steady) noexcept
      : system_{system}, steady_{steady} {}

  [[nodiscard]] std::chrono::system_clock::time_point at(std::chrono::steady_clock::time_point moment) const noexcept {
    return system_ + std::chrono::duration_cast<std::chrono::system_clock::duration>(moment - steady_);
  }

 private:
  std::chrono::system_clock::time_point system_;
  std::chrono::steady_clock::time_point steady_;
};

}  // namespace aiokpl::detail
