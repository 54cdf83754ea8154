#include "producer/allocations.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>

// The program's own malloc stands before the C library's, for operator new and for every library that is loaded. The
// figure is compared with a producer's CPU time, so that counting must cost next to nothing: no thread shares a
// counter's cache line with another, as long as there are fewer threads than counters.

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the C library's names.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

namespace aiokpl::bench {
namespace {

struct alignas(64) Counter {
  std::atomic<std::uint64_t> count = 0;
};

constexpr unsigned counters_count = 64;
std::array<Counter, counters_count> counters;
std::atomic<unsigned> threads_seen = 0;
thread_local Counter* own_counter = nullptr;

void count_allocation() noexcept {
  if (own_counter == nullptr) own_counter = &counters[threads_seen.fetch_add(1) % counters_count];
  own_counter->count.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

std::uint64_t heap_allocations() noexcept {
  std::uint64_t sum = 0;
  for (const Counter& counter : counters)
    sum += counter.count.load(std::memory_order_relaxed);
  return sum;
}

}  // namespace aiokpl::bench

extern "C" {

void* malloc(std::size_t size) {
  aiokpl::bench::count_allocation();
  return __libc_malloc(size);
}

void* calloc(std::size_t count, std::size_t size) {
  aiokpl::bench::count_allocation();
  return __libc_calloc(count, size);
}

void* realloc(void* memory, std::size_t size) {
  aiokpl::bench::count_allocation();
  return __libc_realloc(memory, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
  aiokpl::bench::count_allocation();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  aiokpl::bench::count_allocation();
  *memory = __libc_memalign(alignment, size);
  return *memory == nullptr ? ENOMEM : 0;
}
}
