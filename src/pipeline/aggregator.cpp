#include "pipeline/aggregator.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "codec/aggregate_format.hpp"

namespace aiokpl::pipeline {

namespace {

std::uint32_t table_tag(std::string_view key) noexcept {
  return static_cast<std::uint32_t>(std::hash<std::string_view>{}(key));
}

}  // namespace

Aggregator::Aggregator(ShardNumber shard, std::optional<HashKey> keyless_hash_key)
    : shard_{shard}, keyless_hash_key_{keyless_hash_key} {
  if (keyless_hash_key_) keyless_decimal_ = keyless_hash_key_->to_decimal();
}

Aggregator::Appended Aggregator::append(const RecordParts& parts, TimePoint arrived, TimePoint deadline,
                                        const std::optional<FateRef>& fate, const BatchLimits& limits,
                                        BatchSource& source) {
  Appended result;
  KnownKeys known;
  look_up(parts, known);
  if (open_ && !fits(parts, known, limits)) {
    result.closed_before = close();
    known.key.index = known.hash_key.index = KeyTable::none;
  }
  if (!open_) {
    open_ = source.make_batch();
    open_->shard = shard_;
  }
  if (fate) {
    result.fate = *fate;
  } else {
    if (open_->home == nullptr) open_->home = source.make_fates();
    result.fate = {open_->home, open_->home_count()};
  }
  Batch::TablePlace place;
  place_keys(parts, known, place);
  const bool library_places = !parts.partition_key && keyless_hash_key_;
  open_->add_record(parts, library_places ? *keyless_hash_key_ : parts.hash_key, place, arrived, result.fate);
  result.deadline_moved = deadline < open_->deadline;
  open_->deadline = std::min(open_->deadline, deadline);
  if (open_->count() >= limits.max_count || open_->aggregated_size() >= limits.max_size) {
    result.closed_full = close();
    result.deadline_moved = false;
  }
  return result;
}

BatchPtr Aggregator::close() {
  keys_.clear();
  hash_keys_.clear();
  return std::exchange(open_, nullptr);
}

void Aggregator::release_tables() {
  if (open_) return;
  keys_.release();
  hash_keys_.release();
}

void Aggregator::look_up(const RecordParts& parts, KnownKeys& known) const {
  const auto look = [](const KeyTable& table, std::string_view text, KnownKey& key) {
    key.tag = table_tag(text);
    key.index = table.find(key.tag, text);
  };
  if (!parts.partition_key) return;
  look(keys_, *parts.partition_key, known.key);
  if (parts.explicit_hash_key) look(hash_keys_, *parts.explicit_hash_key, known.hash_key);
}

bool Aggregator::fits(const RecordParts& parts, const KnownKeys& known, const BatchLimits& limits) const {
  // A shared entry's index is counted as if it were a new one: a byte or two too careful, and never too many.
  std::size_t size = open_->aggregated_size();
  std::optional<std::uint64_t> hash_key_index;
  const auto count_entries = [&](bool new_key, std::string_view key, bool new_hash_key, std::string_view hash_key) {
    if (new_key) size += codec::key_entry_size(key);
    if (hash_key.empty()) return;
    hash_key_index = open_->hash_key_count();
    if (new_hash_key) size += codec::explicit_hash_key_entry_size(hash_key);
  };
  if (parts.partition_key) {
    count_entries(known.key.is_new(), *parts.partition_key, known.hash_key.is_new(),
                  parts.explicit_hash_key.value_or(""));
  } else {
    // Keyless records have entries of their own, also beside equal ones.
    const bool first = !open_->has_keyless();
    count_entries(first, codec::aggregate_partition_key, first, keyless_decimal_);
  }
  size += codec::record_entry_size(open_->key_count(), hash_key_index, parts.data_size, parts.tags);
  return size <= limits.max_size;
}

void Aggregator::place_keys(const RecordParts& parts, const KnownKeys& known, Batch::TablePlace& place) {
  if (!parts.partition_key) {
    const bool placed = keyless_hash_key_.has_value();
    place = open_->keyless_place(placed ? std::optional<std::string_view>{keyless_decimal_} : std::nullopt);
    return;
  }
  const auto shared = [](KeyTable& table, const KnownKey& key, std::string_view text, std::uint32_t next, auto add) {
    if (!key.is_new()) return key.index;
    table.add(key.tag, add(text), next);
    return next;
  };
  place.key_index = shared(keys_, known.key, *parts.partition_key, open_->key_count(),
                           [this](std::string_view text) { return open_->add_key(text); });
  if (!parts.explicit_hash_key) return;
  place.hash_key_index = shared(hash_keys_, known.hash_key, *parts.explicit_hash_key, open_->hash_key_count(),
                                [this](std::string_view text) { return open_->add_hash_key(text); });
}

}  // namespace aiokpl::pipeline
