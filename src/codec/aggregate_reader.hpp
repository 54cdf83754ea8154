#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <aiokpl/record.hpp>

#include "codec/pieces.hpp"
#include "codec/protobuf_reader.hpp"

namespace aiokpl::codec {

/// Whether the payload has the magic, a body and the body's MD5.
[[nodiscard]] bool is_aggregate(Piece payload) noexcept;

/// One user record of an aggregate, as views into the payload.
struct AggregatedUserRecord {
  std::string_view partition_key;
  std::optional<std::string_view> explicit_hash_key;
  Piece data;
  std::size_t tag_count = 0;
  Piece body;  // the record's message, for AggregatedTags
};

/// Reads the user records of an aggregate, one by one. Fields may come in any order, and unknown ones are skipped. A
/// reader that is opened again keeps its memory; the payload must stay while it is read.
class AggregateReader {
 public:
  /// Checks magic, MD5 and the outer structure. False: `reason` says what is wrong.
  [[nodiscard]] bool open(Piece payload);
  /// The next user record. False at the end, and when the record is malformed: then `reason` is not empty.
  [[nodiscard]] bool next(AggregatedUserRecord& record);

  /// User records in the aggregate, known once it is open.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Whether magic and MD5 of the payload last opened were right.
  [[nodiscard]] bool framed() const noexcept { return framed_; }
  /// Empty: nothing wrong so far.
  [[nodiscard]] std::string_view reason() const noexcept { return reason_; }

 private:
  bool fail(std::string_view reason) noexcept;
  bool read_tables(Piece message);
  bool read_record(Piece body, AggregatedUserRecord& record);

  std::vector<std::string_view> keys_;
  std::vector<std::string_view> explicit_hash_keys_;
  ProtobufReader fields_;
  std::size_t size_ = 0;
  bool framed_ = false;
  std::string_view reason_;
};

/// The tags of a record that `AggregateReader::next` handed out, which has checked them.
class AggregatedTags {
 public:
  explicit AggregatedTags(const AggregatedUserRecord& record) noexcept : fields_{record.body} {}
  [[nodiscard]] bool next(Tag& tag) noexcept;

 private:
  ProtobufReader fields_;
};

}  // namespace aiokpl::codec
