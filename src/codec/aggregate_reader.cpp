#include "codec/aggregate_reader.hpp"

#include <algorithm>

#include "codec/aggregate_format.hpp"
#include "codec/md5.hpp"

namespace aiokpl::codec {

namespace {

using Kind = ProtobufField::Kind;

std::string_view as_text(Piece bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool has_magic(Piece payload) noexcept {
  return payload.size() >= aggregate_magic.size() &&
         std::equal(aggregate_magic.begin(), aggregate_magic.end(), payload.begin());
}

Piece message_of(Piece payload) noexcept {
  return payload.subspan(aggregate_magic.size(), payload.size() - aggregate_overhead);
}

bool has_digest(Piece payload) noexcept {
  if (payload.size() < aggregate_overhead) return false;
  const Md5Digest digest = md5(message_of(payload));
  return std::equal(digest.begin(), digest.end(), payload.end() - aggregate_digest_size);
}

/// Reads one tag; a reason when it is malformed.
std::string_view read_tag(Piece body, Tag& tag) noexcept {
  ProtobufReader fields{body};
  ProtobufField field;
  bool has_key = false;
  tag = {};
  while (fields.next(field)) {
    if (field.is(1, Kind::bytes)) {
      tag.key = as_text(field.bytes);
      has_key = true;
    } else if (field.is(2, Kind::bytes)) {
      tag.value = as_text(field.bytes);
    }
  }
  if (!fields.reason().empty()) return fields.reason();
  return has_key ? std::string_view{} : "a tag has no key";
}

}  // namespace

bool is_aggregate(Piece payload) noexcept {
  return has_magic(payload) && has_digest(payload);
}

bool AggregateReader::fail(std::string_view reason) noexcept {
  reason_ = reason;
  fields_ = ProtobufReader{};
  return false;
}

bool AggregateReader::open(Piece payload) {
  reason_ = {};
  keys_.clear();
  explicit_hash_keys_.clear();
  size_ = 0;
  framed_ = false;
  if (!has_magic(payload)) return fail("the magic of an aggregated record is missing");
  if (!has_digest(payload)) return fail("the MD5 does not match");
  framed_ = true;
  const Piece message = message_of(payload);
  fields_ = ProtobufReader{message};
  return read_tables(message);
}

bool AggregateReader::read_tables(Piece message) {
  // Tables may stand behind the records that point into them, so they are read beforehand.
  ProtobufReader fields{message};
  ProtobufField field;
  while (fields.next(field)) {
    if (field.kind != Kind::bytes) continue;
    if (field.number == 1) keys_.push_back(as_text(field.bytes));
    if (field.number == 2) explicit_hash_keys_.push_back(as_text(field.bytes));
    if (field.number == 3) ++size_;
  }
  return fields.reason().empty() || fail(fields.reason());
}

bool AggregateReader::next(AggregatedUserRecord& record) {
  ProtobufField field;
  while (fields_.next(field)) {
    if (field.is(3, Kind::bytes)) return read_record(field.bytes, record);
  }
  return false;  // `open` has walked over all fields, so this is the end
}

bool AggregateReader::read_record(Piece body, AggregatedUserRecord& record) {
  record = {};
  record.body = body;
  ProtobufReader fields{body};
  ProtobufField field;
  std::optional<std::uint64_t> key_index;
  std::optional<std::uint64_t> explicit_hash_key_index;
  bool has_data = false;
  while (fields.next(field)) {
    if (field.is(1, Kind::varint)) {
      key_index = field.value;
    } else if (field.is(2, Kind::varint)) {
      explicit_hash_key_index = field.value;
    } else if (field.is(3, Kind::bytes)) {
      record.data = field.bytes;
      has_data = true;
    } else if (field.is(4, Kind::bytes)) {
      Tag tag;
      if (const std::string_view wrong = read_tag(field.bytes, tag); !wrong.empty()) return fail(wrong);
      ++record.tag_count;
    }
  }
  if (!fields.reason().empty()) return fail(fields.reason());
  if (!key_index) return fail("a record has no partition key index");
  if (!has_data) return fail("a record has no data");
  if (*key_index >= keys_.size()) return fail("a partition key index is out of range");
  record.partition_key = keys_[*key_index];
  if (explicit_hash_key_index) {
    if (*explicit_hash_key_index >= explicit_hash_keys_.size()) {
      return fail("an explicit hash key index is out of range");
    }
    record.explicit_hash_key = explicit_hash_keys_[*explicit_hash_key_index];
  }
  return true;
}

bool AggregatedTags::next(Tag& tag) noexcept {
  ProtobufField field;
  while (fields_.next(field)) {
    if (field.is(4, Kind::bytes)) return read_tag(field.bytes, tag).empty();
  }
  return false;
}

}  // namespace aiokpl::codec
