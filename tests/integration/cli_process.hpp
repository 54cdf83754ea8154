#pragma once

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace aiokpl::cli_test {

struct Ended {
  /// The exit status; 128 and the number when a signal ended it.
  int status = -1;
  std::string output;
  std::string errors;
};

/// The program as a process, in an environment without anything about AWS but what is given. Its output goes to a
/// file, so that it never waits for the test; what it says on standard error can be waited for. Ended with this object,
/// and after a minute by itself.
class Process {
 public:
  Process(std::vector<std::string> arguments, const std::vector<std::string>& environment) {
    std::array<int, 2> input{};
    std::array<int, 2> errors{};
    std::string name = testing::TempDir() + "aiokpl-output-XXXXXX";
    output_ = mkostemp(name.data(), O_CLOEXEC);
    unlink(name.c_str());
    if (pipe2(input.data(), O_CLOEXEC) != 0 || pipe2(errors.data(), O_CLOEXEC) != 0) std::abort();
    input_ = input[1];
    errors_ = errors[0];
    arguments.insert(arguments.begin(), AIOKPL_PROGRAM);
    std::vector<std::string> variables = environment;
    variables.emplace_back("PATH=/usr/bin:/bin");
    std::vector<char*> argument_list = pointers(arguments);
    std::vector<char*> variable_list = pointers(variables);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(input[0], STDIN_FILENO);
      dup2(output_, STDOUT_FILENO);
      dup2(errors[1], STDERR_FILENO);
      alarm(60);
      execve(AIOKPL_PROGRAM, argument_list.data(), variable_list.data());
      _exit(127);
    }
    close(input[0]);
    close(errors[1]);
  }
  ~Process() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    close_input();
    close(errors_);
    close(output_);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void write_input(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t written = write(input_, text.data(), text.size());
      if (written < 0) return;
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  void close_input() {
    if (input_ >= 0) close(input_);
    input_ = -1;
  }
  void send(int signal) const { kill(pid_, signal); }

  /// Reads standard error until it holds this; false when it ended, or after half a minute.
  [[nodiscard]] bool says(std::string_view text) {
    while (said_.find(text) == std::string::npos) {
      if (!read_errors()) return false;
    }
    return true;
  }

  [[nodiscard]] Ended wait() {
    close_input();
    while (read_errors()) {
    }
    Ended ended;
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    ended.errors = said_;
    std::array<char, 65536> block{};
    lseek(output_, 0, SEEK_SET);
    for (ssize_t got = 0; (got = read(output_, block.data(), block.size())) > 0;)
      ended.output.append(block.data(), static_cast<std::size_t>(got));
    return ended;
  }

 private:
  static std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> list;
    for (std::string& text : texts)
      list.push_back(text.data());
    list.push_back(nullptr);
    return list;
  }
  bool read_errors() {
    pollfd waiting{errors_, POLLIN, 0};
    if (poll(&waiting, 1, 30'000) <= 0) return false;
    std::array<char, 4096> block{};
    const ssize_t got = read(errors_, block.data(), block.size());
    if (got <= 0) return false;
    said_.append(block.data(), static_cast<std::size_t>(got));
    return true;
  }

  pid_t pid_ = -1;
  int input_ = -1;
  int errors_ = -1;
  int output_ = -1;
  std::string said_;
};

}  // namespace aiokpl::cli_test
