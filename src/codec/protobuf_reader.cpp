#include "codec/protobuf_reader.hpp"

#include <array>

namespace aiokpl::codec {

namespace {

enum WireType : unsigned { varint = 0, fixed64 = 1, length_delimited = 2, group_start = 3, group_end = 4, fixed32 = 5 };

constexpr std::size_t max_group_depth = 16;
constexpr std::uint64_t max_field_key = 0xFFFFFFFF;

}  // namespace

bool ProtobufReader::fail(std::string_view reason) noexcept {
  reason_ = reason;
  at_ = end_;
  return false;
}

bool ProtobufReader::read_varint(std::uint64_t& value) noexcept {
  value = 0;
  for (unsigned shift = 0;; shift += 7) {
    if (at_ == end_) return fail("a field is truncated");
    const auto byte = static_cast<std::uint64_t>(*at_++);
    if (shift == 63 && byte > 1) return fail("a varint is longer than 64 bits");
    value |= (byte & 0x7F) << shift;
    if (byte < 0x80) return true;
  }
}

bool ProtobufReader::read_key(std::uint64_t& number, unsigned& wire_type) noexcept {
  std::uint64_t key = 0;
  if (!read_varint(key)) return false;
  number = key >> 3;
  wire_type = static_cast<unsigned>(key & 7);
  return (key <= max_field_key && number != 0) || fail("a field has an impossible number");
}

bool ProtobufReader::skip(std::size_t size) noexcept {
  if (static_cast<std::size_t>(end_ - at_) < size) return fail("a field is truncated");
  at_ += size;
  return true;
}

bool ProtobufReader::read_bytes(Piece& bytes) noexcept {
  std::uint64_t size = 0;
  if (!read_varint(size)) return false;
  if (static_cast<std::uint64_t>(end_ - at_) < size) return fail("a field is truncated");
  bytes = {at_, static_cast<std::size_t>(size)};
  at_ += size;
  return true;
}

bool ProtobufReader::skip_group(std::uint64_t number) noexcept {
  std::array<std::uint64_t, max_group_depth> open{number};
  std::size_t depth = 1;
  while (depth != 0) {
    unsigned wire_type = 0;
    std::uint64_t value = 0;
    Piece bytes;
    if (!read_key(number, wire_type)) return false;
    bool fine = true;
    switch (wire_type) {
      case varint:
        fine = read_varint(value);
        break;
      case fixed64:
        fine = skip(8);
        break;
      case length_delimited:
        fine = read_bytes(bytes);
        break;
      case group_start:
        if (depth == max_group_depth) return fail("groups are nested too deeply");
        open[depth++] = number;
        break;
      case group_end:
        if (open[--depth] != number) return fail("a group ends that did not begin");
        break;
      case fixed32:
        fine = skip(4);
        break;
      default:
        return fail("a field has an impossible wire type");
    }
    if (!fine) return false;
  }
  return true;
}

bool ProtobufReader::next(ProtobufField& field) noexcept {
  if (at_ == end_) return false;
  unsigned wire_type = 0;
  if (!read_key(field.number, wire_type)) return false;
  field.kind = ProtobufField::Kind::other;
  switch (wire_type) {
    case varint:
      field.kind = ProtobufField::Kind::varint;
      return read_varint(field.value);
    case fixed64:
      return skip(8);
    case length_delimited:
      field.kind = ProtobufField::Kind::bytes;
      return read_bytes(field.bytes);
    case group_start:
      return skip_group(field.number);
    case group_end:
      return fail("a group ends that did not begin");
    case fixed32:
      return skip(4);
    default:
      return fail("a field has an impossible wire type");
  }
}

}  // namespace aiokpl::codec
