#pragma once

#include <chrono>

namespace aiokpl::emulator {

/// The time of day at the start, moved on by the steady clock: it never jumps.
class Clock {
 public:
  [[nodiscard]] std::chrono::system_clock::time_point now() const noexcept {
    return start_ + std::chrono::duration_cast<std::chrono::system_clock::duration>(std::chrono::steady_clock::now() -
                                                                                    steady_start_);
  }

 private:
  std::chrono::system_clock::time_point start_ = std::chrono::system_clock::now();
  std::chrono::steady_clock::time_point steady_start_ = std::chrono::steady_clock::now();
};

}  // namespace aiokpl::emulator
