#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "world_time.hpp"

namespace aiokpl::simulation {

/// What happened in a simulation. Its fingerprint tells two runs apart; its lines are kept only where somebody is going
/// to read them.
class History {
 public:
  explicit History(bool keeps_lines) : keeps_lines_{keeps_lines} {}

  /// `text()` gives the line; `numbers` go into the fingerprint.
  template <typename Text>
  void note(TimePoint at, std::initializer_list<std::uint64_t> numbers, const Text& text) {
    mix(static_cast<std::uint64_t>(at.time_since_epoch().count()));
    for (const std::uint64_t number : numbers)
      mix(number);
    if (keeps_lines_) add_line(at, text());
  }

  [[nodiscard]] std::uint64_t fingerprint() const noexcept { return fingerprint_; }
  [[nodiscard]] std::vector<std::string> take_lines() { return std::move(lines_); }

 private:
  void mix(std::uint64_t number) noexcept {
    fingerprint_ = (fingerprint_ ^ number) * 0x9E3779B97F4A7C15U;
    fingerprint_ ^= fingerprint_ >> 29U;
  }
  void add_line(TimePoint at, const std::string& text);

  bool keeps_lines_;
  std::uint64_t fingerprint_ = 0;
  std::vector<std::string> lines_;
};

}  // namespace aiokpl::simulation
