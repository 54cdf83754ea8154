#pragma once

#include <stdexcept>
#include <string>

namespace aiokpl::cli {

/// What the program ends with; scripts rely on them, the man page lists them.
enum ExitStatus : int {
  success = 0,
  some_failed = 1,           ///< Some records were not stored; in the demo: something differed.
  usage = 2,                 ///< The command line or the configuration is wrong; nothing was tried.
  nothing_done = 3,          ///< No credentials, no endpoint, no such stream, no permission.
  failures_not_written = 4,  ///< The file for failed records, or standard output, could not be written.
  interrupted = 130,         ///< Ended by a signal before everything was stored.
};

/// Ends the program with one line on standard error and this status.
class CommandError : public std::runtime_error {
 public:
  CommandError(ExitStatus status, const std::string& message) : std::runtime_error{message}, status_{status} {}
  [[nodiscard]] ExitStatus status() const noexcept { return status_; }

 private:
  ExitStatus status_;
};

}  // namespace aiokpl::cli
