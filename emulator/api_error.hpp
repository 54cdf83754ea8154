#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace aiokpl::emulator {

/// What the service answers instead of a result: an HTTP status, an error type and a message.
class ApiError : public std::runtime_error {
 public:
  ApiError(int status, std::string code, std::string message)
      : std::runtime_error{code + ": " + message},
        status_{status},
        code_{std::move(code)},
        message_{std::move(message)} {}
  /// Nearly every error of this API is a 400.
  ApiError(std::string code, std::string message) : ApiError{400, std::move(code), std::move(message)} {}

  [[nodiscard]] int status() const noexcept { return status_; }
  [[nodiscard]] const std::string& code() const noexcept { return code_; }
  [[nodiscard]] const std::string& message() const noexcept { return message_; }

 private:
  int status_;
  std::string code_;
  std::string message_;
};

/// The account in every ARN and message.
inline constexpr const char* account_id = "000000000000";

}  // namespace aiokpl::emulator
