#pragma once

#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace aiokpl::testing {

/// A program of ours in a process of its own, whose lines on standard output can be waited for. Its standard error is
/// the test's. It ends with its standard input, or with this object at the latest.
class Child {
 public:
  /// Throws std::system_error where it cannot be started. `settings`: "NAME=value", beside this process's environment.
  explicit Child(std::vector<std::string> command, std::vector<std::string> settings = {}) {
    std::array<int, 2> input{};
    std::array<int, 2> output{};
    if (pipe2(input.data(), O_CLOEXEC) != 0 || pipe2(output.data(), O_CLOEXEC) != 0) fail(errno, "pipe");
    input_ = input[1];
    output_ = output[0];
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
    std::vector<char*> variables;
    for (std::string& setting : settings)
      variables.push_back(setting.data());
    for (char** variable = environ; *variable != nullptr; ++variable)
      variables.push_back(*variable);
    variables.push_back(nullptr);
    std::vector<char*> words;
    for (std::string& word : command)
      words.push_back(word.data());
    words.push_back(nullptr);
    const int error = posix_spawnp(&pid_, words[0], &actions, nullptr, words.data(), variables.data());
    posix_spawn_file_actions_destroy(&actions);
    close(input[0]);
    close(output[1]);
    if (error != 0) {
      pid_ = -1;
      close_ends();
      fail(error, command.front().c_str());
    }
  }
  Child(Child&& other) noexcept
      : pid_{std::exchange(other.pid_, -1)},
        input_{std::exchange(other.input_, -1)},
        output_{std::exchange(other.output_, -1)},
        said_{std::move(other.said_)} {}
  Child& operator=(Child&& other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(input_, other.input_);
    std::swap(output_, other.output_);
    std::swap(said_, other.said_);
    return *this;
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ > 0) static_cast<void>(end(SIGKILL));
    close_ends();
  }

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  void signal(int number) const { kill(pid_, number); }
  /// Sends a signal and waits for the end; the status as waitpid gives it.
  int end(int number) {
    kill(pid_, number);
    return wait();
  }
  int wait() {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }

  /// Its next line, without the line feed; empty when it ended, or was silent for a minute.
  [[nodiscard]] std::string line() {
    std::size_t end = 0;
    while ((end = said_.find('\n')) == std::string::npos) {
      if (!read_more()) return {};
    }
    std::string first = said_.substr(0, end);
    said_.erase(0, end + 1);
    return first;
  }
  /// Everything until it closes its output.
  [[nodiscard]] std::string rest() {
    while (read_more()) {
    }
    return std::exchange(said_, {});
  }
  void say(std::string_view line) const {
    const std::string text = std::string{line} + "\n";
    if (write(input_, text.data(), text.size()) < 0) fail(errno, "write");
  }

 private:
  [[noreturn]] static void fail(int error, const char* what) {
    throw std::system_error{error, std::generic_category(), what};
  }
  bool read_more() {
    pollfd waiting{output_, POLLIN, 0};
    if (poll(&waiting, 1, 60'000) <= 0) return false;
    std::array<char, 4096> block{};
    const ssize_t got = read(output_, block.data(), block.size());
    if (got <= 0) return false;
    said_.append(block.data(), static_cast<std::size_t>(got));
    return true;
  }
  void close_ends() const {
    for (const int end : {input_, output_})
      if (end >= 0) close(end);
  }

  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
  std::string said_;
};

}  // namespace aiokpl::testing
