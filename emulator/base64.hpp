#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace aiokpl::emulator {

void append_base64(std::string_view bytes, std::string& out);
/// Bytes that the text stands for, judged by its length and padding alone; nothing when those are wrong.
[[nodiscard]] std::optional<std::size_t> base64_decoded_size(std::string_view text) noexcept;
/// Writes `base64_decoded_size` bytes to `out`; false when a character does not belong.
[[nodiscard]] bool decode_base64(std::string_view text, char* out) noexcept;

}  // namespace aiokpl::emulator
