#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace aiokpl::fuzz {

/// Takes an input apart, front to back: choices and texts of a target that needs more than one text. At its end, every
/// choice is the first one and every text empty, so that any bytes mean something.
class FuzzInput {
 public:
  FuzzInput(const std::uint8_t* data, std::size_t size) noexcept : rest_{reinterpret_cast<const char*>(data), size} {}

  [[nodiscard]] bool empty() const noexcept { return rest_.empty(); }

  std::uint8_t byte() noexcept {
    if (rest_.empty()) return 0;
    const auto first = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return first;
  }

  /// 0 to bound - 1.
  std::size_t below(std::size_t bound) noexcept { return byte() % bound; }
  bool flip() noexcept { return (byte() & 1U) != 0; }

  std::uint64_t number() noexcept {
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i)
      value = value << 8U | byte();
    return value;
  }

  /// A byte that tells the length, then as many bytes, or as many as there are.
  std::string_view text() noexcept { return take(byte()); }
  /// The same with a length of two bytes, the higher one first.
  std::string_view long_text() noexcept {
    const std::size_t high = byte();
    return take(high << 8U | byte());
  }
  std::string_view rest() noexcept { return take(rest_.size()); }

 private:
  std::string_view take(std::size_t size) noexcept {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view rest_;
};

}  // namespace aiokpl::fuzz
