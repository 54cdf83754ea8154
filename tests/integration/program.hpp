#pragma once

#include <csignal>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "integration/child.hpp"

namespace aiokpl::testing {

/// `aiokpl local` in a process of its own, to be killed, stopped and started again on its port. What it had is gone
/// then.
class Program {
 public:
  explicit Program(std::vector<std::string> arguments = {"--stream", "events:2"})
      : arguments_{std::move(arguments)}, child_{start()} {}

  void kill_it() { child_.end(SIGKILL); }
  void start_again() { child_ = start(); }
  /// Stopped, it keeps its port and its connections, and answers nothing.
  void stop() const { child_.signal(SIGSTOP); }
  void go_on() const { child_.signal(SIGCONT); }

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  /// The data of all records of the stream "events", which has to be lines of text.
  [[nodiscard]] std::multiset<std::string> records() const {
    Child tail{{AIOKPL_PROGRAM, "tail", "--stream", "events", "--endpoint-url", url()}};
    std::multiset<std::string> all;
    for (std::string line = tail.line(); !line.empty(); line = tail.line())
      all.insert(line);
    return all;
  }

 private:
  [[nodiscard]] Child start() {
    std::vector<std::string> command{AIOKPL_PROGRAM, "local", "--port", std::to_string(port_)};
    command.insert(command.end(), arguments_.begin(), arguments_.end());
    Child child{std::move(command)};
    const std::string said = child.line();
    const std::size_t at = said.rfind(':');
    if (at == std::string::npos) throw std::runtime_error{"aiokpl local did not start: " + said};
    port_ = static_cast<std::uint16_t>(std::stoul(said.substr(at + 1)));
    return child;
  }

  std::vector<std::string> arguments_;
  std::uint16_t port_ = 0;
  Child child_;
};

}  // namespace aiokpl::testing
