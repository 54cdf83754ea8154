#include "cli/framing.hpp"

#include <cstdint>
#include <cstring>

namespace aiokpl::cli {

Cut cut_line(std::string_view input, bool at_end, std::size_t limit) noexcept {
  if (input.empty()) return {.kind = at_end ? Cut::Kind::none : Cut::Kind::more};
  const void* const found = std::memchr(input.data(), '\n', input.size());
  if (found != nullptr) {
    const auto length = static_cast<std::size_t>(static_cast<const char*>(found) - input.data());
    const auto kind = length > limit ? Cut::Kind::too_long : Cut::Kind::piece;
    return {.kind = kind, .bytes = input.substr(0, length), .consumed = length + 1};
  }
  // The reader throws away the rest of a line that is too long.
  if (input.size() > limit) return {.kind = Cut::Kind::too_long, .bytes = input, .consumed = input.size()};
  if (at_end) return {.kind = Cut::Kind::piece, .bytes = input, .consumed = input.size()};
  return {.kind = Cut::Kind::more};
}

Cut cut_length_prefixed(std::string_view input, bool at_end, std::size_t limit) noexcept {
  constexpr std::size_t prefix = 4;
  if (input.empty()) return {.kind = at_end ? Cut::Kind::none : Cut::Kind::more};
  if (input.size() >= prefix) {
    std::uint32_t length = 0;
    for (const char byte : input.substr(0, prefix))
      length = length << 8U | static_cast<unsigned char>(byte);
    // Such a length is no length: from here on nothing can be believed.
    if (length > limit) return {.kind = Cut::Kind::broken, .bytes = input, .consumed = input.size()};
    if (input.size() - prefix >= length) {
      return {.kind = Cut::Kind::piece, .bytes = input.substr(prefix, length), .consumed = prefix + length};
    }
  }
  if (at_end) return {.kind = Cut::Kind::broken, .bytes = input, .consumed = input.size()};
  return {.kind = Cut::Kind::more};
}

}  // namespace aiokpl::cli
