#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include <aiokpl/logger.hpp>

namespace aiokpl::testing {

/// What a producer says, all of it, a line each. Any thread.
class Words final : public Logger {
 public:
  void log(LogLevel /*level*/, std::string_view message) override {
    const std::lock_guard lock{mutex_};
    text_.append(message).append("\n");
  }
  [[nodiscard]] std::string text() const {
    const std::lock_guard lock{mutex_};
    return text_;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

}  // namespace aiokpl::testing
