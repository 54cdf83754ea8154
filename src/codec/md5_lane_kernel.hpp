#pragma once

#include <cstddef>
#include <cstdint>

namespace aiokpl::codec {

inline constexpr std::size_t md5_max_lanes = 32;  // two vectors of 512 bits

/// What the kernel works on: chaining words by lane, and where each lane's next blocks lie. Every lane of the vectors
/// in use must point at readable blocks, lanes without a message too.
struct Md5LaneRegisters {
  alignas(64) std::uint32_t state[4][md5_max_lanes];
  const std::byte* at[md5_max_lanes];
};

/// The code for one vector width. Two vectors at once hide the latency of MD5's chain of dependent steps.
struct Md5LaneKernel {
  using Run = void (*)(Md5LaneRegisters&, std::size_t blocks);
  std::size_t lanes;  // in one vector
  Run one_vector;     // lanes 0 to lanes - 1
  Run two_vectors;    // lanes 0 to 2 * lanes - 1
};

/// The kernel for the best instruction set that this processor supports.
[[nodiscard]] Md5LaneKernel md5_lane_kernel() noexcept;

}  // namespace aiokpl::codec
