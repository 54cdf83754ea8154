#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <aiokpl/aggregation.hpp>

#include "codec/aggregate_format.hpp"
#include "codec/utf8.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/fuzz/openssl_digests.hpp"

/// Aggregates, and the records in them.
namespace aiokpl::fuzz {

/// The message between magic and MD5: any bytes become something that is worth to be read.
inline std::vector<std::byte> framed(codec::Piece message) {
  std::vector<std::byte> payload(message.size() + codec::aggregate_overhead);
  auto out = std::copy(codec::aggregate_magic.begin(), codec::aggregate_magic.end(), payload.begin());
  out = std::copy(message.begin(), message.end(), out);
  const Md5 digest = openssl_md5(message);
  std::transform(digest.begin(), digest.end(), out, [](unsigned char byte) { return std::byte{byte}; });
  return payload;
}

/// Nothing where the payload is no aggregate, or a broken one.
inline std::optional<std::vector<UserRecord>> decode(codec::Piece payload) {
  try {
    return decode_aggregated(payload);
  } catch (const AggregationFormatError&) {
    return std::nullopt;
  }
}

/// What a record and its tags are viewed from.
class RecordViews {
 public:
  explicit RecordViews(const std::vector<UserRecord>& owned) {
    tags_.reserve(owned.size());
    for (const UserRecord& record : owned) {
      std::vector<Tag>& tags = tags_.emplace_back();
      for (const OwnedTag& tag : record.tags)
        tags.push_back({tag.key, tag.value});
      records_.push_back({.stream = "s",
                          .partition_key = record.partition_key,
                          .data = record.data,
                          .explicit_hash_key = record.explicit_hash_key,
                          .tags = tags});
    }
  }
  RecordViews(const RecordViews&) = delete;
  RecordViews& operator=(const RecordViews&) = delete;

  [[nodiscard]] std::span<const Record> get() const noexcept { return records_; }

 private:
  std::vector<std::vector<Tag>> tags_;
  std::vector<Record> records_;
};

/// Whether `encode_aggregated` takes the record.
inline bool encodable(const UserRecord& record) {
  const auto is_text = [](const OwnedTag& tag) {
    return codec::valid_utf8(tag.key) && codec::valid_utf8(tag.value.value_or(""));
  };
  return !record.partition_key.empty() && codec::valid_utf8(record.partition_key) &&
         (!record.explicit_hash_key || HashKey::from_decimal(*record.explicit_hash_key)) &&
         std::all_of(record.tags.begin(), record.tags.end(), is_text);
}

/// Records as an input spells them: few different keys, so that tables are shared.
inline std::vector<UserRecord> take_records(FuzzInput& input) {
  constexpr std::size_t most = 64;
  std::vector<UserRecord> records;
  while (!input.empty() && records.size() < most) {
    const std::size_t shape = input.below(16);
    UserRecord& record = records.emplace_back();
    // Bits of the shape: the key of the record before, explicit hash key, tags, long data.
    if ((shape & 1U) != 0 && records.size() > 1) {
      record.partition_key = records[records.size() - 2].partition_key;
    } else {
      record.partition_key = input.text();
    }
    if ((shape & 2U) != 0) {
      const HashKey key{input.number(), input.number()};
      record.explicit_hash_key = input.flip() ? key.to_decimal() : std::string{input.text()};
    }
    for (std::size_t tags = (shape & 4U) != 0 ? input.below(4) : 0; tags > 0; --tags) {
      OwnedTag& tag = record.tags.emplace_back(OwnedTag{.key = std::string{input.text()}});
      if (input.flip()) tag.value = input.text();
    }
    const std::string_view data = (shape & 8U) != 0 ? input.long_text() : input.text();
    const codec::Piece bytes = std::as_bytes(std::span{data});
    record.data = {bytes.begin(), bytes.end()};
  }
  return records;
}

}  // namespace aiokpl::fuzz
