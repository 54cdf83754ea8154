#pragma once

#include <cstddef>
#include <span>

#include "codec/pieces.hpp"

namespace aiokpl::codec {

/// Padding included.
[[nodiscard]] constexpr std::size_t base64_size(std::size_t bytes) noexcept {
  return (bytes + 2) / 3 * 4;
}

/// Base64 (RFC 4648, padded) of the pieces as one message. Returns the place behind it.
char* write_base64(char* out, std::span<const Piece> pieces) noexcept;

}  // namespace aiokpl::codec
