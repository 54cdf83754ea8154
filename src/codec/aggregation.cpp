#include <algorithm>
#include <cstdint>
#include <unordered_map>

#include <aiokpl/aggregation.hpp>

#include "codec/aggregate_format.hpp"
#include "codec/aggregate_reader.hpp"
#include "codec/md5.hpp"
#include "codec/utf8.hpp"

namespace aiokpl {

AggregationFormatError::~AggregationFormatError() = default;

namespace {

using namespace codec;

/// Distinct texts in the order of their first use.
class TextTable {
 public:
  std::uint64_t index_of(std::string_view text) {
    const auto [entry, inserted] = index_.try_emplace(text, entries_.size());
    if (inserted) entries_.push_back(text);
    return entry->second;
  }
  [[nodiscard]] const std::vector<std::string_view>& entries() const noexcept { return entries_; }

 private:
  std::vector<std::string_view> entries_;
  std::unordered_map<std::string_view, std::uint64_t> index_;
};

struct Indices {
  std::uint64_t key;
  std::optional<std::uint64_t> explicit_hash_key;
};

void check_tags(TagsView tags) {
  for (const Tag& tag : tags) {
    if (!valid_utf8(tag.key) || (tag.value && !valid_utf8(*tag.value))) {
      throw InvalidArgument{"tags", "a tag is not valid UTF-8"};
    }
  }
}

/// Refuses what consumers could not read; hands back the partition key.
std::string_view checked_key(const Record& record) {
  if (!record.partition_key) throw InvalidArgument{"partition_key", "a record of an aggregate needs one"};
  if (record.partition_key->empty()) throw InvalidArgument{"partition_key", "must not be empty"};
  if (!valid_utf8(*record.partition_key)) throw InvalidArgument{"partition_key", "is not valid UTF-8"};
  if (record.explicit_hash_key && !HashKey::from_decimal(*record.explicit_hash_key)) {
    throw InvalidArgument{"explicit_hash_key", "must be a decimal number from 0 to 2^128 - 1, not \"" +
                                                   std::string{*record.explicit_hash_key} + "\""};
  }
  check_tags(record.tags);
  return *record.partition_key;
}

std::byte* write_record(std::byte* out, const Record& record, const Indices& indices) {
  out = write_record_prefix(out, indices.key, indices.explicit_hash_key, record.data.size(), record.tags);
  out = std::copy_n(record.data.bytes().data(), record.data.size(), out);
  return write_tags(out, record.tags);
}

UserRecord to_owned(const AggregatedUserRecord& record) {
  UserRecord owned{.partition_key = std::string{record.partition_key},
                   .data = {record.data.begin(), record.data.end()}};
  if (record.explicit_hash_key) owned.explicit_hash_key.emplace(*record.explicit_hash_key);
  owned.tags.reserve(record.tag_count);
  AggregatedTags tags{record};
  for (Tag tag; tags.next(tag);) {
    OwnedTag& copy = owned.tags.emplace_back(OwnedTag{.key = std::string{tag.key}});
    if (tag.value) copy.value.emplace(*tag.value);
  }
  return owned;
}

HashKey hash_key_of(const AggregatedUserRecord& record) {
  if (!record.explicit_hash_key) return md5_hash_key(record.partition_key);
  const std::optional<HashKey> key = HashKey::from_decimal(*record.explicit_hash_key);
  if (!key) throw AggregationFormatError{"an explicit hash key is no number"};
  return *key;
}

void throw_if_wrong(const AggregateReader& reader) {
  if (!reader.reason().empty()) throw AggregationFormatError{std::string{reader.reason()}};
}

}  // namespace

bool is_aggregated(DataView payload) noexcept {
  return is_aggregate(payload.bytes());
}

std::vector<std::byte> encode_aggregated(std::span<const Record> records) {
  if (records.empty()) throw InvalidArgument{"records", "an aggregate holds at least one record"};
  TextTable keys;
  TextTable explicit_hash_keys;
  std::vector<Indices> indices;
  indices.reserve(records.size());
  std::size_t size = aggregate_overhead;
  for (const Record& record : records) {
    Indices& at = indices.emplace_back(Indices{keys.index_of(checked_key(record)), std::nullopt});
    if (record.explicit_hash_key) at.explicit_hash_key = explicit_hash_keys.index_of(*record.explicit_hash_key);
    size += record_entry_size(at.key, at.explicit_hash_key, record.data.size(), record.tags);
  }
  for (const std::string_view key : keys.entries())
    size += key_entry_size(key);
  for (const std::string_view key : explicit_hash_keys.entries())
    size += explicit_hash_key_entry_size(key);

  std::vector<std::byte> payload(size);
  std::byte* const message = std::copy(aggregate_magic.begin(), aggregate_magic.end(), payload.data());
  std::byte* out = message;
  for (const std::string_view key : keys.entries())
    out = write_key_entry(out, key);
  for (const std::string_view key : explicit_hash_keys.entries())
    out = write_explicit_hash_key_entry(out, key);
  for (std::size_t i = 0; i < records.size(); ++i)
    out = write_record(out, records[i], indices[i]);
  const Md5Digest digest = md5({message, out});
  std::copy(digest.begin(), digest.end(), out);
  return payload;
}

std::vector<DecodedRecord> decode_aggregated(DataView payload) {
  AggregateReader reader;
  std::vector<DecodedRecord> records;
  if (reader.open(payload.bytes())) {
    records.reserve(reader.size());
    for (AggregatedUserRecord record; reader.next(record);)
      records.push_back(to_owned(record));
  }
  throw_if_wrong(reader);
  return records;
}

Deaggregated deaggregate(DataView payload, std::string_view partition_key, const HashKeyRange& shard) {
  Deaggregated result;
  const std::span<const std::byte> bytes = payload.bytes();
  AggregateReader reader;
  const bool readable = reader.open(bytes);
  if (!reader.framed()) {
    result.records.push_back({.partition_key = std::string{partition_key}, .data = {bytes.begin(), bytes.end()}});
    return result;
  }
  result.aggregated = true;
  if (readable) {
    result.records.reserve(reader.size());
    for (AggregatedUserRecord record; reader.next(record);) {
      if (const HashKey key = hash_key_of(record); !result.dropped && !shard.contains(key)) {
        result.dropped = true;
        result.offending_hash_key = key;
        result.records.clear();
      }
      if (!result.dropped) result.records.push_back(to_owned(record));
    }
  }
  throw_if_wrong(reader);
  return result;
}

}  // namespace aiokpl
