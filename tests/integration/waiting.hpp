#pragma once

#include <chrono>
#include <thread>

namespace aiokpl::testing {

/// Waits for what nobody tells of: looks every few milliseconds, twenty seconds at most; false after that.
template <typename Condition>
[[nodiscard]] bool eventually(Condition condition, std::chrono::seconds limit = std::chrono::seconds{20}) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  return true;
}

}  // namespace aiokpl::testing
