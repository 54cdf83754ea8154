#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/input_record.hpp"
#include "cli/ndjson.hpp"
#include "cli/writer.hpp"

namespace aiokpl::cli {

/// What became of the records that were not stored: counted, the first few told on standard error, and all written to
/// a file if one was asked for. Every function may be called from any thread.
class Failures {
 public:
  /// `path` empty: no file. Throws CommandError (usage) when the file cannot be made, or is one of `inputs`: it would
  /// be emptied before it is read.
  Failures(const std::string& path, const std::vector<std::string>& inputs, bool quiet);
  ~Failures();
  Failures(const Failures&) = delete;
  Failures& operator=(const Failures&) = delete;

  void add(const InputRecord& record, const Failure& failure);
  void add_unreadable(const Unreadable& input);
  /// Writes what is left. False when the file could not be written whole, which was said aloud.
  bool finish();

  [[nodiscard]] std::uint64_t count() const;
  [[nodiscard]] std::uint64_t count(std::string_view code) const;
  [[nodiscard]] std::map<std::string, std::uint64_t, std::less<>> by_code() const;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  void count_locked(std::string_view what, const Failure& failure);
  void write_locked();

  const std::string path_;
  const bool quiet_;
  int fd_ = -1;
  mutable std::mutex mutex_;
  std::optional<Writer> writer_;
  std::uint64_t count_ = 0;
  std::map<std::string, std::uint64_t, std::less<>> by_code_;
  bool broken_ = false;
};

}  // namespace aiokpl::cli
