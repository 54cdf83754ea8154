#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include <aiokpl/record.hpp>

// The KPL's aggregated record: magic, a protobuf message, the MD5 of that message. The message is
//   AggregatedRecord: 1 repeated string key; 2 repeated string explicit hash key; 3 repeated Record
//   Record: 1 uint64 key index; 2 optional uint64 explicit hash key index; 3 bytes data; 4 repeated Tag
//   Tag: 1 string key; 2 optional string value
// Every writer takes the place to write to and returns the place behind what it wrote; the sizes say how much that is.
namespace aiokpl::codec {

inline constexpr std::array<std::byte, 4> aggregate_magic{std::byte{0xF3}, std::byte{0x89}, std::byte{0x9A},
                                                          std::byte{0xC2}};
inline constexpr std::size_t aggregate_digest_size = 16;
/// What the framing adds to the protobuf message.
inline constexpr std::size_t aggregate_overhead = aggregate_magic.size() + aggregate_digest_size;
/// The partition key of an aggregated record: nobody is placed by it, since it has an explicit hash key.
inline constexpr std::string_view aggregate_partition_key = "a";

inline constexpr std::size_t max_varint_size = 10;

[[nodiscard]] constexpr std::size_t varint_size(std::uint64_t value) noexcept {
  // ceil(bits / 7) without a division by 7, right for 1 to 64 bits.
  return (static_cast<std::size_t>(std::bit_width(value | 1)) * 9 + 64) / 64;
}

inline std::byte* write_varint(std::byte* out, std::uint64_t value) noexcept {
  while (value >= 0x80) {
    *out++ = static_cast<std::byte>(value | 0x80);
    value >>= 7;
  }
  *out++ = static_cast<std::byte>(value);
  return out;
}

namespace detail {

// Field number and wire type of the fields that are written; all of them fit one byte.
inline constexpr std::byte key_entry_tag{0x0A};
inline constexpr std::byte explicit_hash_key_entry_tag{0x12};
inline constexpr std::byte record_tag{0x1A};
inline constexpr std::byte record_key_index_tag{0x08};
inline constexpr std::byte record_explicit_hash_key_index_tag{0x10};
inline constexpr std::byte record_data_tag{0x1A};
inline constexpr std::byte record_tag_tag{0x22};
inline constexpr std::byte tag_key_tag{0x0A};
inline constexpr std::byte tag_value_tag{0x12};

[[nodiscard]] constexpr std::size_t text_field_size(std::string_view text) noexcept {
  return 1 + varint_size(text.size()) + text.size();
}

inline std::byte* write_text_field(std::byte* out, std::byte tag, std::string_view text) noexcept {
  *out++ = tag;
  out = write_varint(out, text.size());
  if (!text.empty()) std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

[[nodiscard]] constexpr std::size_t tag_body_size(const Tag& tag) noexcept {
  return text_field_size(tag.key) + (tag.value ? text_field_size(*tag.value) : 0);
}

/// Body of a Record up to its data bytes.
[[nodiscard]] constexpr std::size_t record_fields_size(std::uint64_t key_index,
                                                       std::optional<std::uint64_t> explicit_hash_key_index,
                                                       std::size_t data_size) noexcept {
  return 1 + varint_size(key_index) + (explicit_hash_key_index ? 1 + varint_size(*explicit_hash_key_index) : 0) + 1 +
         varint_size(data_size);
}

}  // namespace detail

/// An entry of the partition key table.
[[nodiscard]] constexpr std::size_t key_entry_size(std::string_view key) noexcept {
  return detail::text_field_size(key);
}
inline std::byte* write_key_entry(std::byte* out, std::string_view key) noexcept {
  return detail::write_text_field(out, detail::key_entry_tag, key);
}

/// An entry of the explicit hash key table.
[[nodiscard]] constexpr std::size_t explicit_hash_key_entry_size(std::string_view decimal) noexcept {
  return detail::text_field_size(decimal);
}
inline std::byte* write_explicit_hash_key_entry(std::byte* out, std::string_view decimal) noexcept {
  return detail::write_text_field(out, detail::explicit_hash_key_entry_tag, decimal);
}

/// All tags of a record, each with its field's head.
[[nodiscard]] inline std::size_t tags_size(TagsView tags) noexcept {
  std::size_t size = 0;
  for (const Tag& tag : tags) {
    const std::size_t body = detail::tag_body_size(tag);
    size += 1 + varint_size(body) + body;
  }
  return size;
}

/// The tags, which stand behind the data.
inline std::byte* write_tags(std::byte* out, TagsView tags) noexcept {
  for (const Tag& tag : tags) {
    *out++ = detail::record_tag_tag;
    out = write_varint(out, detail::tag_body_size(tag));
    out = detail::write_text_field(out, detail::tag_key_tag, tag.key);
    if (tag.value) out = detail::write_text_field(out, detail::tag_value_tag, *tag.value);
  }
  return out;
}

/// The body of a Record message: indices, data, tags; without the record's own tag and length.
[[nodiscard]] inline std::size_t record_body_size(std::uint64_t key_index,
                                                  std::optional<std::uint64_t> explicit_hash_key_index,
                                                  std::size_t data_size, TagsView tags) noexcept {
  return detail::record_fields_size(key_index, explicit_hash_key_index, data_size) + data_size + tags_size(tags);
}

/// A whole record field: what the aggregate grows by, table entries aside.
[[nodiscard]] inline std::size_t record_entry_size(std::uint64_t key_index,
                                                   std::optional<std::uint64_t> explicit_hash_key_index,
                                                   std::size_t data_size, TagsView tags) noexcept {
  const std::size_t body = record_body_size(key_index, explicit_hash_key_index, data_size, tags);
  return 1 + varint_size(body) + body;
}

/// What `write_record_prefix` writes at most.
inline constexpr std::size_t max_record_prefix_size = 4 + 4 * max_varint_size;

/// Everything up to the data bytes: tag and length of the record, its indices, tag and length of the data. The data
/// bytes and then `write_tags` with the same tags must follow.
inline std::byte* write_record_prefix(std::byte* out, std::uint64_t key_index,
                                      std::optional<std::uint64_t> explicit_hash_key_index, std::size_t data_size,
                                      TagsView tags) noexcept {
  *out++ = detail::record_tag;
  out = write_varint(out, record_body_size(key_index, explicit_hash_key_index, data_size, tags));
  *out++ = detail::record_key_index_tag;
  out = write_varint(out, key_index);
  if (explicit_hash_key_index) {
    *out++ = detail::record_explicit_hash_key_index_tag;
    out = write_varint(out, *explicit_hash_key_index);
  }
  *out++ = detail::record_data_tag;
  return write_varint(out, data_size);
}

}  // namespace aiokpl::codec
