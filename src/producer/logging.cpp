#include "producer/logging.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include <unistd.h>

namespace aiokpl::detail {
namespace {

constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warning", "error"};

std::string repeated_note(std::uint64_t count, std::chrono::steady_clock::duration time) {
  const auto seconds = std::chrono::round<std::chrono::seconds>(time).count();
  return " (repeated " + std::to_string(count) + (count == 1 ? " time" : " times") + " in the last " +
         std::to_string(std::max<std::int64_t>(seconds, 1)) + " s)";
}

}  // namespace

std::optional<LogLevel> parse_log_level(std::string_view text) noexcept {
  for (std::size_t i = 0; i < level_names.size(); ++i) {
    if (level_names[i] == text) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

std::string_view to_string(LogLevel level) noexcept {
  const auto index = static_cast<std::size_t>(level);
  return index < level_names.size() ? level_names[index] : "unknown";
}

std::string StderrLogger::line(LogLevel level, std::string_view message, std::chrono::system_clock::time_point when) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(when);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(milliseconds);
  const std::time_t time = std::chrono::system_clock::to_time_t(seconds);
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 40> stamp{};
  const std::size_t used = std::strftime(stamp.data(), stamp.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 8> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>((milliseconds - seconds).count()));
  std::string text{stamp.data(), used};
  text.append(fraction.data()).append(" aiokpl ").append(to_string(level)).append(": ");
  // A line break out of a service's message must not forge a line.
  for (const char character : message)
    text += character == '\n' || character == '\r' ? ' ' : character;
  return text + '\n';
}

void StderrLogger::log(LogLevel level, std::string_view message) {
  const std::string text = line(level, message, std::chrono::system_clock::now());
  // Not std::cerr, which would cut lines of several producers into one another. A stderr that is closed or full has
  // nobody who could be told.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

Log::Log(std::shared_ptr<Logger> logger, LogLevel lowest) : logger_{std::move(logger)}, lowest_{lowest} {}

Log::Log(std::shared_ptr<Logger> logger, const char* environment) : logger_{std::move(logger)} {
  if (logger_ != nullptr || environment == nullptr || *environment == '\0') return;
  logger_ = std::make_shared<StderrLogger>();
  const auto level = parse_log_level(environment);
  lowest_ = level.value_or(LogLevel::warning);
  if (!level) write(LogLevel::warning, "AIOKPL_LOG must be debug, info, warning or error; taken for warning");
}

void Log::log(LogLevel level, std::string_view key, std::string_view message, TimePoint now) noexcept {
  if (!wants(level)) return;
  const std::lock_guard lock{mutex_};
  try {
    const auto found = repeated_.find(key);
    if (found == repeated_.end()) {
      if (repeated_.size() >= most_keys) make_room();
      repeated_.emplace(std::string{key}, Repeated{now, now, 0, level, {}});
      write(level, message);
      return;
    }
    Repeated& entry = found->second;
    entry.last = now;
    if (now - entry.written < interval) {
      ++entry.count;
      entry.level = level;
      entry.message = message;
      return;
    }
    const std::string note = entry.count == 0 ? std::string{} : repeated_note(entry.count, now - entry.written);
    write(level, std::string{message} + note);
    entry.written = now;
    entry.count = 0;
  } catch (const std::bad_alloc&) {
    write(level, message);  // without memory to count in, repeating is better than silence
  }
}

void Log::flush(TimePoint now) noexcept {
  const std::lock_guard lock{mutex_};
  for (auto& [key, entry] : repeated_) {
    if (entry.count == 0) continue;
    try {
      write(entry.level, entry.message + repeated_note(entry.count, now - entry.written));
    } catch (const std::bad_alloc&) {
      write(entry.level, entry.message);
    }
    entry.written = now;
    entry.count = 0;
  }
}

void Log::write(LogLevel level, std::string_view message) noexcept {
  try {
    logger_->log(level, message);
  } catch (...) {
    exceptions_.fetch_add(1, std::memory_order_relaxed);
  }
}

void Log::make_room() {
  const auto quietest = std::min_element(repeated_.begin(), repeated_.end(), [](const auto& left, const auto& right) {
    return left.second.last < right.second.last;
  });
  if (quietest != repeated_.end()) repeated_.erase(quietest);
}

}  // namespace aiokpl::detail
