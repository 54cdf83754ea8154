#pragma once

#include <string>
#include <string_view>

namespace aiokpl::sinks {

/// One gzip member with all of it.
[[nodiscard]] std::string gzip(std::string_view plain);

}  // namespace aiokpl::sinks
