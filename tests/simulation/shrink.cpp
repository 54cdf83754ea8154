#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "simulation.hpp"

namespace aiokpl::simulation {

namespace {

bool breaks_one_of(const Scenario& scenario, const std::vector<Violation>& promises) {
  const Verdict verdict = simulate(scenario);
  return std::ranges::any_of(verdict.violations, [&](const Violation& broken) {
    return std::ranges::any_of(promises, [&](const Violation& one) { return one.promise == broken.promise; });
  });
}

/// Takes out what is not needed: large pieces first, then smaller ones, down to single elements.
template <typename Element, typename StillFails>
void thin_out(std::vector<Element>& elements, const StillFails& still_fails) {
  for (std::size_t piece = std::max<std::size_t>(elements.size() / 2, 1);; piece /= 2) {
    for (std::size_t at = 0; at < elements.size();) {
      const auto from = elements.begin() + static_cast<std::ptrdiff_t>(at);
      const auto to = from + static_cast<std::ptrdiff_t>(std::min(piece, elements.size() - at));
      std::vector<Element> before = elements;
      elements.erase(from, to);
      if (!still_fails()) {
        elements = std::move(before);
        at += piece;
      }
    }
    if (piece <= 1) return;
  }
}

}  // namespace

Scenario shrink(Scenario scenario, const std::function<bool(const Scenario&)>& fails) {
  const auto still_fails = [&] { return fails(scenario); };
  thin_out(scenario.disturbances, still_fails);
  thin_out(scenario.puts, still_fails);
  for (Puts& puts : scenario.puts) {
    while (puts.count > 1) {
      const std::uint32_t before = std::exchange(puts.count, puts.count / 2);
      if (still_fails()) continue;
      puts.count = before;
      break;
    }
  }
  return scenario;
}

Scenario shrink(const Scenario& scenario, const Verdict& verdict) {
  return shrink(scenario, [&](const Scenario& smaller) { return breaks_one_of(smaller, verdict.violations); });
}

}  // namespace aiokpl::simulation
