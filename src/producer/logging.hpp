#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <aiokpl/logger.hpp>

namespace aiokpl::detail {

/// "debug", "info", "warning" or "error"; nothing for any other word.
[[nodiscard]] std::optional<LogLevel> parse_log_level(std::string_view text) noexcept;
[[nodiscard]] std::string_view to_string(LogLevel level) noexcept;

/// Writes lines such as "2026-01-31T12:00:00.123Z aiokpl warning: ..." to stderr, each with one write.
class StderrLogger final : public Logger {
 public:
  void log(LogLevel level, std::string_view message) override;
  /// The line that `log` writes.
  [[nodiscard]] static std::string line(LogLevel level, std::string_view message,
                                        std::chrono::system_clock::time_point when);
};

/// The library's words on their way to a Logger. What repeats is counted instead of repeated: of the messages with one
/// key the first is written, later ones within the interval are counted, and the next one after it says how many there
/// were. Thread-safe; the logger is called by one thread at a time. An exception out of it is counted.
///
/// A logger must not make the library log on the same thread: that would wait for itself.
class Log {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds interval{10};
  /// Beyond so many keys the one that was quiet for longest is forgotten, count and all.
  static constexpr std::size_t most_keys = 256;

  /// `logger` gets every level. Without one, `environment` (the value of AIOKPL_LOG, null if there is none) switches
  /// stderr on; a word that is no level is told there once, as a warning, and counts as "warning".
  Log(std::shared_ptr<Logger> logger, const char* environment);
  /// Everything of at least `lowest` goes to `logger`; null is silence.
  Log(std::shared_ptr<Logger> logger, LogLevel lowest);

  /// One load: ask before making a message that costs.
  [[nodiscard]] bool wants(LogLevel level) const noexcept { return logger_ != nullptr && level >= lowest_; }
  /// `key` says which messages are the same, their numbers aside: "list_shards_failed/my-stream". The message must
  /// hold neither a secret nor a record's data.
  void log(LogLevel level, std::string_view key, std::string_view message, TimePoint now) noexcept;
  /// Says what was counted and has not been told, as at the end of a producer.
  void flush(TimePoint now) noexcept;

  /// Exceptions out of the logger.
  [[nodiscard]] std::uint64_t exceptions() const noexcept { return exceptions_.load(std::memory_order_relaxed); }

 private:
  struct Repeated {
    TimePoint written;
    TimePoint last;
    std::uint64_t count = 0;
    LogLevel level = LogLevel::info;
    std::string message;
  };

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };

  void write(LogLevel level, std::string_view message) noexcept;
  void make_room();

  std::shared_ptr<Logger> logger_;
  LogLevel lowest_ = LogLevel::debug;
  std::mutex mutex_;
  std::unordered_map<std::string, Repeated, Hash, std::equal_to<>> repeated_;
  std::atomic<std::uint64_t> exceptions_{0};
};

}  // namespace aiokpl::detail
