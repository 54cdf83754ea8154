#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

#include "pipeline/batch.hpp"

namespace aiokpl::pipeline::test {

class HeapChunks : public ChunkSource {
 public:
  Chunk* take(std::size_t capacity) override {
    if (capacity < usual_capacity) capacity = usual_capacity;
    void* memory = std::malloc(sizeof(Chunk) + capacity);
    if (memory == nullptr) throw std::bad_alloc{};
    return new (memory) Chunk{.next = nullptr, .size = 0, .capacity = static_cast<std::uint32_t>(capacity)};
  }
  void give_back(Chunk* first) noexcept override {
    while (first != nullptr) {
      Chunk* next = first->next;
      std::free(first);
      first = next;
    }
  }
};

/// A batch of one record that claims its size instead of having it.
inline BatchPtr sized_batch(ShardNumber shard, TimePoint arrived, std::uint32_t size) {
  static HeapChunks chunks;
  auto batch = make_batch(chunks);
  batch->shard = shard;
  batch->add_key("k");
  const RecordParts parts{.partition_key = "k", .data_size = size - 1};
  batch->add_record(parts, parts.hash_key, {}, arrived, {});
  return batch;
}

}  // namespace aiokpl::pipeline::test
