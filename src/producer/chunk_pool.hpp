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
  /// With their headers. A lone record's key and bookkeeping fit into the first, a small record and a batch's own data
  /// into the second.
  static constexpr std::array<std::size_t, 3> sizes{128, 512, usual_size};

  ChunkPool() = default;
  ~ChunkPool() override;
  ChunkPool(const ChunkPool&) = delete;
  ChunkPool& operator=(const ChunkPool&) = delete;

  pipeline::Chunk* take(std::size_t capacity) override;
  void give_back(pipeline::Chunk* first) noexcept override;

  /// Returns the free chunks to the system, but for a few; whether there were any.
  bool trim() noexcept;

 private:
  /// Free chunks of one size.
  struct Shelf {
    pipeline::Chunk* first = nullptr;
    std::size_t count = 0;
  };

  std::mutex mutex_;
  std::array<Shelf, sizes.size()> shelves_;
};

}  // namespace aiokpl::detail
