#pragma once

#include <string_view>

namespace aiokpl::cli {

/// share/demo.txt, in the program since the build: the demo needs no file.
[[nodiscard]] std::string_view demo_text() noexcept;

}  // namespace aiokpl::cli
