#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "codec/pieces.hpp"

namespace aiokpl::pipeline {

using codec::Piece;

/// A stretch of memory that a chain of them hangs together from; its bytes follow it.
struct Chunk {
  Chunk* next = nullptr;
  std::uint32_t size = 0;
  std::uint32_t capacity = 0;

  [[nodiscard]] std::byte* bytes() noexcept { return reinterpret_cast<std::byte*>(this + 1); }
  [[nodiscard]] const std::byte* bytes() const noexcept { return reinterpret_cast<const std::byte*>(this + 1); }
};

/// Where chunks come from and go back to. The pool behind it is shared by threads; a chain is not.
class ChunkSource {
 public:
  /// The usual chunk with its header. Small, so that thousands of half-empty batches cost little. A chain begins with
  /// less where that will do: many batches stay small, and with aggregation off all of them do.
  static constexpr std::size_t usual_size = 2048;
  static constexpr std::size_t usual_capacity = usual_size - sizeof(Chunk);
  /// What a chain goes on with once it is long: a batch of 50 KiB is some 15 pieces.
  static constexpr std::size_t large_size = 4096;
  static constexpr std::size_t large_capacity = large_size - sizeof(Chunk);

  virtual ~ChunkSource() = default;
  /// An empty chunk; `capacity` is what would be of use: it gets that, but may get no more than the large capacity.
  virtual Chunk* take(std::size_t capacity) = 0;
  /// Takes back a whole chain.
  virtual void give_back(Chunk* first) noexcept = 0;
  /// The same for a chain of so many chunks, all of the large capacity. They are in no cache any more when they come
  /// back, and need not be looked at.
  virtual void give_back_large(Chunk* first, std::size_t /*count*/) noexcept { give_back(first); }
};

/// Bytes that only grow at the end, in chunks, so that growing never moves them.
///
/// Where the end is, the chain knows itself: the last chunk's header, which is in no cache where many chains grow side
/// by side, is not touched until somebody reads.
class ChunkChain {
 public:
  /// `home`: an empty chunk that belongs to somebody else and stays; the chain begins there if its first bytes fit.
  explicit ChunkChain(ChunkSource& source, Chunk* home = nullptr) noexcept : source_{&source}, home_{home} {}
  ChunkChain(const ChunkChain&) = delete;
  ChunkChain& operator=(const ChunkChain&) = delete;
  ~ChunkChain() { clear(); }

