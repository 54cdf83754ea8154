#include "producer/chunk_pool.hpp"

#include <cstdlib>
#include <new>
#include <utility>

#include <malloc.h>

namespace aiokpl::detail {

using pipeline::Chunk;

namespace {

/// Kept of each size when the producer rests, some half a megabyte in all, so that a trickle of records does not go to
/// the system for each of them.
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

void ChunkPool::Shelf::add(Chunk* chain, std::size_t chunks) noexcept {
  if (chain == nullptr) return;
  count += chunks;
  if (first == nullptr) {
    first = chain;
  } else {
    new (chain->bytes()) Chunk* {std::exchange(other_chains, chain)};
  }
}

Chunk* ChunkPool::Shelf::take() noexcept {
  if (first == nullptr) return nullptr;
  Chunk* chunk = std::exchange(first, first->next);
  if (first == nullptr && other_chains != nullptr) {
    first = other_chains;
    other_chains = *std::launder(reinterpret_cast<Chunk**>(first->bytes()));
  }
  // What the next two to ask will look at.
  __builtin_prefetch(first, 1);
  __builtin_prefetch(other_chains, 1);
  --count;
  return chunk;
}

ChunkPool::~ChunkPool() {
  for (Shelf& shelf : shelves_) {
    while (Chunk* chunk = shelf.take())
      std::free(chunk);
  }
}

Chunk* ChunkPool::take(std::size_t capacity) {
  // A large record fills the usual chunk's worth again and again: one piece of its own size serves it better. What is
  // only a few times larger stays with the pool.
  if (capacity > 2 * large_capacity) return allocate(capacity);
  const std::size_t place = shelf_for(capacity);
  Chunk* chunk = nullptr;
  {
    const std::lock_guard lock{mutex_};
    chunk = shelves_[place].take();
  }
  if (chunk == nullptr) return allocate(sizes[place] - sizeof(Chunk));
  chunk->next = nullptr;
  chunk->size = 0;
  return chunk;
}

void ChunkPool::give_back(Chunk* first) noexcept {
  struct Chain {
    Chunk* first = nullptr;
    std::size_t count = 0;
  };
  std::array<Chain, sizes.size()> chains{};
  while (first != nullptr) {
    Chunk* chunk = std::exchange(first, first->next);
    const std::size_t place = shelf_for(chunk->capacity);
    if (chunk->capacity != sizes[place] - sizeof(Chunk)) {
      std::free(chunk);
      continue;
    }
    Chain& chain = chains[place];
    chunk->next = std::exchange(chain.first, chunk);
    ++chain.count;
  }
  const std::lock_guard lock{mutex_};
  for (std::size_t i = 0; i < chains.size(); ++i)
    shelves_[i].add(chains[i].first, chains[i].count);
}

void ChunkPool::give_back_large(Chunk* first, std::size_t count) noexcept {
  const std::lock_guard lock{mutex_};
  shelves_.back().add(first, count);
}

bool ChunkPool::trim() noexcept {
  Chunk* given_up = nullptr;
  {
    const std::lock_guard lock{mutex_};
    for (Shelf& shelf : shelves_) {
      while (shelf.count > kept_at_rest) {
        Chunk* chunk = shelf.take();
        chunk->next = given_up;
        given_up = chunk;
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
