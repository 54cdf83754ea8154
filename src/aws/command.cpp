#include "aws/command.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aws/secrets.hpp"

#ifndef __GLIBC_PREREQ
#define __GLIBC_PREREQ(major, minor) 0
#endif

namespace aiokpl::aws {
namespace {

using Clock = std::chrono::steady_clock;

/// How often a thing that no descriptor tells of is looked at.
constexpr std::chrono::milliseconds look{20};

std::string words_of(int number) {
  return std::system_category().message(number);
}

struct Pipe {
  Pipe() {
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error{"no pipe: " + words_of(errno)};
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  void close_end(std::size_t end) {
    if (ends[end] >= 0) close(ends[end]);
    ends[end] = -1;
  }
  std::array<int, 2> ends{-1, -1};
};

/// What the child is to have: posix_spawn's two objects, filled.
struct Manner {
  explicit Manner(int output) {
    check(posix_spawn_file_actions_init(&actions));
    check(posix_spawnattr_init(&attributes));
    // The output first: where our own input is closed it may be the pipe that has its number.
    check(posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO));
    check(posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0));
    check(posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0));
#if __GLIBC_PREREQ(2, 34)
    check(posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1));
#endif
    sigset_t none;
    sigemptyset(&none);
    check(posix_spawnattr_setsigmask(&attributes, &none));
    sigset_t usual;
    sigemptyset(&usual);
    for (const int number : {SIGPIPE, SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGCHLD})
      sigaddset(&usual, number);
    check(posix_spawnattr_setsigdefault(&attributes, &usual));
    // A group of its own, to be killed as a whole.
    check(posix_spawnattr_setpgroup(&attributes, 0));
    check(
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP));
  }
  Manner(const Manner&) = delete;
  Manner& operator=(const Manner&) = delete;
  ~Manner() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }

  static void check(int number) {
    if (number != 0) throw std::runtime_error{words_of(number)};
  }

  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

/// A child of ours from its start to its end: none is left behind, neither running nor dead.
class Child {
 public:
  Child(const std::vector<std::string>& words, int output) {
    const Manner manner{output};
    std::vector<char*> arguments;
    for (const std::string& word : words)
      arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    Manner::check(
        posix_spawnp(&process_, arguments.front(), &manner.actions, &manner.attributes, arguments.data(), environ));
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (ended_) return;
    kill(-process_, SIGKILL);
    static_cast<void>(reap(0));
  }

  /// Whether it has ended.
  bool reap(int options = WNOHANG) {
    if (ended_) return true;
    int status = 0;
    pid_t got = 0;
    do {
      got = waitpid(process_, &status, options);
    } while (got < 0 && errno == EINTR);
    if (got == 0) return false;
    ended_ = true;
    // Where the program around us takes in its children itself, or has them ignored, the end is not told here.
    if (got > 0) exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return true;
  }

  /// For what it started and left behind, with our pipe in hand.
  void kill_group() const { kill(-process_, SIGKILL); }
  [[nodiscard]] int exit_code() const noexcept { return exit_code_; }

 private:
  pid_t process_ = 0;
  bool ended_ = false;
  int exit_code_ = 0;
};

/// Why waiting ends before the child does; empty while it goes on.
std::string interruption(Clock::time_point end, const CommandLimits& limits, const std::stop_token& stop) {
  if (stop.stop_requested()) return "was given up";
  if (Clock::now() < end) return {};
  return "did not end within " + std::to_string(limits.time.count()) + " ms";
}

/// Reads to the end of what the child writes; says what went wrong.
std::string read_output(int descriptor, std::string& output, Clock::time_point end, const CommandLimits& limits,
                        const std::stop_token& stop) {
  // As large as it may become: a string that grows leaves copies of the secret behind.
  output.assign(limits.output + 1, '\0');
  std::size_t size = 0;
  std::string problem;
  while (problem.empty()) {
    pollfd readable{descriptor, POLLIN, 0};
    const int ready = poll(&readable, 1, static_cast<int>(look.count()));
    if (ready <= 0) {
      problem = interruption(end, limits, stop);
      continue;
    }
    const ssize_t n = read(descriptor, output.data() + size, output.size() - size);
    if (n < 0 && errno != EINTR) problem = "could not be read from: " + words_of(errno);
    if (n == 0) break;
    if (n > 0) size += static_cast<std::size_t>(n);
    if (size > limits.output) problem = "wrote more than " + std::to_string(limits.output) + " bytes";
    if (problem.empty()) problem = interruption(end, limits, stop);
  }
  output.resize(size);
  return problem;
}

std::string await_end(Child& child, Clock::time_point end, const CommandLimits& limits, const std::stop_token& stop) {
  std::string problem;
  while (!child.reap() && problem.empty()) {
    poll(nullptr, 0, 1);
    problem = interruption(end, limits, stop);
  }
  return problem;
}

void run(CommandResult& result, const std::vector<std::string>& words, const CommandLimits& limits,
         const std::stop_token& stop) {
  const auto end = Clock::now() + limits.time;
  Pipe pipe;
  Child child{words, pipe.ends[1]};
  result.started = true;
  pipe.close_end(1);
  std::string problem = read_output(pipe.ends[0], result.output, end, limits, stop);
  if (problem.empty()) problem = await_end(child, end, limits, stop);
  if (!problem.empty()) {
    child.kill_group();
    throw std::runtime_error{problem};
  }
  result.exit_code = child.exit_code();
}

}  // namespace

CommandResult::~CommandResult() {
  wipe(output);
}

CommandWords split_command(std::string_view command) {
  CommandWords result;
  std::string word;
  bool inside = false;  // of a word, which may be empty: ''
  char quote = '\0';
  for (std::size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    const bool last = i + 1 == command.size();
    if (quote == '\0' && (c == ' ' || c == '\t' || c == '\r' || c == '\n')) {
      if (inside) result.words.push_back(word);
      word.clear();
      inside = false;
      continue;
    }
    inside = true;
    if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = '\0';
    } else if (c == '\\' && quote != '\'') {
      if (last) return {.problem = "ends with a backslash"};
      const char next = command[++i];
      if (quote == '"' && next != '"' && next != '\\') word += c;
      word += next;
    } else {
      word += c;
    }
  }
  if (quote != '\0') return {.problem = std::string{"has a "} + quote + " that is not closed"};
  if (inside) result.words.push_back(word);
  if (result.words.empty()) return {.problem = "is empty"};
  return result;
}

CommandResult run_command(const std::vector<std::string>& words, const CommandLimits& limits,
                          const std::stop_token& stop) {
  CommandResult result;
  const std::string program = quotable(words.at(0));
  try {
    run(result, words, limits, stop);
  } catch (const std::runtime_error& error) {
    result.problem = program + ": " + error.what();
  }
  return result;
}

}  // namespace aiokpl::aws
