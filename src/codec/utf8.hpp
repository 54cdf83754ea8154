#pragma once

#include <cstddef>
#include <string_view>

namespace aiokpl::codec {

/// Whether the text is UTF-8: no overlong forms, no surrogates, nothing beyond U+10FFFF.
[[nodiscard]] bool valid_utf8(std::string_view text) noexcept;

/// How many code points valid UTF-8 holds.
[[nodiscard]] std::size_t count_code_points(std::string_view text) noexcept;

}  // namespace aiokpl::codec
