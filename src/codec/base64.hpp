#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "codec/pieces.hpp"

namespace aiokpl::codec {

/// Padding included.
[[nodiscard]] constexpr std::size_t base64_size(std::size_t bytes) noexcept {
  return (bytes + 2) / 3 * 4;
}

/// Base64 (RFC 4648, padded) of the pieces as one message. Returns the place behind it.
char* write_base64(char* out, std::span<const Piece> pieces) noexcept;
void append_base64(std::string_view bytes, std::string& out);

/// Bytes that the text stands for, judged by its length and padding alone; nothing when those are wrong.
[[nodiscard]] std::optional<std::size_t> base64_decoded_size(std::string_view text) noexcept;
/// Writes `base64_decoded_size` bytes to `out`. False when a character does not belong, and for bits behind the last
/// byte that are not zero: two texts would mean the same bytes.
[[nodiscard]] bool read_base64(std::string_view text, char* out) noexcept;
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace aiokpl::codec
