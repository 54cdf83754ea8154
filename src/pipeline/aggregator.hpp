#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/batch.hpp"
#include "pipeline/key_table.hpp"

namespace aiokpl::pipeline {

/// Where the aggregator's batches come from.
class BatchSource {
 public:
  virtual ~BatchSource() = default;
  [[nodiscard]] virtual BatchPtr make_batch() = 0;
  /// A new block of fates for the records that start their life in a batch.
  [[nodiscard]] virtual detail::FateBlock* make_fates() = 0;
};

/// When a batch is full.
struct BatchLimits {
  /// Bytes of the aggregated record.
  std::size_t max_size = 51'200;
  /// 1 switches aggregation off.
  std::uint64_t max_count = 4'294'967'295;

  friend bool operator==(const BatchLimits&, const BatchLimits&) = default;
};

/// Moves what a put has closed to the end of `closed`, in order; whether there was something.
template <typename Put>
bool take_closed(Put& put, std::vector<BatchPtr>& closed) {
  const std::size_t before = closed.size();
  for (BatchPtr* batch : {&put.closed_before, &put.closed_full}) {
    if (*batch) closed.push_back(std::move(*batch));
  }
  return closed.size() != before;
}

/// The open batch of one shard: decides what fits, shares equal keys, closes what is full. The caller serialises the
/// calls (in the producer, by the shard's lock).
class Aggregator {
 public:
  /// `keyless_hash_key`: a hash key inside the shard, which places records without a key; absent where no shard is
  /// predicted.
  Aggregator(ShardNumber shard, std::optional<HashKey> keyless_hash_key);

  struct Appended {
    /// Where the record's fate will be told.
    FateRef fate;
    /// The batch that could not take the record and is closed; null mostly.
    BatchPtr closed_before;
    /// The batch that the record filled; null mostly.
    BatchPtr closed_full;
    /// Whether the deadline of what is open moved forward: a batch was opened, or the record is in more of a hurry than
    /// those before it.
    bool deadline_moved = false;
  };

  /// Adds a record to the open batch. `fate`: where it is told already, for a record that comes from another batch.
  Appended append(const RecordParts& parts, TimePoint arrived, TimePoint deadline, const std::optional<FateRef>& fate,
                  const BatchLimits& limits, BatchSource& source);

  [[nodiscard]] const Batch* open() const noexcept { return open_.get(); }
  /// Closes the open batch and gives it; null if there is none.
  BatchPtr close();
  /// Gives memory back that only an open batch needs.
  void release_tables();

 private:
  /// A key as the open batch knows it.
  struct KnownKey {
    std::uint32_t tag = 0;
    /// Of its table entry; `none` where there is none yet.
    std::uint32_t index = KeyTable::none;
    [[nodiscard]] bool is_new() const noexcept { return index == KeyTable::none; }
  };
  /// Looked up once for a record: that is most of what appending it costs.
  struct KnownKeys {
    KnownKey key;
    KnownKey hash_key;
  };

  void look_up(const RecordParts& parts, KnownKeys& known) const;
  [[nodiscard]] bool fits(const RecordParts& parts, const KnownKeys& known, const BatchLimits& limits) const;
  void place_keys(const RecordParts& parts, const KnownKeys& known, Batch::TablePlace& place);

  ShardNumber shard_;
  std::optional<HashKey> keyless_hash_key_;
  std::string keyless_decimal_;
  BatchPtr open_;
  KeyTable keys_;
  KeyTable hash_keys_;
};

}  // namespace aiokpl::pipeline
