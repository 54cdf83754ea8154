#include "producer/record_check.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <aiokpl/error.hpp>

#include "codec/aggregate_format.hpp"
#include "codec/md5_lanes.hpp"
#include "codec/utf8.hpp"

namespace aiokpl::detail {

namespace {

// Limits of the PutRecords API.
constexpr std::size_t longest_key = 256;
constexpr std::size_t longest_stream_name = 128;

/// A value as it stands in an error: not the whole of a long one, and no control characters.
std::string shown(std::string_view value) {
  constexpr std::size_t most = 60;
  std::string text{"'"};
  for (const char c : value.substr(0, most))
    text += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
  text += value.size() > most ? "...'" : "'";
  return text;
}

bool is_name_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

void check_stream(std::string_view stream) {
  const std::size_t slash = stream.find(":stream/");
  const std::string_view name = is_arn(stream) && slash != std::string_view::npos ? stream.substr(slash + 8) : stream;
  if (name.empty() || name.size() > longest_stream_name || !std::ranges::all_of(name, is_name_character)) {
    throw InvalidArgument{
        "stream",
        "must be a name of 1 to 128 of a-z, A-Z, 0-9, '_', '.' and '-', or a stream's ARN, got " + shown(stream)};
  }
}

void check_partition_key(std::string_view key) {
  if (key.empty()) {
    throw InvalidArgument{"partition_key", "must have 1 to 256 characters, or be absent, got ''"};
  }
  if (!codec::valid_utf8(key)) throw InvalidArgument{"partition_key", "must be valid UTF-8, got " + shown(key)};
  if (key.size() <= longest_key) return;  // no more characters than bytes
  const std::size_t length = codec::count_code_points(key);
  if (length > longest_key) {
    throw InvalidArgument{"partition_key",
                          "must have 1 to 256 characters, got " + std::to_string(length) + ": " + shown(key)};
  }
}

void check_tag(const Tag& tag) {
  if (!codec::valid_utf8(tag.key)) throw InvalidArgument{"tags", "a key must be valid UTF-8, got " + shown(tag.key)};
  if (tag.value && !codec::valid_utf8(*tag.value)) {
    throw InvalidArgument{"tags", "a value must be valid UTF-8, got " + shown(*tag.value)};
  }
}

}  // namespace

void check_record(const Record& record) {
  check_stream(record.stream);
  if (record.partition_key) check_partition_key(*record.partition_key);
  if (record.explicit_hash_key) {
    if (!HashKey::from_decimal(*record.explicit_hash_key)) {
      throw InvalidArgument{"explicit_hash_key",
                            "must be a decimal number from 0 to 2^128 - 1 without leading zeros, got " +
                                shown(*record.explicit_hash_key)};
    }
  }
  for (const Tag& tag : record.tags)
    check_tag(tag);
}

void check_size(const Record& record, std::uint64_t limit) {
  const std::uint64_t size = sent_size(record);
  if (size > limit) {
    throw InvalidArgument{"data", "must have at most " + std::to_string(limit) +
                                      " bytes together with the partition key, got " + std::to_string(size)};
  }
}

void check_tags(const Record& record, bool refused) {
  if (refused && !record.tags.empty()) {
    throw InvalidArgument{"tags",
                          "must be empty where records are not aggregated (aggregation is off, or the stream "
                          "distributes records itself), got " +
                              std::to_string(record.tags.size())};
  }
}

bool is_arn(std::string_view stream) noexcept {
  return stream.starts_with("arn:");
}

std::optional<std::string_view> sent_key(const Record& record) noexcept {
  if (!record.partition_key && record.explicit_hash_key) return codec::aggregate_partition_key;
  return record.partition_key;
}

std::size_t sent_size(const Record& record) noexcept {
  return record.data.size() + sent_key(record).value_or("").size();
}

HashKey hash_key_of(const Record& record) noexcept {
  if (record.explicit_hash_key) return HashKey::from_decimal(*record.explicit_hash_key).value_or(HashKey{});
  return record.partition_key ? md5_hash_key(*record.partition_key) : HashKey{};
}

void hash_keys_of(std::span<const Record> records, std::span<HashKey> out) noexcept {
  std::array<std::string_view, most_hashed_at_once> keys;
  std::array<HashKey, most_hashed_at_once> hashed;
  std::size_t count = 0;
  const auto by_its_key = [](const Record& record) { return record.partition_key && !record.explicit_hash_key; };
  for (const Record& record : records) {
    if (by_its_key(record)) keys[count++] = *record.partition_key;
  }
  codec::md5_hash_keys(std::span{keys}.first(count), hashed);
  std::size_t next = 0;
  for (std::size_t i = 0; i < records.size(); ++i)
    out[i] = by_its_key(records[i]) ? hashed[next++] : hash_key_of(records[i]);
}

}  // namespace aiokpl::detail
