#include "producer/chunk_pool.hpp"

#include <cstdlib>
#include <new>
#include <utility>

#include <malloc.h>

namespace aiokpl::detail {

using pipeline::Chunk;

namespace {

/// Kept when the producer rests: 128 KiB, so that a trickle of records does not go to the system for each of them.
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

}  // namespace

ChunkPool::~ChunkPool() {
  free_all(free_);
}

Chunk* ChunkPool::take(std::size_t capacity) {
  // A large record fills the usual chunk's worth again and again: one piece of its own size serves it better. What is
  // only a few times larger stays with the pool.
  if (capacity > 4 * usual_capacity) return allocate(capacity);
  {
    const std::lock_guard lock{mutex_};
    if (free_ != nullptr) {
      Chunk* chunk = std::exchange(free_, free_->next);
      --free_count_;
      chunk->next = nullptr;
      chunk->size = 0;
      return chunk;
    }
  }
  return allocate(usual_capacity);
}

void ChunkPool::give_back(Chunk* first) noexcept {
  Chunk* usual = nullptr;
  Chunk* usual_last = nullptr;
  std::size_t count = 0;
  while (first != nullptr) {
    Chunk* chunk = std::exchange(first, first->next);
    if (chunk->capacity != usual_capacity) {
      std::free(chunk);
      continue;
    }
    chunk->next = usual;
    usual = chunk;
    if (usual_last == nullptr) usual_last = chunk;
    ++count;
  }
  if (usual == nullptr) return;
  const std::lock_guard lock{mutex_};
  usual_last->next = free_;
  free_ = usual;
  free_count_ += count;
}

bool ChunkPool::trim() noexcept {
  Chunk* given_up = nullptr;
  {
    const std::lock_guard lock{mutex_};
    while (free_count_ > kept_at_rest) {
      Chunk* chunk = std::exchange(free_, free_->next);
      chunk->next = given_up;
      given_up = chunk;
      --free_count_;
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
