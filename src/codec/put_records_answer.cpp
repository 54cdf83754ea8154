#include "codec/put_records_answer.hpp"

#include "codec/cbor_reader.hpp"
#include "codec/json_reader.hpp"

namespace aiokpl::codec {

namespace {

/// Reads the member under `key` if it is one of an entry's, else skips it.
template <typename Reader>
bool read_entry_member(Reader& reader, std::string_view key, AnswerEntry& entry) {
  if (key == "ShardId") return reader.text_or_null(entry.shard_id);
  if (key == "SequenceNumber") return reader.text_or_null(entry.sequence_number);
  if (key == "ErrorCode") return reader.text_or_null(entry.error_code);
  if (key == "ErrorMessage") return reader.text_or_null(entry.error_message);
  return reader.skip();
}

}  // namespace

// Readers report an error by returning false with a reason set; `next_key` and `next_item` also return false at the
// end of their container.

template <typename Reader>
bool PutRecordsAnswer::read_records(Reader& reader) {
  records_.clear();
  if (!reader.begin_array()) return false;
  while (reader.next_item()) {
    AnswerEntry& entry = records_.emplace_back();
    if (!reader.begin_map()) return false;
    std::string_view key;
    while (reader.next_key(key)) {
      if (!read_entry_member(reader, key, entry)) return false;
    }
    if (reader.failed()) return false;
  }
  return !reader.failed();
}

template <typename Reader>
bool PutRecordsAnswer::parse(Piece body) {
  records_.clear();
  failed_record_count_ = 0;
  reason_ = {};
  arena_.reset(body.size());
  Reader reader{body, arena_};
  bool has_records = false;
  const auto read_answer = [&] {
    if (!reader.begin_map()) return false;
    std::string_view key;
    while (reader.next_key(key)) {
      bool fine = false;
      if (key == "Records") {
        fine = read_records(reader);
        has_records = true;
      } else if (key == "FailedRecordCount") {
        fine = reader.unsigned_or_null(failed_record_count_);
      } else {
        fine = reader.skip();
      }
      if (!fine) return false;
    }
    return !reader.failed() && reader.finish();
  };
  if (read_answer() && has_records) return true;
  reason_ = reader.failed() ? reader.reason() : "the answer has no Records";
  records_.clear();
  failed_record_count_ = 0;
  return false;
}

bool PutRecordsAnswer::parse_cbor(Piece body) {
  return parse<CborReader>(body);
}

bool PutRecordsAnswer::parse_json(Piece body) {
  return parse<JsonReader>(body);
}

}  // namespace aiokpl::codec
