#include "codec/put_records_body.hpp"

#include <algorithm>
#include <cstring>

#include "codec/base64.hpp"
#include "codec/cbor_writer.hpp"
#include "codec/json_writer.hpp"

namespace aiokpl::codec {

namespace {

// More than the field names, heads and punctuation take, in either protocol.
constexpr std::size_t framing_size = 64;
constexpr std::size_t entry_framing_size = 96;

std::string_view stream_field(const StreamReference& stream) noexcept {
  return stream.is_arn ? "StreamARN" : "StreamName";
}

/// What the arena must hold when each byte of text may take up to `growth` bytes.
std::size_t text_bound(StreamReference stream, std::span<const Entry> entries, std::size_t growth) noexcept {
  std::size_t bound = framing_size + stream.name_or_arn.size() * growth;
  for (const Entry& entry : entries) {
    bound += entry_framing_size + (entry.partition_key.size() + entry.explicit_hash_key.size()) * growth;
  }
  return bound;
}

}  // namespace

void PutRecordsBody::clear() noexcept {
  pieces_.clear();
  size_ = 0;
}

std::byte* PutRecordsBody::prepare_arena(std::size_t size) {
  if (arena_capacity_ < size) {
    const std::size_t capacity = std::max(size, arena_capacity_ + arena_capacity_ / 2);
    arena_.reset();  // before the new one is made: a body may have megabytes
    arena_capacity_ = 0;
    arena_ = std::make_unique_for_overwrite<std::byte[]>(capacity);
    arena_capacity_ = capacity;
  }
  return arena_.get();
}

void PutRecordsBody::add_piece(Piece piece) {
  if (piece.empty()) return;
  pieces_.push_back(piece);
  size_ += piece.size();
}

void PutRecordsBody::encode_cbor(StreamReference stream, std::span<const Entry> entries) {
  clear();
  const std::byte* begin = prepare_arena(text_bound(stream, entries, 1));
  std::byte* out = arena_.get();
  out = cbor::write_head(out, cbor::map, 2);
  out = cbor::write_text(out, stream_field(stream));
  out = cbor::write_text(out, stream.name_or_arn);
  out = cbor::write_text(out, "Records");
  out = cbor::write_head(out, cbor::array, entries.size());
  for (const Entry& entry : entries) {
    const bool explicit_key = !entry.explicit_hash_key.empty();
    out = cbor::write_head(out, cbor::map, 1U + (entry.has_partition_key ? 1U : 0U) + (explicit_key ? 1U : 0U));
    out = cbor::write_text(out, "Data");
    out = cbor::write_head(out, cbor::bytes, entry.data_size);
    add_piece({begin, out});
    for (const Piece piece : entry.data)
      add_piece(piece);
    begin = out;
    if (entry.has_partition_key) {
      out = cbor::write_text(out, "PartitionKey");
      out = cbor::write_text(out, entry.partition_key);
    }
    if (explicit_key) {
      out = cbor::write_text(out, "ExplicitHashKey");
      out = cbor::write_text(out, entry.explicit_hash_key);
    }
  }
  add_piece({begin, out});
}

void PutRecordsBody::encode_json(StreamReference stream, std::span<const Entry> entries) {
  clear();
  std::size_t bound = text_bound(stream, entries, json::max_growth);
  for (const Entry& entry : entries)
    bound += base64_size(entry.data_size);
  std::byte* const begin = prepare_arena(bound);
  auto* out = reinterpret_cast<char*>(begin);
  out = json::write_raw(out, "{\"");
  out = json::write_raw(out, stream_field(stream));
  out = json::write_raw(out, "\":");
  out = json::write_string(out, stream.name_or_arn);
  out = json::write_raw(out, ",\"Records\":[");
  for (const Entry& entry : entries) {
    out = json::write_raw(out, &entry == entries.data() ? "{\"Data\":\"" : ",{\"Data\":\"");
    out = write_base64(out, entry.data);
    *out++ = '"';
    if (entry.has_partition_key) {
      out = json::write_raw(out, ",\"PartitionKey\":");
      out = json::write_string(out, entry.partition_key);
    }
    if (!entry.explicit_hash_key.empty()) {
      out = json::write_raw(out, ",\"ExplicitHashKey\":");
      out = json::write_string(out, entry.explicit_hash_key);
    }
    *out++ = '}';
  }
  out = json::write_raw(out, "]}");
  add_piece({begin, reinterpret_cast<std::byte*>(out)});
}

}  // namespace aiokpl::codec
