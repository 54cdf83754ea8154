#pragma once

#include <string>
#include <string_view>

namespace aiokpl::cli {

/// Writes "aiokpl: ..." as a line on standard error, past the progress line if there is one. Any thread.
void say(std::string_view message);
/// Writes text as it is on standard error, past the progress line.
void say_plain(std::string_view text);
/// Writes the progress line over the one before; an empty one takes it away.
void show_progress(std::string_view line);
[[nodiscard]] bool error_is_terminal() noexcept;

/// Without control characters, which could play tricks on a terminal.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace aiokpl::cli
