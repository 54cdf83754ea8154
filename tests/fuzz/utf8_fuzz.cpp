// UTF-8 beside the checks of nlohmann-json's writer, which refuses texts that are none.
#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include "codec/utf8.hpp"
#include "tests/fuzz/property.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aiokpl;
  const std::string text{reinterpret_cast<const char*>(data), size};
  bool writable = true;
  std::string escaped;
  try {
    escaped = nlohmann::json(text).dump(-1, ' ', true);
  } catch (const nlohmann::json::type_error&) {
    writable = false;
  }
  fuzz::hold(codec::valid_utf8(text) == writable, "valid where others find it valid");
  if (!writable) return 0;
  std::size_t starts = 0;
  for (const char c : text)
    starts += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  fuzz::hold(codec::count_code_points(text) == starts, "a code point has one first byte");
  // However the text lies in memory and wherever it ends.
  for (std::size_t cut = 0; cut <= size && cut < 20; ++cut) {
    const std::string_view tail = std::string_view{text}.substr(cut);
    const bool whole = tail.empty() || (static_cast<unsigned char>(tail.front()) & 0xC0U) != 0x80U;
    fuzz::hold(codec::valid_utf8(tail) == whole, "the rest of a valid text is valid from a first byte on");
  }
  return 0;
}
