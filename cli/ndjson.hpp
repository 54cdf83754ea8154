#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <aiokpl/record.hpp>

#include "cli/input_record.hpp"
#include "cli/text.hpp"

/// Records as JSON objects, one on a line: what `tail --json` prints, `put --failed` writes and `put --ndjson` reads.
/// Text in UTF-8 stands in "data" and "partition_key", other bytes in "data_base64" and "partition_key_base64".
namespace aiokpl::cli {

/// Where a consumer found a record.
struct Found {
  std::string_view shard_id;
  std::string_view sequence_number;
  /// Its place in an aggregate; absent for a raw record.
  std::optional<std::uint64_t> subsequence_number = std::nullopt;
  std::optional<WallTime> arrival = std::nullopt;
};

/// Why a record was not stored.
struct Failure {
  std::string_view code;
  std::string_view message;
  std::uint64_t attempts = 0;
};

void append_json_string(std::string& out, std::string_view text);
/// Each writes one line.
void append_found(std::string& out, const InputRecord& record, const Found& found);
void append_failed(std::string& out, const InputRecord& record, const Failure& failure);
/// Input that is no record: {"unreadable": ..., "error": ...}. `put` refuses it again, so that it is not lost.
void append_unreadable(std::string& out, std::string_view bytes, const Failure& failure);

/// Reads one object. Fields that it does not know are passed over. False, and `problem` says why, for anything else.
[[nodiscard]] bool read_ndjson(std::string_view line, InputBatch& batch, InputRecord& record, std::string& problem);
/// What an object that `append_unreadable` wrote holds; nothing when the line is no such object.
[[nodiscard]] std::optional<std::string> read_unreadable(std::string_view line);

}  // namespace aiokpl::cli
