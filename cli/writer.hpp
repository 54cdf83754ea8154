#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace aiokpl::cli {

/// The reader of a pipe has gone: nobody wants to hear more.
class BrokenPipe : public std::runtime_error {
 public:
  BrokenPipe() : std::runtime_error{"the reader has gone"} {}
};

/// Writes to a file descriptor, gathered into large writes.
class Writer {
 public:
  /// Does not own `fd`. `name` stands in errors.
  Writer(int fd, std::string name);
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Text may be appended to the buffer itself; `pass_on` then writes what has become enough.
  [[nodiscard]] std::string& buffer() noexcept { return buffer_; }
  void pass_on();
  void write(std::string_view text) {
    buffer_ += text;
    pass_on();
  }
  /// Throws BrokenPipe, or std::system_error ("No space left on device").
  void flush();
  /// Whether the reader of a pipe has gone, told without writing.
  [[nodiscard]] bool reader_gone() const noexcept;

 private:
  int fd_;
  std::string name_;
  std::string buffer_;
};

}  // namespace aiokpl::cli
