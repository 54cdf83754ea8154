#pragma once

#include <string>
#include <string_view>

namespace aiokpl::cli {

/// Whether an error code says that no record of this stream can be stored, whatever is tried: the stream does not
/// exist, the credentials are wrong or lack a permission.
[[nodiscard]] bool is_hopeless(std::string_view code) noexcept;
/// What to do about such a code, in a few words; empty where nobody knows.
[[nodiscard]] std::string_view advice(std::string_view code) noexcept;

}  // namespace aiokpl::cli
