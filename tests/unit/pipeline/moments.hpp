#pragma once

#include <chrono>

#include "pipeline/time.hpp"

namespace aiokpl::pipeline::test {

using namespace std::chrono_literals;

/// Stories start here: some time after the machine did.
inline constexpr TimePoint start{std::chrono::hours{1'000}};

constexpr double seconds_between(TimePoint from, TimePoint to) {
  return std::chrono::duration<double>{to - from}.count();
}

}  // namespace aiokpl::pipeline::test
