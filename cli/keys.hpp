#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/input_record.hpp"

namespace aiokpl::cli {

/// Where a record's keys come from. At most one of each pair is set.
struct KeyRules {
  std::optional<std::string> partition_key = std::nullopt;
  /// JSON pointer into the record.
  std::optional<std::string> partition_key_field = std::nullopt;
  /// What stands before it is the partition key, what follows it the data; a record without it has no key.
  std::optional<std::string> delimiter = std::nullopt;
  std::optional<std::string> explicit_hash_key = std::nullopt;
  std::optional<std::string> explicit_hash_key_field = std::nullopt;
};

/// The text of a field in JSON: of a string its content, of a number or true and false what is written there (a hash
/// key has more digits than a double). Nothing, and `problem` says why, when the text is no JSON, the field is missing,
/// or holds something else.
[[nodiscard]] std::optional<std::string> field_of_json(std::string_view json, std::string_view pointer,
                                                       std::string& problem);

/// Throws CommandError (usage) for what is no JSON pointer (RFC 6901).
void check_pointer(std::string_view flag, std::string_view pointer);

/// Makes a record of a piece of input. False, and `problem` says why, when a field has no key to give.
[[nodiscard]] bool apply_keys(const KeyRules& rules, std::string_view bytes, InputBatch& batch, InputRecord& record,
                              std::string& problem);

}  // namespace aiokpl::cli
