#pragma once

#include <array>
#include <cstddef>
#include <mutex>

#include "pipeline/chunk_chain.hpp"

namespace aiokpl::detail {

/// The chunks of a producer's batches, in a few sizes. Callers take them, the engine gives them back; what a burst left
/// is returned to the system when the producer comes to rest. Thread-safe.
class ChunkPool final : public pipeline::ChunkSource {
 public:
  /// With their headers. A batch itself, with its first record, fits into the third.
  static constexpr std::array<std::size_t, 5> sizes{128, 512, 1024, usual_size, large_size};

  ChunkPool() = default;
  ~ChunkPool() override;
  ChunkPool(const ChunkPool&) = delete;
  ChunkPool& operator=(const ChunkPool&) = delete;

  pipeline::Chunk* take(std::size_t capacity) override;
  void give_back(pipeline::Chunk* first) noexcept override;
  void give_back_large(pipeline::Chunk* first, std::size_t count) noexcept override;

  /// Returns the free chunks to the system, but for a few; whether there were any.
  bool trim() noexcept;

 private:
  /// Free chunks of one size, in chains as they came back.
  struct Shelf {
    void add(pipeline::Chunk* first, std::size_t chunks) noexcept;
    /// Null when there is none.
    pipeline::Chunk* take() noexcept;

    /// The chain that is used up next.
    pipeline::Chunk* first = nullptr;
    /// The first chunk of another one, which names the first chunk of the next, in its bytes.
    pipeline::Chunk* other_chains = nullptr;
    std::size_t count = 0;
  };

  std::mutex mutex_;
  std::array<Shelf, sizes.size()> shelves_;
};

}  // namespace aiokpl::detail
