#pragma once

#include <string_view>

namespace aiokpl {

/// The version of these headers, by semantic versioning. A test holds it to the build's own.
inline constexpr int version_major = 0;
inline constexpr int version_minor = 3;
inline constexpr int version_patch = 0;
inline constexpr std::string_view version = "0.3.0";

}  // namespace aiokpl
