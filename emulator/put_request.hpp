#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/answer_writer.hpp"

namespace aiokpl::emulator {

/// One record to put. Views into the request's body, or into what the request owns.
struct PutEntry {
  std::optional<std::string_view> partition_key = std::nullopt;
  std::optional<std::string_view> explicit_hash_key = std::nullopt;
  bool has_data = false;
  /// The bytes; base64 text where the request came in JSON and was not to be decoded.
  std::string_view data = {};
  /// Bytes, not characters of base64.
  std::size_t data_size = 0;

  [[nodiscard]] std::size_t size() const noexcept { return data_size + (partition_key ? partition_key->size() : 0); }
};

/// A PutRecords or PutRecord request, read in one pass without a tree and without copying data. It is reused from
/// request to request and keeps its memory. The body must outlive what is read from it.
class PutRequest {
 public:
  /// Throws ApiError SerializationException where the body is not what it should be. `decode` turns base64 into
  /// bytes; without it only lengths are looked at.
  void read_put_records(Protocol protocol, std::string_view body, bool decode);
  void read_put_record(Protocol protocol, std::string_view body, bool decode);

  std::optional<std::string_view> stream_name;
  std::optional<std::string_view> stream_arn;
  std::optional<std::string_view> sequence_number_for_ordering;
  bool dry_run = false;
  bool has_records = false;
  std::vector<PutEntry> entries;

  /// For the readers: keeps a text that had to be unescaped or joined.
  std::string_view own(std::string text);
  /// For the readers: room for a base64 text's bytes inside one buffer as large as the body.
  char* decoded_room(std::size_t size) noexcept;

 private:
  void clear(std::size_t body_size, bool needs_room);
  template <typename Reader>
  void read(Reader& reader, bool several);

  std::deque<std::string> owned_;
  std::unique_ptr<char[]> room_;
  std::size_t room_size_ = 0;
  std::size_t room_used_ = 0;
};

}  // namespace aiokpl::emulator
