#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <aiokpl/aggregation.hpp>

#include "moments.hpp"
#include "pipeline/aggregator.hpp"
#include "pipeline/batch_reader.hpp"
#include "sized_batch.hpp"

namespace aiokpl::pipeline::test {

/// A user record that owns what it holds.
struct OwnedRecord {
  std::optional<std::string> key = std::nullopt;
  std::string data = {};
  std::optional<std::string> hash_key = std::nullopt;
  std::vector<OwnedTag> tags = {};

  friend bool operator==(const OwnedRecord&, const OwnedRecord&) = default;
};

inline std::ostream& operator<<(std::ostream& out, const OwnedRecord& record) {
  out << '{' << record.key.value_or("(no key)") << ", " << record.data.substr(0, 40) << " (" << record.data.size()
      << " bytes)";
  if (record.hash_key) out << ", at " << *record.hash_key;
  for (const OwnedTag& tag : record.tags)
    out << ", " << tag.key << '=' << tag.value.value_or("(none)");
  return out << '}';
}

/// The views of an owned record that a batch takes.
class Parts {
 public:
  explicit Parts(const OwnedRecord& record) : data_{std::as_bytes(std::span{record.data})} {
    for (const OwnedTag& tag : record.tags)
      tags_.push_back({tag.key, tag.value ? std::optional<std::string_view>{*tag.value} : std::nullopt});
    if (record.key) parts_.partition_key = *record.key;
    if (record.hash_key) parts_.explicit_hash_key = *record.hash_key;
    parts_.data = {&data_, 1};
    parts_.data_size = data_.size();
    parts_.tags = tags_;
    parts_.hash_key = placing_hash_key(parts_);
  }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  [[nodiscard]] const RecordParts& get() const noexcept { return parts_; }

 private:
  Piece data_;
  std::vector<Tag> tags_;
  RecordParts parts_;
};

/// Makes batches with fates that nobody looks into: the pipeline only carries pointers to them.
class TestBatches : public BatchSource {
 public:
  [[nodiscard]] BatchPtr make_batch() override {
    static HeapChunks chunks;
    return pipeline::make_batch(chunks);
  }
  [[nodiscard]] detail::FateBlock* make_fates() override {
    fates_.push_back(std::make_unique<std::uint64_t>());
    return reinterpret_cast<detail::FateBlock*>(fates_.back().get());
  }

 private:
  std::vector<std::unique_ptr<std::uint64_t>> fates_;
};

inline std::string text_of(const std::vector<Piece>& pieces) {
  std::string text;
  for (const Piece piece : pieces)
    text.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  return text;
}

/// The record on which the reader stands, as it was submitted.
inline OwnedRecord owned(const BatchReader& reader) {
  const RecordParts& parts = reader.parts();
  OwnedRecord record;
  if (parts.partition_key) record.key = *parts.partition_key;
  if (parts.explicit_hash_key) record.hash_key = *parts.explicit_hash_key;
  record.data = text_of({parts.data.begin(), parts.data.end()});
  for (const Tag& tag : parts.tags)
    record.tags.push_back({std::string{tag.key}, tag.value ? std::optional<std::string>{*tag.value} : std::nullopt});
  return record;
}

inline std::vector<OwnedRecord> read_back(const Batch& batch) {
  std::vector<OwnedRecord> records;
  BatchReader reader{batch};
  while (reader.next())
    records.push_back(owned(reader));
  return records;
}

/// One batch of the records, whatever their size.
inline BatchPtr batch_of(const std::vector<OwnedRecord>& records, ShardNumber shard = no_shard,
                         TimePoint arrived = start, std::optional<HashKey> keyless_hash_key = std::nullopt) {
  static TestBatches batches;
  Aggregator aggregator{shard, keyless_hash_key};
  for (const OwnedRecord& record : records) {
    const Parts parts{record};
    (void)aggregator.append(parts.get(), arrived, arrived + 100ms, std::nullopt, {.max_size = 100'000'000}, batches);
  }
  return aggregator.close();
}

}  // namespace aiokpl::pipeline::test
