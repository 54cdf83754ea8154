#pragma once

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

#include "codec/pieces.hpp"

namespace aiokpl::fuzz {

/// Ends the process where a property does not hold: that is what libFuzzer takes for a find.
inline void hold(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", property);
  std::abort();
}

/// Whether a view lies in the bytes that it was made from. An empty one may lie anywhere.
[[nodiscard]] inline bool inside(codec::Piece part, codec::Piece whole) noexcept {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}
[[nodiscard]] inline bool inside(std::string_view part, codec::Piece whole) noexcept {
  return inside(std::as_bytes(std::span{part}), whole);
}

}  // namespace aiokpl::fuzz
