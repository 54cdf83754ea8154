#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "scenario.hpp"
#include "world_time.hpp"

namespace aiokpl::simulation {

/// Which faults are at work.
class Conditions {
 public:
  explicit Conditions(std::size_t streams) : stuck_until_(streams, world_start) {}

  void begin(const Disturbance& fault, TimePoint now) {
    const auto which = static_cast<std::size_t>(fault.fault);
    ++active_[which];
    amounts_[which] = fault.amount;
    if (fault.fault == Fault::network_stopped) stopped_until_ = std::max(stopped_until_, now + fault.length);
    if (fault.fault == Fault::process_suspended) suspended_until_ = std::max(suspended_until_, now + fault.length);
    if (fault.fault == Fault::stream_stuck)
      stuck_until_[fault.stream] = std::max(stuck_until_[fault.stream], now + fault.length);
  }
  void end(const Disturbance& fault) { --active_[static_cast<std::size_t>(fault.fault)]; }

  [[nodiscard]] bool active(Fault fault) const noexcept { return active_[static_cast<std::size_t>(fault)] != 0; }
  /// A rate in percent where it is at work, else 0.
  [[nodiscard]] double rate(Fault fault) const noexcept {
    return active(fault) ? static_cast<double>(amounts_[static_cast<std::size_t>(fault)]) / 100 : 0;
  }
  /// Until when nothing moves between the producer and that stream.
  [[nodiscard]] TimePoint held_until(std::size_t stream) const noexcept {
    return stream < stuck_until_.size() ? std::max(stopped_until_, stuck_until_[stream]) : stopped_until_;
  }
  [[nodiscard]] TimePoint suspended_until() const noexcept { return suspended_until_; }

 private:
  std::array<std::uint32_t, fault_count> active_{};
  std::array<std::uint64_t, fault_count> amounts_{};
  TimePoint stopped_until_ = world_start;
  TimePoint suspended_until_ = world_start;
  std::vector<TimePoint> stuck_until_;
};

}  // namespace aiokpl::simulation
