#include "cli/writer.hpp"

#include <cerrno>
#include <system_error>

#include <poll.h>
#include <unistd.h>

namespace aiokpl::cli {
namespace {

constexpr std::size_t enough = std::size_t{64} << 10;

void wait_until_writable(int fd) {
  pollfd waiting{fd, POLLOUT, 0};
  ::poll(&waiting, 1, -1);
}

}  // namespace

Writer::Writer(int fd, std::string name) : fd_{fd}, name_{std::move(name)} {}

// What was not flushed is given up: its owner has heard why, or did not care.
Writer::~Writer() = default;

void Writer::pass_on() {
  if (buffer_.size() >= enough) flush();
}

void Writer::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t written = ::write(fd_, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    const int error = errno;
    if (error == EINTR) continue;
    if (error == EAGAIN || error == EWOULDBLOCK) {
      wait_until_writable(fd_);
      continue;
    }
    buffer_.erase(0, buffer_.size() - rest.size());
    if (error == EPIPE) throw BrokenPipe{};
    throw std::system_error{error, std::generic_category(), name_};
  }
  buffer_.clear();
}

bool Writer::reader_gone() const noexcept {
  pollfd asked{fd_, 0, 0};
  return ::poll(&asked, 1, 0) > 0 && (asked.revents & (POLLERR | POLLNVAL)) != 0;
}

}  // namespace aiokpl::cli
