#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <aiokpl/aggregation.hpp>

#include "cli/record_format.hpp"
#include "cli/text.hpp"

namespace aiokpl::cli {

/// How records are printed.
struct TailOutput {
  bool json = false;
  /// Instead of data and a line feed.
  std::optional<RecordFormat> format = std::nullopt;
  /// Aggregates as they are stored.
  bool raw_records = false;
  /// Data that begins like gzip or zstd is unpacked.
  bool decompress = false;
  /// Aggregates that the Kinesis Client Library drops are left out.
  bool kcl = false;
  /// Ends after so many user records.
  std::optional<std::uint64_t> count = std::nullopt;
};

/// A Kinesis record as GetRecords gives it.
struct KinesisRecord {
  std::string_view sequence_number;
  /// Absent where an AUTO stream's record came without one.
  std::optional<std::string_view> partition_key = std::nullopt;
  std::string_view data = {};
  std::optional<WallTime> arrival = std::nullopt;
};

/// Turns Kinesis records into text. What cannot be unpacked is printed as it is, with a warning: nothing that is stored
/// is hidden, except by the KCL's rule.
class TailPrinter {
 public:
  using Warn = std::function<void(const std::string&)>;

  TailPrinter(TailOutput output, Warn warn);

  void print(std::string& out, std::string_view shard_id, const HashKeyRange& range, const KinesisRecord& record);
  /// How many more user records are wanted; nothing: without bound.
  [[nodiscard]] std::optional<std::uint64_t> wanted() const noexcept;
  [[nodiscard]] bool done() const noexcept { return wanted() == 0U; }
  [[nodiscard]] std::uint64_t printed() const noexcept { return printed_; }
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }
  /// Says how many warnings were kept back, if any.
  void finish();

 private:
  void print_aggregate(std::string& out, const KinesisRecord& record, Found found, const Deaggregated& aggregate);
  void print_user_record(std::string& out, InputRecord record, const Found& found);
  void warn(const Found& found, const std::string& what);

  TailOutput output_;
  Warn warn_;
  std::uint64_t printed_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t warnings_ = 0;
};

}  // namespace aiokpl::cli
