#include "producer/chunk_pool.hpp"

#include <cstdlib>
#include <new>
#include <utility>

#include <malloc.h>

namespace aiokpl::detail {

using pipeline::Chunk;

namespace {

/// Kept of each size when the producer rests, some 170 KiB in all, so that a trickle of records does not go to the
/// system for each of them.
constexpr std::size_t kept_at_rest = 64;

Chunk* allocate(std::size_t capacity) {
  void* place = std::malloc(sizeof(Chunk) + capacity);
  if (place == nullptr) throw std::bad_alloc{};
  return new (place) Chunk{.capacity = static_cast<std::uint32_t>(capacity)};
}

void free_all(Chunk* chunk) noexcept {
  while (chunk != nullptr)
    std::free(std::exchange(chunk, chunk->next));
}

/// The shelf whose chunks have room for so much; the last one's for what is larger than any.
std::size_t shelf_for(std::size_t capacity) noexcept {
  std::size_t shelf = 0;
  while (shelf + 1 < ChunkPool::sizes.size() && capacity > ChunkPool::sizes[shelf] - sizeof(Chunk))
    ++shelf;
  return shelf;
}

}  // namespace

ChunkPool::~ChunkPool() {
  for (const Shelf& shelf : shelves_)
    free_all(shelf.first);
}

Chunk* ChunkPool::take(std::size_t capacity) {
  // A large record fills the usual chunk's worth again and again: one piece of its own size serves it better. What is
  // only a few times larger stays with the pool.
  if (capacity > 4 * usual_capacity) return allocate(capacity);
  const std::size_t place = shelf_for(capacity);
  {
    const std::lock_guard lock{mutex_};
    Shelf& shelf = shelves_[place];
    if (shelf.first != nullptr) {
      Chunk* chunk = std::exchange(shelf.first, shelf.first->next);
      --shelf.count;
      chunk->next = nullptr;
      chunk->size = 0;
      return chunk;
    }
  }
  return allocate(sizes[place] - sizeof(Chunk));
}

void ChunkPool::give_back(Chunk* first) noexcept {
  struct Run {
    Chunk* first = nullptr;
    Chunk* last = nullptr;
    std::size_t count = 0;
  };
  std::array<Run, sizes.size()> runs{};
  while (first != nullptr) {
    Chunk* chunk = std::exchange(first, first->next);
    const std::size_t place = shelf_for(chunk->capacity);
    if (chunk->capacity != sizes[place] - sizeof(Chunk)) {
      std::free(chunk);
      continue;
    }
    Run& run = runs[place];
    chunk->next = run.first;
    run.first = chunk;
    if (run.last == nullptr) run.last = chunk;
    ++run.count;
  }
  const std::lock_guard lock{mutex_};
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].count == 0) continue;
    runs[i].last->next = shelves_[i].first;
    shelves_[i].first = runs[i].first;
    shelves_[i].count += runs[i].count;
  }
}

bool ChunkPool::trim() noexcept {
  Chunk* given_up = nullptr;
  {
    const std::lock_guard lock{mutex_};
    for (Shelf& shelf : shelves_) {
      while (shelf.count > kept_at_rest) {
        Chunk* chunk = std::exchange(shelf.first, shelf.first->next);
        chunk->next = given_up;
        given_up = chunk;
        --shelf.count;
      }
    }
  }
  if (given_up == nullptr) return false;
  free_all(given_up);
#ifdef __GLIBC__
  malloc_trim(0);
#endif
  return true;
}

}  // namespace aiokpl::detail
