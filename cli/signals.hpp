#pragma once

#include <functional>
#include <thread>

namespace aiokpl::cli {

/// Takes SIGINT and SIGTERM on a thread of its own while it lives. Make it before any other thread starts, since
/// threads inherit which signals they block.
class SignalWatch {
 public:
  /// Called on the watch's thread: the number of the signal, 0 for `call`, and how many signals there were.
  using Handler = std::function<void(int number, int count)>;

  explicit SignalWatch(Handler handler);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  /// Has the handler called as for a signal, with the number 0. Any thread; returns at once.
  void call() noexcept;

 private:
  void run();

  Handler handler_;
  int signal_fd_ = -1;
  int end_fd_ = -1;
  int call_fd_ = -1;
  std::thread thread_;
};

/// A switch that `poll` can wait for. Thread-safe.
class StopSwitch {
 public:
  StopSwitch();
  ~StopSwitch();
  StopSwitch(const StopSwitch&) = delete;
  StopSwitch& operator=(const StopSwitch&) = delete;

  /// Readable from now on. Never reset.
  void stop() noexcept;
  [[nodiscard]] int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

/// A write to a pipe that nobody reads becomes an error instead of the end of the process.
void ignore_broken_pipes() noexcept;

}  // namespace aiokpl::cli
