#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "scenario.hpp"

namespace aiokpl::simulation {

/// What the producer is in the middle of. Several may hold at once.
enum class Situation : std::uint8_t {
  starting,         ///< No shard map yet.
  idle,             ///< Nothing outstanding.
  outstanding,      ///< Records are packed, paced or wait; no request is under way.
  in_flight,        ///< Requests are under way.
  recovering,       ///< The last request ended badly, and records are outstanding.
  callers_blocked,  ///< Callers wait for places.
  flushing,
  closing,
};
inline constexpr std::size_t situation_count = static_cast<std::size_t>(Situation::closing) + 1;
[[nodiscard]] std::string_view name_of(Situation situation) noexcept;

/// Which faults met the producer in which situations, and how often.
class Encounters {
 public:
  void add(Fault fault, Situation situation) noexcept { ++at(fault, situation); }
  void add(const Encounters& others) noexcept;
  [[nodiscard]] std::uint64_t count(Fault fault, Situation situation) const noexcept {
    return counts_[static_cast<std::size_t>(fault)][static_cast<std::size_t>(situation)];
  }
  /// For people: a line for each fault.
  [[nodiscard]] std::string table() const;
  /// Pairs that were never met.
  [[nodiscard]] std::size_t missing() const noexcept;

 private:
  std::uint64_t& at(Fault fault, Situation situation) noexcept {
    return counts_[static_cast<std::size_t>(fault)][static_cast<std::size_t>(situation)];
  }

  std::array<std::array<std::uint64_t, situation_count>, fault_count> counts_{};
};

}  // namespace aiokpl::simulation
