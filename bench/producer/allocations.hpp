#pragma once

#include <cstdint>

namespace aiokpl::bench {

/// How often any thread of this program has asked the heap for memory, through malloc or operator new.
[[nodiscard]] std::uint64_t heap_allocations() noexcept;

}  // namespace aiokpl::bench
