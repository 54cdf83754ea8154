#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "codec/pieces.hpp"

namespace aiokpl::codec {

/// A field of a protobuf message. `value` is set for varints, `bytes` for length-delimited fields.
struct ProtobufField {
  enum class Kind { varint, bytes, other };
  std::uint64_t number = 0;
  Kind kind = Kind::other;
  std::uint64_t value = 0;
  Piece bytes;

  [[nodiscard]] bool is(std::uint64_t wanted_number, Kind wanted_kind) const noexcept {
    return number == wanted_number && kind == wanted_kind;
  }
};

/// Walks over the fields of one message, nested messages come as bytes. Fixed-width fields and groups are walked
/// over and come as `other`.
class ProtobufReader {
 public:
  ProtobufReader() noexcept = default;
  explicit ProtobufReader(Piece message) noexcept : at_{message.data()}, end_{message.data() + message.size()} {}

  /// False at the end, and when the message is malformed: then `reason` is not empty.
  [[nodiscard]] bool next(ProtobufField& field) noexcept;
  [[nodiscard]] std::string_view reason() const noexcept { return reason_; }

 private:
  bool fail(std::string_view reason) noexcept;
  bool read_varint(std::uint64_t& value) noexcept;
  bool read_key(std::uint64_t& number, unsigned& wire_type) noexcept;
  bool read_bytes(Piece& bytes) noexcept;
  bool skip(std::size_t size) noexcept;
  bool skip_group(std::uint64_t number) noexcept;

  const std::byte* at_ = nullptr;
  const std::byte* end_ = nullptr;
  std::string_view reason_;
};

}  // namespace aiokpl::codec
