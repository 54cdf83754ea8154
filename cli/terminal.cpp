#include "cli/terminal.hpp"

#include <mutex>

#include <unistd.h>

namespace aiokpl::cli {
namespace {

// Standard error belongs to the process; so does what is written on its last line.
struct Terminal {
  std::mutex mutex;
  std::string progress;
};

Terminal& terminal() {
  static Terminal instance;
  return instance;
}

constexpr std::string_view clear_line = "\r\x1b[K";

// A standard error that is closed or full has nobody who could be told.
void write_error(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

void say_plain(std::string_view text) {
  Terminal& out = terminal();
  const std::lock_guard lock{out.mutex};
  std::string all;
  if (!out.progress.empty()) all += clear_line;
  all += text;
  all += out.progress;
  write_error(all);
}

void say(std::string_view message) {
  say_plain("aiokpl: " + printable(message) + "\n");
}

void show_progress(std::string_view line) {
  Terminal& out = terminal();
  const std::lock_guard lock{out.mutex};
  if (line.empty() && out.progress.empty()) return;
  out.progress = line;
  write_error(std::string{clear_line} + out.progress);
}

bool error_is_terminal() noexcept {
  return ::isatty(STDERR_FILENO) == 1;
}

std::string printable(std::string_view text) {
  std::string out{text};
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = c == '\n' || c == '\t' ? ' ' : '?';
  }
  return out;
}

}  // namespace aiokpl::cli
