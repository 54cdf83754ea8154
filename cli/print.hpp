#pragma once

#include <string_view>

namespace aiokpl::cli {

/// Writes all of it on standard output. Throws BrokenPipe when nobody reads it any more, and CommandError
/// (failures_not_written) when it cannot be written.
void print(std::string_view text);

}  // namespace aiokpl::cli
