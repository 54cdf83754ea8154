#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <aiokpl/record.hpp>

namespace aiokpl::cli {

/// A record as it was read. It views the input's buffer, or the batch's own texts.
struct InputRecord {
  std::optional<std::string_view> partition_key = std::nullopt;
  std::optional<std::string_view> explicit_hash_key = std::nullopt;
  std::string_view data = {};
  std::span<const Tag> tags = {};
};

/// Input that is no record.
struct Unreadable {
  /// The input itself, or its beginning where it is too long to be kept.
  std::string bytes;
  std::string code;
  std::string message;
};

/// What was read in one go. Records stay valid until the next batch is read.
struct InputBatch {
  std::vector<InputRecord> records;
  std::vector<Unreadable> unreadable;
  // A deque: what records view must not move.
  std::deque<std::string> texts;
  std::deque<std::vector<Tag>> tags;

  void clear() {
    records.clear();
    unreadable.clear();
    texts.clear();
    tags.clear();
  }
  std::string_view keep(std::string text) { return texts.emplace_back(std::move(text)); }
};

/// Codes that this program gives to records, beside the library's and the service's.
namespace input_error {
inline constexpr const char* unreadable = "Unreadable";
inline constexpr const char* no_key = "NoKey";
inline constexpr const char* refused = "Refused";
}  // namespace input_error

}  // namespace aiokpl::cli
