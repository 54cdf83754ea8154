#include "cli/signals.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <system_error>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace aiokpl::cli {
namespace {

int checked(int fd, const char* what) {
  if (fd < 0) throw std::system_error{errno, std::generic_category(), what};
  return fd;
}

sigset_t watched() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

void write_event(int fd) noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(fd, &one, sizeof one);  // fails only when it is readable already
}

}  // namespace

SignalWatch::SignalWatch(Handler handler) : handler_{std::move(handler)} {
  const sigset_t signals = watched();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal_fd_ = checked(::signalfd(-1, &signals, SFD_CLOEXEC), "signalfd");
  end_fd_ = checked(::eventfd(0, EFD_CLOEXEC), "eventfd");
  call_fd_ = checked(::eventfd(0, EFD_CLOEXEC), "eventfd");
  thread_ = std::thread{[this] { run(); }};
}

SignalWatch::~SignalWatch() {
  write_event(end_fd_);
  thread_.join();
  ::close(signal_fd_);
  ::close(end_fd_);
  ::close(call_fd_);
  const sigset_t signals = watched();
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

void SignalWatch::call() noexcept {
  write_event(call_fd_);
}

void SignalWatch::run() {
  for (int count = 0;;) {
    std::array<pollfd, 3> waiting{pollfd{signal_fd_, POLLIN, 0}, pollfd{end_fd_, POLLIN, 0},
                                  pollfd{call_fd_, POLLIN, 0}};
    if (::poll(waiting.data(), waiting.size(), -1) < 0) continue;  // EINTR
    if (waiting[1].revents != 0) return;
    if (waiting[2].revents != 0) {
      std::uint64_t calls = 0;
      if (::read(call_fd_, &calls, sizeof calls) == sizeof calls) handler_(0, count);
    }
    if (waiting[0].revents == 0) continue;
    signalfd_siginfo signal{};
    if (::read(signal_fd_, &signal, sizeof signal) != sizeof signal) continue;
    handler_(static_cast<int>(signal.ssi_signo), ++count);
  }
}

StopSwitch::StopSwitch() : fd_{checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")} {}

StopSwitch::~StopSwitch() {
  ::close(fd_);
}

void StopSwitch::stop() noexcept {
  write_event(fd_);
}

void ignore_broken_pipes() noexcept {
  std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace aiokpl::cli
