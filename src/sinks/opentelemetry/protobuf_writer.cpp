#include "sinks/opentelemetry/protobuf_writer.hpp"

#include <bit>

namespace aiokpl::sinks {
namespace {

constexpr unsigned wire_varint = 0;
constexpr unsigned wire_fixed64 = 1;
constexpr unsigned wire_length_delimited = 2;

}  // namespace

void ProtobufWriter::plain_varint(std::uint64_t value) {
  while (value >= 0x80) {
    bytes_ += static_cast<char>((value & 0x7F) | 0x80);
    value >>= 7;
  }
  bytes_ += static_cast<char>(value);
}

void ProtobufWriter::plain_fixed64(std::uint64_t value) {
  for (int shift = 0; shift < 64; shift += 8)
    bytes_ += static_cast<char>((value >> shift) & 0xFF);
}

void ProtobufWriter::key(std::uint32_t field, unsigned wire_type) {
  plain_varint((std::uint64_t{field} << 3) | wire_type);
}

void ProtobufWriter::varint(std::uint32_t field, std::uint64_t value) {
  key(field, wire_varint);
  plain_varint(value);
}

void ProtobufWriter::fixed64(std::uint32_t field, std::uint64_t value) {
  key(field, wire_fixed64);
  plain_fixed64(value);
}

void ProtobufWriter::number(std::uint32_t field, double value) {
  fixed64(field, std::bit_cast<std::uint64_t>(value));
}

void ProtobufWriter::bytes(std::uint32_t field, std::string_view value) {
  key(field, wire_length_delimited);
  plain_varint(value.size());
  bytes_ += value;
}

void ProtobufWriter::packed(std::uint32_t field, std::span<const std::uint64_t> values) {
  if (values.empty()) return;
  key(field, wire_length_delimited);
  plain_varint(values.size() * sizeof(std::uint64_t));
  for (const std::uint64_t value : values)
    plain_fixed64(value);
}

void ProtobufWriter::packed(std::uint32_t field, std::span<const double> values) {
  if (values.empty()) return;
  key(field, wire_length_delimited);
  plain_varint(values.size() * sizeof(double));
  for (const double value : values)
    plain_fixed64(std::bit_cast<std::uint64_t>(value));
}

}  // namespace aiokpl::sinks