  [[nodiscard]] ChunkSource& source() const noexcept { return *source_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// To read from; good until more is written.
  [[nodiscard]] const Chunk* first() const noexcept {
    note_size();
    return first_;
  }

  /// What is written first will be so large altogether: an empty chain begins with a chunk that suits it.
  void begin(std::size_t count) {
    if (first_ == nullptr) add_chunk(count);
  }

  /// `count` adjacent bytes at the end, to be written by the caller; at most the usual capacity.
  std::byte* extend(std::size_t count) {
    if (first_ == nullptr || room() < count) add_chunk(count);
    std::byte* place = end_;
    end_ += count;
    size_ += count;
    return place;
  }

  /// Writes what is a few bytes, at most `most`, and at most the usual capacity: `write` takes the place to write to
  /// and returns the end of what it wrote.
  template <typename Write>
  void write(std::size_t most, Write write) {
    if (first_ == nullptr || room() < most) add_chunk(most);
    std::byte* const end = write(end_);
    size_ += static_cast<std::size_t>(end - end_);
    end_ = end;
  }

  /// Calls the memory that the next `count` bytes go to near; a hint.
  void expect(std::size_t count) const noexcept {
    codec::expect<codec::Access::write>({end_, std::min(count, room())});
  }

  /// Copies bytes to the end, across chunks where they do not fit into one.
  void append(Piece bytes) {
    size_ += bytes.size();
    while (!bytes.empty()) {
      if (room() == 0) add_chunk(bytes.size());
      const std::size_t count = std::min(room(), bytes.size());
      std::memcpy(end_, bytes.data(), count);
      end_ += count;
      bytes = bytes.subspan(count);
    }
  }

  void add_pieces(std::vector<Piece>& pieces) const {
    for (const Chunk* chunk = first(); chunk != nullptr; chunk = chunk->next) {
      if (chunk->size != 0) pieces.emplace_back(chunk->bytes(), chunk->size);
    }
  }

  void clear() noexcept {
    if (first_ == nullptr) return;
    if (large_count_ != 0) {
      source_->give_back_large(std::exchange(before_large_->next, nullptr), large_count_);
      large_count_ = 0;
    }
    Chunk* const taken = first_ == home_ ? std::exchange(home_->next, nullptr) : first_;
    if (taken != nullptr) source_->give_back(taken);
    first_ = last_ = before_large_ = nullptr;
    end_ = limit_ = nullptr;
    size_ = 0;
  }

 private:
  [[nodiscard]] std::size_t room() const noexcept { return static_cast<std::size_t>(limit_ - end_); }
  void note_size() const noexcept {
    if (last_ != nullptr) last_->size = static_cast<std::uint32_t>(end_ - last_->bytes());
  }
  Chunk* next_chunk(std::size_t capacity) {
    if (first_ == nullptr) {
      if (home_ == nullptr || home_->capacity < capacity) return source_->take(capacity);
      home_->size = 0;
      return home_;
    }
    // What has grown beyond its first chunk goes on growing.
    const bool is_long = size_ >= 4 * ChunkSource::usual_capacity;
    return source_->take(std::max(capacity, is_long ? ChunkSource::large_capacity : ChunkSource::usual_capacity));
  }
  void add_chunk(std::size_t capacity) {
    Chunk* chunk = next_chunk(capacity);
    note_size();
    // The run of large chunks at the end, as long as nothing else comes behind it.
    if (first_ != nullptr && chunk->capacity == ChunkSource::large_capacity) {
      if (large_count_++ == 0) before_large_ = last_;
    } else {
      large_count_ = 0;
    }
    (last_ == nullptr ? first_ : last_->next) = chunk;
    last_ = chunk;
    end_ = chunk->bytes();
    limit_ = end_ + chunk->capacity;
  }

  ChunkSource* source_;
  Chunk* home_;
  Chunk* first_ = nullptr;
  Chunk* last_ = nullptr;
  /// In the last chunk: the end of what is written, and of what it holds.
  std::byte* end_ = nullptr;
  std::byte* limit_ = nullptr;
  std::size_t size_ = 0;
  /// How many chunks at the end are large ones, and the one before them.
  std::size_t large_count_ = 0;
  Chunk* before_large_ = nullptr;
};

/// Reads a chain from front to back.
class ChunkCursor {
 public:
  explicit ChunkCursor(const Chunk* chunk) noexcept : chunk_{chunk} { settle(); }

  [[nodiscard]] bool at_end() const noexcept { return chunk_ == nullptr; }
  std::byte next() noexcept {
    const std::byte value = chunk_->bytes()[offset_++];
    settle();
    return value;
  }
  /// Hands the next `count` bytes to `take` in adjacent runs.
  template <typename Take>
  void read(std::size_t count, Take take) {
    while (count != 0) {
      const std::size_t run = std::min<std::size_t>(count, chunk_->size - offset_);
      take(Piece{chunk_->bytes() + offset_, run});
      offset_ += static_cast<std::uint32_t>(run);
      count -= run;
      settle();
    }
  }

 private:
  void settle() noexcept {
    while (chunk_ != nullptr && offset_ == chunk_->size) {
      chunk_ = chunk_->next;
      offset_ = 0;
    }
  }

  const Chunk* chunk_;
  std::uint32_t offset_ = 0;
};

}  // namespace aiokpl::pipeline
