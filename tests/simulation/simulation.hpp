#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "encounters.hpp"
#include "scenario.hpp"
#include "violation.hpp"

namespace aiokpl::simulation {

/// How a simulation ended.
struct Verdict {
  std::vector<Violation> violations;
  /// Equal for two runs of one scenario.
  std::uint64_t fingerprint = 0;
  std::uint64_t records = 0;
  std::uint64_t stored = 0;
  std::uint64_t faults = 0;
  /// Of the world, not of the machine.
  Duration lasted{};
  Encounters encounters;
  /// Only where they were asked for.
  std::vector<std::string> history;

  [[nodiscard]] bool clean() const noexcept { return violations.empty(); }
};

/// Runs a whole producer, its engine driven by this thread, through a scenario.
[[nodiscard]] Verdict simulate(const Scenario& scenario, bool keep_history = false);

/// The same scenario with as few puts and disturbances as it still takes for `fails`.
[[nodiscard]] Scenario shrink(Scenario scenario, const std::function<bool(const Scenario&)>& fails);
/// The same, where failing means to break one of the promises that `verdict` says are broken.
[[nodiscard]] Scenario shrink(const Scenario& scenario, const Verdict& verdict);

}  // namespace aiokpl::simulation
