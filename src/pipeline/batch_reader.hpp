#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/batch.hpp"

namespace aiokpl::pipeline {

/// Reads the user records of a batch back, in order: to send a lone one raw, to pack them anew, to hand over failed
/// ones. Views stay valid until the next `next` and as long as the batch.
class BatchReader {
 public:
  /// Has nothing to read yet.
  BatchReader() noexcept = default;
  explicit BatchReader(const Batch& batch) { open(batch); }
  BatchReader(const BatchReader&) = delete;
  BatchReader& operator=(const BatchReader&) = delete;

  /// Begins with another batch, in the memory that the one before it took.
  void open(const Batch& batch);
  /// Goes to the next record; false after the last.
  bool next();

  /// The record as it was submitted: a keyless one has no keys here. Its hash key is not set.
  [[nodiscard]] const RecordParts& parts() const noexcept { return parts_; }
  [[nodiscard]] const Member& member() const noexcept { return *member_; }
  /// Whether the caller gave no partition key.
  [[nodiscard]] bool keyless() const noexcept { return keyless_; }
  /// The keys under which it stands in the batch, also where the library chose them.
  [[nodiscard]] std::string_view stored_key() const noexcept { return stored_key_; }
  [[nodiscard]] std::optional<std::string_view> stored_hash_key() const noexcept { return stored_hash_key_; }

 private:
  void read_tags(std::size_t size);
  void next_member() noexcept;

  const Batch* batch_ = nullptr;
  std::vector<std::string_view> keys_;
  std::vector<std::string_view> hash_keys_;
  ChunkCursor cursor_{nullptr};
  const Chunk* member_chunk_ = nullptr;
  std::uint32_t member_index_ = 0;
  const Member* member_ = nullptr;

  RecordParts parts_;
  bool keyless_ = false;
  std::string_view stored_key_;
  std::optional<std::string_view> stored_hash_key_;
  std::vector<Piece> data_;
  std::string tag_bytes_;
  std::vector<Tag> tags_;
};

/// The hash key that places these parts: the explicit one, else the MD5 of the key.
[[nodiscard]] HashKey placing_hash_key(const RecordParts& parts) noexcept;

}  // namespace aiokpl::pipeline
