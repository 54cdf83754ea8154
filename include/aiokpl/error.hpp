#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <aiokpl/export.hpp>

namespace aiokpl {

/// A bad argument of a call. The message names the field, the value and what is allowed; nothing was queued.
class AIOKPL_EXPORT InvalidArgument : public std::invalid_argument {
 public:
  InvalidArgument(std::string field, const std::string& message)
      : std::invalid_argument{field + ": " + message}, field_{std::move(field)} {}
  ~InvalidArgument() override;

  [[nodiscard]] const std::string& field() const noexcept { return field_; }

 private:
  std::string field_;
};

/// Every wrong field of a Config at once, each as "name: what is allowed, and the value".
class AIOKPL_EXPORT ConfigError : public std::invalid_argument {
 public:
  explicit ConfigError(std::vector<std::string> problems);
  ~ConfigError() override;

  [[nodiscard]] const std::vector<std::string>& problems() const noexcept { return problems_; }

 private:
  std::vector<std::string> problems_;
};

/// The producer takes no more records: `close` or `abort` was called, or it is being destroyed.
class AIOKPL_EXPORT ProducerClosed : public std::runtime_error {
 public:
  ProducerClosed() : std::runtime_error{"Producer is closed"} {}
  ~ProducerClosed() override;
};

/// A wait with a time limit ran out. What was waited for goes on.
class AIOKPL_EXPORT TimeoutError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  ~TimeoutError() override;
};

/// A wait on an outcome whose handle was let go of with `cancel`.
class AIOKPL_EXPORT OutcomeCancelled : public std::logic_error {
 public:
  OutcomeCancelled() : std::logic_error{"The outcome was cancelled"} {}
  ~OutcomeCancelled() override;
};

}  // namespace aiokpl
