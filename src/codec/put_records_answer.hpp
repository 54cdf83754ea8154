#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "codec/pieces.hpp"
#include "codec/text_arena.hpp"

namespace aiokpl::codec {

/// What became of one Kinesis record. Empty: the field was absent or null.
struct AnswerEntry {
  std::string_view shard_id;
  std::string_view sequence_number;
  std::string_view error_code;
  std::string_view error_message;
};

/// Reads the answer of PutRecords. The views of the entries point into the body and into this object: both must
/// stay. Parsing again keeps the memory. Bodies may be hostile: whatever is in them, nothing outside is read.
class PutRecordsAnswer {
 public:
  /// False: the body is unreadable, `reason` says why, and there are no records.
  [[nodiscard]] bool parse_cbor(Piece body);
  [[nodiscard]] bool parse_json(Piece body);

  [[nodiscard]] std::span<const AnswerEntry> records() const noexcept { return records_; }
  [[nodiscard]] std::string_view reason() const noexcept { return reason_; }
  /// As the service said it; 0 when it did not.
  [[nodiscard]] std::uint64_t failed_record_count() const noexcept { return failed_record_count_; }

 private:
  template <typename Reader>
  bool parse(Piece body);
  template <typename Reader>
  bool read_records(Reader& reader);

  std::vector<AnswerEntry> records_;
  TextArena arena_;
  std::string_view reason_;
  std::uint64_t failed_record_count_ = 0;
};

}  // namespace aiokpl::codec
