#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace aiokpl {

/// A view of a record's bytes; made from text, from a span or from a vector of bytes. It owns nothing.
class DataView {
 public:
  constexpr DataView() noexcept = default;
  constexpr DataView(std::span<const std::byte> bytes) noexcept : bytes_{bytes} {}
  DataView(std::string_view text) noexcept : bytes_{std::as_bytes(std::span{text})} {}
  DataView(const char* text) noexcept : DataView{std::string_view{text}} {}
  DataView(const std::string& text) noexcept : DataView{std::string_view{text}} {}
  DataView(std::span<const std::uint8_t> bytes) noexcept : bytes_{std::as_bytes(bytes)} {}
  DataView(const std::vector<std::byte>& bytes) noexcept : bytes_{bytes} {}
  DataView(const std::vector<std::uint8_t>& bytes) noexcept : DataView{std::span{bytes}} {}

  [[nodiscard]] constexpr std::span<const std::byte> bytes() const noexcept { return bytes_; }
  [[nodiscard]] constexpr std::size_t size() const noexcept { return bytes_.size(); }
  [[nodiscard]] std::string_view text() const noexcept {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }

 private:
  std::span<const std::byte> bytes_;
};

/// A tag of the KPL's aggregated format. It reaches consumers that read aggregates, and nobody else.
struct Tag {
  std::string_view key;
  std::optional<std::string_view> value = std::nullopt;
};

/// A view of a record's tags; made from a braced list (`.tags = {{"source", "web"}}`), a span or a vector.
class TagsView {
 public:
  constexpr TagsView() noexcept = default;
  constexpr TagsView(std::initializer_list<Tag> tags) noexcept : tags_{tags.begin(), tags.size()} {}
  constexpr TagsView(std::span<const Tag> tags) noexcept : tags_{tags} {}
  TagsView(const std::vector<Tag>& tags) noexcept : tags_{tags} {}

  [[nodiscard]] constexpr const Tag* begin() const noexcept { return tags_.data(); }
  [[nodiscard]] constexpr const Tag* end() const noexcept { return tags_.data() + tags_.size(); }
  [[nodiscard]] constexpr std::size_t size() const noexcept { return tags_.size(); }
  [[nodiscard]] constexpr bool empty() const noexcept { return tags_.empty(); }

 private:
  std::span<const Tag> tags_;
};

/// What a caller submits. It holds views only: everything is copied before `put_record` returns, so temporaries in
/// the call are fine.
struct Record {
  /// The stream's name, or its ARN.
  std::string_view stream;
  /// 1 to 256 Unicode characters in UTF-8. Absent: the library places the record itself, keeping such records
  /// together for fuller aggregates (on a stream with the AUTO distribution strategy the service places it).
  std::optional<std::string_view> partition_key = std::nullopt;
  /// 0 bytes up to the stream's record limit less the partition key's bytes.
  DataView data = {};
  /// Decimal, 0 to 2^128 - 1: places the record instead of the partition key's MD5.
  std::optional<std::string_view> explicit_hash_key = std::nullopt;
  /// At most what the record limit leaves room for. Refused where records are not aggregated.
  TagsView tags = {};
};

// GCC 12 destroys an owning member of a designated initialiser twice inside an awaited call; views have no destructor.
static_assert(std::is_trivially_destructible_v<Record>);

}  // namespace aiokpl
