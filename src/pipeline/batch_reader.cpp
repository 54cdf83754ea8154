#include "pipeline/batch_reader.hpp"

#include "codec/aggregate_format.hpp"

namespace aiokpl::pipeline {

namespace {

// The bytes were written by Batch: they are read without doubts about their form.
std::uint64_t read_varint(ChunkCursor& cursor) {
  std::uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const auto byte = static_cast<std::uint64_t>(cursor.next());
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

/// A table's entries; each stands in one chunk whole.
void read_table(const Chunk* first, std::vector<std::string_view>& entries) {
  entries.clear();
  ChunkCursor cursor{first};
  while (!cursor.at_end()) {
    cursor.next();  // the field's tag
    const std::uint64_t size = read_varint(cursor);
    std::string_view text;
    cursor.read(size, [&](Piece run) { text = {reinterpret_cast<const char*>(run.data()), run.size()}; });
    entries.push_back(text);
  }
}

constexpr std::byte hash_key_index_field{0x10};
constexpr char tag_key_field = 0x0a;
constexpr char tag_value_field = 0x12;

std::string_view read_tag_text(std::string_view& bytes) {
  std::uint64_t size = 0;
  std::size_t at = 1;
  for (unsigned shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes[at++]);
    size |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  const std::string_view text = bytes.substr(at, size);
  bytes.remove_prefix(at + size);
  return text;
}

}  // namespace

void BatchReader::open(const Batch& batch) {
  batch_ = &batch;
  read_table(batch.keys_.first(), keys_);
  read_table(batch.hash_keys_.first(), hash_keys_);
  cursor_ = ChunkCursor{batch.records_.first()};
  member_chunk_ = batch.members_.first();
  member_index_ = 0;
  member_ = nullptr;
}

bool BatchReader::next() {
  if (cursor_.at_end()) return false;
  next_member();
  cursor_.next();  // the field's tag
  std::uint64_t left = read_varint(cursor_);

  cursor_.next();
  const std::uint64_t key_index = read_varint(cursor_);
  left -= 1 + codec::varint_size(key_index);
  stored_key_ = keys_[key_index];
  stored_hash_key_.reset();
  if (cursor_.next() == hash_key_index_field) {
    const std::uint64_t index = read_varint(cursor_);
    left -= 1 + codec::varint_size(index);
    stored_hash_key_ = hash_keys_[index];
    cursor_.next();  // the data's tag
  }
  const std::uint64_t data_size = read_varint(cursor_);
  left -= 1 + codec::varint_size(data_size) + data_size;
  data_.clear();
  cursor_.read(data_size, [this](Piece run) { data_.push_back(run); });
  read_tags(left);

  keyless_ = batch_->keyless_ && batch_->keyless_->key_index == key_index;
  parts_ = RecordParts{.partition_key = keyless_ ? std::nullopt : std::optional{stored_key_},
                       .explicit_hash_key = keyless_ ? std::nullopt : stored_hash_key_,
                       .data = data_,
                       .data_size = data_size,
                       .tags = tags_};
  return true;
}

void BatchReader::read_tags(std::size_t size) {
  tags_.clear();
  if (size == 0) return;
  tag_bytes_.clear();
  cursor_.read(size, [this](Piece run) { tag_bytes_.append(reinterpret_cast<const char*>(run.data()), run.size()); });
  std::string_view bytes{tag_bytes_};
  while (!bytes.empty()) {
    std::string_view tag = read_tag_text(bytes);
    Tag& added = tags_.emplace_back();
    while (!tag.empty()) {
      const char field = tag.front();
      const std::string_view text = read_tag_text(tag);
      if (field == tag_key_field) added.key = text;
      if (field == tag_value_field) added.value = text;
    }
  }
}

void BatchReader::next_member() noexcept {
  while ((member_index_ + 1) * sizeof(Member) > member_chunk_->size) {
    member_chunk_ = member_chunk_->next;
    member_index_ = 0;
  }
  member_ = reinterpret_cast<const Member*>(member_chunk_->bytes()) + member_index_++;
}

HashKey placing_hash_key(const RecordParts& parts) noexcept {
  if (parts.explicit_hash_key) return HashKey::from_decimal(*parts.explicit_hash_key).value_or(HashKey{});
  return parts.partition_key ? md5_hash_key(*parts.partition_key) : HashKey{};
}

}  // namespace aiokpl::pipeline
