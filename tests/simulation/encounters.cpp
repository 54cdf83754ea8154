#include "encounters.hpp"

#include <algorithm>
#include <iomanip>
#include <sstream>

namespace aiokpl::simulation {

namespace {

constexpr std::array<std::string_view, situation_count> names{"starting",   "idle",    "outstanding", "in flight",
                                                              "recovering", "blocked", "flushing",    "closing"};
constexpr int name_width = 32;
constexpr int count_width = 12;

}  // namespace

std::string_view name_of(Situation situation) noexcept {
  return names[static_cast<std::size_t>(situation)];
}

void Encounters::add(const Encounters& others) noexcept {
  for (std::size_t fault = 0; fault < fault_count; ++fault) {
    for (std::size_t situation = 0; situation < situation_count; ++situation)
      counts_[fault][situation] += others.counts_[fault][situation];
  }
}

std::string Encounters::table() const {
  std::ostringstream out;
  out << std::left << std::setw(name_width) << "" << std::right;
  for (const std::string_view name : names)
    out << std::setw(count_width) << name;
  out << '\n';
  for (std::size_t fault = 0; fault < fault_count; ++fault) {
    out << std::left << std::setw(name_width) << name_of(static_cast<Fault>(fault)) << std::right;
    for (const std::uint64_t count : counts_[fault])
      out << std::setw(count_width) << count;
    out << '\n';
  }
  return out.str();
}

std::size_t Encounters::missing() const noexcept {
  std::size_t missing = 0;
  for (const auto& row : counts_)
    missing += static_cast<std::size_t>(std::ranges::count(row, 0U));
  return missing;
}

}  // namespace aiokpl::simulation
