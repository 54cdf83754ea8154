#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/framing.hpp"

namespace aiokpl::cli {

/// A piece of input that holds a record, or the beginning of one that cannot be read.
struct Piece {
  std::string_view bytes;
  /// Null when it is readable.
  const char* problem = nullptr;
};

/// Files and standard input, cut into pieces. Reads with one system call for up to a mebibyte, and hands out what that
/// brought without waiting for more: a slow pipe's lines are not held back.
class Input {
 public:
  /// "-" is standard input; no file at all too. A byte to read at `stop_fd` (-1: none) ends the input.
  Input(std::vector<std::string> files, Framing framing, int stop_fd, std::size_t limit = longest_piece);
  ~Input();
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  /// Opens every file to see that it can be read. Throws CommandError (usage).
  static void check(const std::vector<std::string>& files);

  /// Fills `pieces` with at least one, valid until the next call; false when there are no more. Throws CommandError
  /// (nothing_done) when reading fails.
  bool next(std::vector<Piece>& pieces);

  /// Stopped before the end, while there was more to read.
  [[nodiscard]] bool cut_short() const noexcept { return cut_short_; }
  /// Bytes of an unfinished record that were read when the input was stopped.
  [[nodiscard]] std::size_t left_over() const noexcept { return left_over_; }

 private:
  bool open_next();
  void close_file() noexcept;
  /// False when the input was stopped.
  bool wait_for_input();
  bool fill();
  void cut(std::vector<Piece>& pieces);
  void skip_line();
  void give_up(Piece& piece);
  [[nodiscard]] bool more_to_read() const;

  std::vector<std::string> files_;
  std::size_t next_file_ = 0;
  Framing framing_;
  int stop_fd_;
  std::size_t limit_;
  int fd_ = -1;
  bool at_end_ = false;
  bool stopped_ = false;
  bool cut_short_ = false;
  bool skipping_ = false;
  std::size_t left_over_ = 0;
  // Uninitialised on purpose: the pages of a buffer that is never filled are never touched.
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace aiokpl::cli
