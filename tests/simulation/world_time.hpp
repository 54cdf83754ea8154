#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "pipeline/time.hpp"
#include "producer/surroundings.hpp"

namespace aiokpl::simulation {

using pipeline::Duration;
using pipeline::TimePoint;

/// When every simulation begins. Far from zero, so that nothing relies on what lies before.
inline constexpr TimePoint world_start{std::chrono::hours{10}};

/// Time that passes only when the simulation says so. The process's time of day may jump; the service's, which follows
/// from `now`, does not.
class SimulatedClock final : public detail::Clock {
 public:
  [[nodiscard]] TimePoint now() const noexcept override { return now_; }
  [[nodiscard]] std::chrono::system_clock::time_point time_of_day() const noexcept override {
    return service_time() + jump_;
  }
  [[nodiscard]] std::chrono::system_clock::time_point service_time() const noexcept {
    using System = std::chrono::system_clock;
    return System::time_point{std::chrono::hours{480'000}} +
           std::chrono::duration_cast<System::duration>(now_ - world_start);
  }
  void go_to(TimePoint moment) noexcept { now_ = std::max(now_, moment); }
  void jump_time_of_day(std::chrono::seconds by) noexcept { jump_ += by; }

 private:
  TimePoint now_ = world_start;
  std::chrono::seconds jump_{0};
};

/// What is going to happen, in order of time, and of planning where that is the same.
class Agenda {
 public:
  using Work = std::function<void()>;

  void at(TimePoint moment, Work work) {
    entries_.push_back({moment, ++planned_, std::move(work)});
    std::push_heap(entries_.begin(), entries_.end());
  }
  /// `pipeline::never` when nothing is planned.
  [[nodiscard]] TimePoint next() const noexcept { return entries_.empty() ? pipeline::never : entries_.front().moment; }
  void run_next() {
    std::pop_heap(entries_.begin(), entries_.end());
    const Work work = std::move(entries_.back().work);
    entries_.pop_back();
    work();
  }

 private:
  struct Entry {
    TimePoint moment;
    std::uint64_t number;
    Work work;
    /// The heap's top is the greatest: the earliest.
    bool operator<(const Entry& other) const noexcept {
      return moment != other.moment ? moment > other.moment : number > other.number;
    }
  };

  std::vector<Entry> entries_;
  std::uint64_t planned_ = 0;
};

}  // namespace aiokpl::simulation
