#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace aiokpl::sinks {

/// Appends the fields of one protobuf message to a text. Fields are written whatever their value is: what has presence
/// in its message (a oneof, an optional) must not vanish when it is zero, and to leave others out is the caller's
/// choice.
class ProtobufWriter {
 public:
  void varint(std::uint32_t field, std::uint64_t value);
  void fixed64(std::uint32_t field, std::uint64_t value);
  void sfixed64(std::uint32_t field, std::int64_t value) { fixed64(field, static_cast<std::uint64_t>(value)); }
  void number(std::uint32_t field, double value);
  /// A string, or a nested message that is written already.
  void bytes(std::uint32_t field, std::string_view value);
  void message(std::uint32_t field, const ProtobufWriter& nested) { bytes(field, nested.bytes_); }
  void packed(std::uint32_t field, std::span<const std::uint64_t> values);
  void packed(std::uint32_t field, std::span<const double> values);
  /// Fields that are written already.
  void raw(std::string_view fields) { bytes_ += fields; }

  [[nodiscard]] const std::string& str() const& noexcept { return bytes_; }
  [[nodiscard]] std::string str() && noexcept { return std::move(bytes_); }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }

 private:
  void plain_varint(std::uint64_t value);
  void plain_fixed64(std::uint64_t value);
  void key(std::uint32_t field, unsigned wire_type);

  std::string bytes_;
};

}  // namespace aiokpl::sinks
