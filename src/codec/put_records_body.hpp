#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "codec/pieces.hpp"

namespace aiokpl::codec {

/// One Kinesis record of a PutRecords request.
struct Entry {
  std::span<const Piece> data;
  std::size_t data_size;  // of all pieces together
  std::string_view partition_key;
  bool has_partition_key;              // without one, on streams that place records themselves, the field is left out
  std::string_view explicit_hash_key;  // empty: none
};

struct StreamReference {
  std::string_view name_or_arn;
  bool is_arn;
};

/// The body of a PutRecords request, as a list of pieces. In CBOR the data is not copied: the pieces of the entries'
/// data are handed on and must stay while the body is used. In JSON the data is written as base64, and everything is
/// one piece. Encoding again, or `clear`, keeps the memory.
class PutRecordsBody {
 public:
  void encode_cbor(StreamReference stream, std::span<const Entry> entries);
  void encode_json(StreamReference stream, std::span<const Entry> entries);

  [[nodiscard]] std::span<const Piece> pieces() const noexcept { return pieces_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  void clear() noexcept;

 private:
  /// Room for `size` bytes. Called once for each body, before anything points into the arena.
  std::byte* prepare_arena(std::size_t size);
  void add_piece(Piece piece);

  std::vector<Piece> pieces_;
  std::unique_ptr<std::byte[]> arena_;
  std::size_t arena_capacity_ = 0;
  std::size_t size_ = 0;
};

}  // namespace aiokpl::codec
