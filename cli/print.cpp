#include "cli/print.hpp"

#include <system_error>

#include <unistd.h>

#include "cli/exit_status.hpp"
#include "cli/writer.hpp"

namespace aiokpl::cli {

void print(std::string_view text) try {
  Writer out{STDOUT_FILENO, "standard output"};
  out.write(text);
  out.flush();
} catch (const std::system_error& failed) {
  throw CommandError{ExitStatus::failures_not_written, failed.what()};
}

}  // namespace aiokpl::cli
