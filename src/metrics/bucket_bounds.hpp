#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace aiokpl::metrics {

/// Upper bounds of the buckets, in milliseconds; one more bucket has what is above the last.
inline constexpr std::array<double, 30> bucket_bounds{1,    1.5,  2,    3,    5,     7,     10,    15,    20,    30,
                                                      50,   70,   100,  150,  200,   300,   500,   700,   1000,  1500,
                                                      2000, 3000, 5000, 7000, 10000, 15000, 20000, 30000, 45000, 60000};
inline constexpr std::size_t bucket_count = bucket_bounds.size() + 1;

/// The same in nanoseconds, with an end for the last bucket.
inline constexpr auto bucket_ends = [] {
  std::array<std::int64_t, bucket_count> ends{};
  for (std::size_t i = 0; i < bucket_bounds.size(); ++i)
    ends[i] = static_cast<std::int64_t>(bucket_bounds[i] * 1'000'000);
  ends.back() = std::numeric_limits<std::int64_t>::max();
  return ends;
}();

}  // namespace aiokpl::metrics
