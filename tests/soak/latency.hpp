#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace aiokpl::soak {

/// How long records took: counts by time, in steps of some 4 %, in memory that does not grow.
class Latency {
 public:
  void add(std::chrono::nanoseconds took) noexcept {
    const double microseconds = std::max(std::chrono::duration<double, std::micro>(took).count(), 1.0);
    const auto bucket = static_cast<std::size_t>(std::log2(microseconds) * steps);
    counts_[std::min(bucket, counts_.size() - 1)].fetch_add(1, std::memory_order_relaxed);
  }
  void add(const Latency& other) noexcept {
    for (std::size_t i = 0; i < counts_.size(); ++i)
      counts_[i].fetch_add(other.counts_[i].load(std::memory_order_relaxed), std::memory_order_relaxed);
  }
  /// Gives what was counted, and begins anew.
  void take(Latency& taken) noexcept {
    for (std::size_t i = 0; i < counts_.size(); ++i)
      taken.counts_[i].store(counts_[i].exchange(0, std::memory_order_relaxed), std::memory_order_relaxed);
  }
  void clear() noexcept {
    for (auto& count : counts_)
      count.store(0, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t count() const noexcept {
    std::uint64_t sum = 0;
    for (const auto& count : counts_)
      sum += count.load(std::memory_order_relaxed);
    return sum;
  }
  /// Milliseconds within which this share of all was done; 0 when there were none.
  [[nodiscard]] double within(double share) const noexcept {
    const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count())));
    if (wanted == 0) return 0;
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      sum += counts_[i].load(std::memory_order_relaxed);
      if (sum >= wanted) return std::exp2(static_cast<double>(i + 1) / steps) / 1'000;
    }
    return 0;
  }

 private:
  static constexpr double steps = 16;  // for each doubling
  std::array<std::atomic<std::uint64_t>, 512> counts_{};
};

}  // namespace aiokpl::soak
