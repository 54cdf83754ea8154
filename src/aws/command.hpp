#pragma once

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

/// Running another program for what it prints.
namespace aiokpl::aws {

/// A command's words; on `problem` there are none.
struct CommandWords {
  std::vector<std::string> words = {};
  std::string problem = {};
};

/// Splits as a POSIX shell would, without any of its expansions: blanks separate; '...' is literal; in "..." a
/// backslash stands before " and \; elsewhere before anything. A quote that does not end is a problem, and so is a
/// backslash at the very end.
[[nodiscard]] CommandWords split_command(std::string_view command);

struct CommandLimits {
  std::chrono::milliseconds time{60'000};
  std::size_t output = std::size_t{64} << 10;  ///< Bytes.
};

/// What a program did. The destructor wipes the output.
struct CommandResult {
  bool started = false;
  int exit_code = 0;
  std::string output = {};
  /// Why there is no output, in words that name the program and none of its arguments.
  std::string problem = {};

  ~CommandResult();
};

/// Runs a program, looked up along PATH, and waits for its end. It gets this process's environment, but neither its
/// standard input nor its standard error: what it has to say there may be secret. It has none of our other descriptors
/// (where the C library can see to that: glibc 2.34) and no signal blocked or ignored. When time or room is used up, or
/// `stop` asks for it, it is killed with all that it started. Any thread; blocks.
[[nodiscard]] CommandResult run_command(const std::vector<std::string>& words, const CommandLimits& limits,
                                        const std::stop_token& stop);

}  // namespace aiokpl::aws
