#pragma once

#include <cstddef>
#include <mutex>

#include "pipeline/chunk_chain.hpp"

namespace aiokpl::detail {

/// The chunks of a producer's batches. Callers take them, the engine gives them back; what a burst left is returned to
/// the system when the producer comes to rest. Thread-safe.
class ChunkPool final : public pipeline::ChunkSource {
 public:
  ChunkPool() = default;
  ~ChunkPool() override;
  ChunkPool(const ChunkPool&) = delete;
  ChunkPool& operator=(const ChunkPool&) = delete;

  pipeline::Chunk* take(std::size_t capacity) override;
  void give_back(pipeline::Chunk* first) noexcept override;

  /// Returns the free chunks to the system, but for a few; whether there were any.
  bool trim() noexcept;

 private:
  std::mutex mutex_;
  pipeline::Chunk* free_ = nullptr;
  std::size_t free_count_ = 0;
};

}  // namespace aiokpl::detail
