#include "cli/input.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/exit_status.hpp"

namespace aiokpl::cli {
namespace {

constexpr std::size_t read_size = std::size_t{1} << 20;
// So much of a record that cannot be read goes into a report.
constexpr std::size_t shown_of_unreadable = 1024;

std::string reason() {
  return std::generic_category().message(errno);
}

std::string shown(const std::string& file) {
  return file == "-" ? "standard input" : file;
}

int open_file(const std::string& file) {
  int fd = -1;
  do {
    fd = file == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

}  // namespace

Input::Input(std::vector<std::string> files, Framing framing, int stop_fd, std::size_t limit)
    : files_{std::move(files)}, framing_{framing}, stop_fd_{stop_fd}, limit_{limit} {
  if (files_.empty()) files_.emplace_back("-");
}

Input::~Input() {
  close_file();
}

void Input::check(const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    // Opening a FIFO would wait for its writer, and to close it again would lose what that writes.
    struct stat facts{};
    if (file != "-" && ::stat(file.c_str(), &facts) != 0) {
      throw CommandError{ExitStatus::usage, file + ": " + reason()};
    }
    if (file != "-" && S_ISDIR(facts.st_mode)) throw CommandError{ExitStatus::usage, file + ": is a directory"};
    if (file != "-" && ::access(file.c_str(), R_OK) != 0) {
      throw CommandError{ExitStatus::usage, file + ": " + reason()};
    }
  }
}

void Input::close_file() noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

bool Input::open_next() {
  close_file();
  if (next_file_ == files_.size()) return false;
  const std::string& file = files_[next_file_++];
  fd_ = open_file(file);
  if (fd_ < 0) throw CommandError{ExitStatus::nothing_done, shown(file) + ": " + reason()};
  at_end_ = false;
  skipping_ = false;
  begin_ = end_ = 0;
  return true;
}

bool Input::wait_for_input() {
  if (stop_fd_ < 0) return true;
  std::array<pollfd, 2> waiting{pollfd{fd_, POLLIN, 0}, pollfd{stop_fd_, POLLIN, 0}};
  while (::poll(waiting.data(), waiting.size(), -1) < 0) {
    if (errno != EINTR) throw CommandError{ExitStatus::nothing_done, "waiting for input: " + reason()};
  }
  return waiting[1].revents == 0;
}

bool Input::more_to_read() const {
  if (next_file_ < files_.size()) return true;
  struct stat facts{};
  if (::fstat(fd_, &facts) == 0 && S_ISREG(facts.st_mode)) return ::lseek(fd_, 0, SEEK_CUR) < facts.st_size;
  int waiting = 0;
  return ::ioctl(fd_, FIONREAD, &waiting) == 0 && waiting > 0;
}

// Makes room, moving what is left of the last piece to the front, and reads once.
bool Input::fill() {
  if (!wait_for_input()) {
    stopped_ = true;
    left_over_ = end_ - begin_;
    cut_short_ = left_over_ > 0 || more_to_read();
    return false;
  }
  const std::size_t kept = end_ - begin_;
  if (capacity_ - kept < read_size) {
    // Twice as large each time, or a long line would be copied once for each read.
    const std::size_t larger = std::max(2 * capacity_, kept + read_size);
    std::unique_ptr<char[]> grown{new char[larger]};
    if (kept > 0) std::memcpy(grown.get(), buffer_.get() + begin_, kept);
    buffer_ = std::move(grown);
    capacity_ = larger;
  } else if (begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, kept);
  }
  begin_ = 0;
  end_ = kept;
  ssize_t got = 0;
  do {
    got = ::read(fd_, buffer_.get() + end_, std::min(capacity_ - end_, read_size));
  } while (got < 0 && errno == EINTR);
  if (got < 0) throw CommandError{ExitStatus::nothing_done, shown(files_[next_file_ - 1]) + ": " + reason()};
  if (got == 0) at_end_ = true;
  end_ += static_cast<std::size_t>(got);
  return true;
}

// Throws away the rest of a line that is too long.
void Input::skip_line() {
  if (!skipping_) return;
  const void* const found = end_ > begin_ ? std::memchr(buffer_.get() + begin_, '\n', end_ - begin_) : nullptr;
  if (found == nullptr) {
    begin_ = end_;
    return;
  }
  begin_ = static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.get()) + 1;
  skipping_ = false;
}

void Input::give_up(Piece& piece) {
  piece.bytes = piece.bytes.substr(0, shown_of_unreadable);
  const bool lines = framing_ != Framing::length_prefixed;
  if (lines) {
    piece.problem = "a line longer than is read (64 MiB); only its beginning is here";
  } else {
    piece.problem = "a length prefix that the input does not keep; the rest of this input was not read";
    at_end_ = true;
    begin_ = end_;
  }
}

void Input::cut(std::vector<Piece>& pieces) {
  skip_line();
  for (;;) {
    const std::string_view rest{buffer_.get() + begin_, end_ - begin_};
    const Cut next = framing_ == Framing::length_prefixed ? cut_length_prefixed(rest, at_end_, limit_)
                                                          : cut_line(rest, at_end_, limit_);
    if (next.kind == Cut::Kind::more || next.kind == Cut::Kind::none) return;
    begin_ += next.consumed;
    Piece& piece = pieces.emplace_back(Piece{next.bytes});
    if (next.kind == Cut::Kind::piece) continue;
    // A line feed within the limit's reach ends the line; else the rest of it is still to come.
    skipping_ = next.kind == Cut::Kind::too_long && next.consumed == next.bytes.size();
    give_up(piece);
    if (next.kind == Cut::Kind::broken || skipping_) return;
  }
}

bool Input::next(std::vector<Piece>& pieces) {
  pieces.clear();
  while (pieces.empty() && !stopped_) {
    if (fd_ < 0 || (at_end_ && begin_ == end_)) {
      if (!open_next()) return false;
    }
    if (!fill()) return false;
    cut(pieces);
  }
  return !pieces.empty();
}

}  // namespace aiokpl::cli
