#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace aiokpl::bench {

/// What a process has cost, and holds. Each function asks the system anew.
struct CpuTime {
  double user = 0;
  double system = 0;

  [[nodiscard]] double total() const noexcept { return user + system; }
};

/// Seconds of all threads, those that have ended too.
[[nodiscard]] CpuTime process_cpu();
[[nodiscard]] double process_cpu_seconds();
/// Bytes, of /proc/self/status: "VmRSS" as it is now, "VmHWM" the most that it has been.
[[nodiscard]] std::uint64_t process_memory(const std::string& name);
/// How often threads other than the calling one went to sleep by themselves, and so were woken again.
[[nodiscard]] std::uint64_t sleeps_of_other_threads();
[[nodiscard]] double seconds_since(std::chrono::steady_clock::time_point start);

/// Says to the benchmark where this program is ("ready"), and waits until it wants to go on: it reads the server's
/// counters meanwhile. Without anybody on stdin it goes on at once.
void meet(const std::string& event);

}  // namespace aiokpl::bench
