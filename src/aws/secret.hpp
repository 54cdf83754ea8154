#pragma once

#include <string>

namespace aiokpl::aws {

/// Overwrites a secret, all of the string's memory, and leaves it empty.
void wipe(std::string& secret) noexcept;

}  // namespace aiokpl::aws
