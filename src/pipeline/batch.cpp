#include "pipeline/batch.hpp"

#include <algorithm>
#include <new>

#include "codec/aggregate_format.hpp"

namespace aiokpl::pipeline {

namespace {

/// The key that keyless records carry where the format or the service wants one; the same as an aggregate's own.
constexpr std::string_view keyless_key = codec::aggregate_partition_key;

std::string_view last_text(const std::byte* end, std::size_t size) noexcept {
  return {reinterpret_cast<const char*>(end) - size, size};
}

// What there is in a batch's own chunk behind the batch, each with a chunk's head: room for a key and two members, and
// what is left for the first record.
constexpr std::size_t home_size = 1024;
constexpr std::uint32_t home_key_bytes = 64;
constexpr std::uint32_t home_member_bytes = 2 * sizeof(Member);
constexpr std::size_t home_records_at = sizeof(Batch) + 2 * sizeof(Chunk) + home_key_bytes + home_member_bytes;
// The batch's chunk is found from the batch.
static_assert(alignof(Batch) <= alignof(Chunk) && sizeof(Batch) % alignof(Chunk) == 0);
static_assert(home_key_bytes % alignof(Chunk) == 0 && home_member_bytes % alignof(Chunk) == 0);
static_assert(home_records_at + 256 < home_size - 2 * sizeof(Chunk));

}  // namespace

BatchPtr make_batch(ChunkSource& source) {
  Chunk* home = source.take(home_size - sizeof(Chunk));
  std::byte* const at = home->bytes() + sizeof(Batch);
  const Batch::Homes homes{
      .keys = new (at) Chunk{.capacity = home_key_bytes},
      .members = new (at + sizeof(Chunk) + home_key_bytes) Chunk{.capacity = home_member_bytes},
      .records = new (home->bytes() + home_records_at)
          Chunk{.capacity = static_cast<std::uint32_t>(home->capacity - home_records_at - sizeof(Chunk))}};
  return BatchPtr{new (home->bytes()) Batch{source, homes}};
}

void expect(const Batch& batch, bool whole) noexcept {
  const std::size_t size = whole ? home_size - sizeof(Chunk) : sizeof(Batch);
  codec::expect({reinterpret_cast<const std::byte*>(&batch), size}, size);
}

void BatchDeleter::operator()(Batch* batch) const noexcept {
  ChunkSource& source = batch->records_.source();
  Chunk* home = reinterpret_cast<Chunk*>(batch) - 1;
  batch->~Batch();
  source.give_back(home);
}

std::string_view Batch::add_key(std::string_view key) {
  const std::byte* end = codec::write_key_entry(keys_.extend(codec::key_entry_size(key)), key);
  ++key_count_;
  return last_text(end, key.size());
}

std::string_view Batch::add_hash_key(std::string_view decimal) {
  std::byte* place = hash_keys_.extend(codec::explicit_hash_key_entry_size(decimal));
  const std::byte* end = codec::write_explicit_hash_key_entry(place, decimal);
  ++hash_key_count_;
  return last_text(end, decimal.size());
}

Batch::TablePlace Batch::keyless_place(std::optional<std::string_view> placement) {
  if (!keyless_) {
    keyless_.emplace(TablePlace{.key_index = key_count_});
    add_key(keyless_key);
    if (placement) {
      keyless_->hash_key_index = hash_key_count_;
      add_hash_key(*placement);
    }
  }
  return *keyless_;
}

// What is stored in small parts is loaded in the same parts here and in the functions above, not copied as a whole: a
// load that spans several stores waits until they, and all stores before them, have reached the cache. With records
// going to memory that is in no cache, this took a tenth of what a record costs.
void Batch::add_record(const RecordParts& parts, HashKey hash_key, const TablePlace& place, TimePoint arrived,
                       FateRef fate) {
  std::optional<std::uint64_t> hash_key_index;
  if (place.hash_key_index != TablePlace::none) hash_key_index = place.hash_key_index;
  records_.begin(codec::max_record_prefix_size + parts.data_size);
  records_.write(codec::max_record_prefix_size, [&](std::byte* out) {
    return codec::write_record_prefix(out, place.key_index, hash_key_index, parts.data_size, parts.tags);
  });
  for (const Piece piece : parts.data)
    records_.append(piece);
  if (!parts.tags.empty()) {
    // Tags may be larger than a chunk, and are rare: they take a detour.
    std::vector<std::byte> tags(codec::tags_size(parts.tags));
    codec::write_tags(tags.data(), parts.tags);
    records_.append(tags);
    has_tags_ = true;
  }
  const std::size_t size = parts.size();
  new (members_.extend(sizeof(Member)))
      Member{.arrived = arrived, .block = fate.block, .index = fate.index, .size = static_cast<std::uint32_t>(size)};
  if (count_ == 0) first_ = hash_key;
  ++count_;
  if (fate.block != home) ++foreign_;
  user_size_ += size;
  if (hash_key < lowest_) lowest_ = hash_key;
  if (highest_ < hash_key) highest_ = hash_key;
  oldest_ = std::min(oldest_, arrived);
  // The next record will be about as large. Where many batches are filled side by side, its memory is in no cache near
  // by then, and the batch's lock waits for the writes.
  records_.expect(parts.data_size);
}

std::size_t Batch::aggregated_size() const noexcept {
  return codec::aggregate_overhead + keys_.size() + hash_keys_.size() + records_.size();
}

std::size_t Batch::kinesis_size() const noexcept {
  if (!goes_raw()) return aggregated_size() + codec::aggregate_partition_key.size();
  return user_size_ + (has_keyless() ? keyless_key.size() : 0);
}

void Batch::add_body_pieces(std::vector<Piece>& pieces) const {
  keys_.add_pieces(pieces);
  hash_keys_.add_pieces(pieces);
  records_.add_pieces(pieces);
}

}  // namespace aiokpl::pipeline
