#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aiokpl::cli {

/// A record as it was put, and as it was read. Its key is its own.
struct DemoRecord {
  std::string key;
  std::string data;
};

/// What a comparison found. Numbers of records.
struct DemoComparison {
  /// Put, and not read.
  std::size_t missing = 0;
  /// Read at least once with other bytes than were put.
  std::size_t different = 0;
  /// Read, and not put: nobody knows their key.
  std::size_t unknown = 0;
  /// Readings of a record beyond its first. Kinesis promises "at least once", so this is no fault.
  std::size_t duplicates = 0;
  /// The first that went wrong, in words.
  std::optional<std::string> example = std::nullopt;

  [[nodiscard]] bool identical() const noexcept { return missing == 0 && different == 0 && unknown == 0; }
};

/// Compares byte for byte, in any order.
[[nodiscard]] DemoComparison compare(const std::vector<DemoRecord>& put, const std::vector<DemoRecord>& read);

/// A record for every line, its line feed included, `copies` times over, each under a key of its own. The data of one
/// copy's records is the text.
[[nodiscard]] std::vector<DemoRecord> demo_records(std::string_view text, std::size_t copies);

}  // namespace aiokpl::cli
