#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace aiokpl::soak {

/// A bit for each record that there may be. All of its memory is in use from the start, so that it does not look like
/// something that grows. Any thread.
class Bits {
 public:
  explicit Bits(std::uint64_t capacity) : words_(capacity / 64 + 1) {
    for (auto& word : words_)
      word.store(0, std::memory_order_relaxed);
  }

  [[nodiscard]] std::uint64_t capacity() const noexcept { return words_.size() * 64; }
  /// Whether it was set before.
  bool set(std::uint64_t number) noexcept {
    const std::uint64_t bit = std::uint64_t{1} << (number % 64);
    return (words_[number / 64].fetch_or(bit, std::memory_order_relaxed) & bit) != 0;
  }
  [[nodiscard]] bool test(std::uint64_t number) const noexcept {
    return (words_[number / 64].load(std::memory_order_relaxed) >> (number % 64) & 1U) != 0;
  }
  [[nodiscard]] std::uint64_t count() const noexcept {
    std::uint64_t sum = 0;
    for (const auto& word : words_)
      sum += static_cast<std::uint64_t>(std::popcount(word.load(std::memory_order_relaxed)));
    return sum;
  }

  void write(const std::string& file) const {
    std::ofstream out{file, std::ios::binary};
    for (const auto& word : words_) {
      const std::uint64_t value = word.load(std::memory_order_relaxed);
      out.write(reinterpret_cast<const char*>(&value), sizeof(value));
    }
    if (!out.flush()) throw std::runtime_error{"cannot write " + file};
  }
  void read(const std::string& file) {
    std::ifstream in{file, std::ios::binary};
    for (auto& word : words_) {
      std::uint64_t value = 0;
      if (!in.read(reinterpret_cast<char*>(&value), sizeof(value))) throw std::runtime_error{"cannot read " + file};
      word.store(value, std::memory_order_relaxed);
    }
  }

 private:
  std::vector<std::atomic<std::uint64_t>> words_;
};

}  // namespace aiokpl::soak
