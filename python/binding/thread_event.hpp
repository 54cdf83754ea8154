#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "python.hpp"

namespace aiokpl::python {

/// What a thread waits for; set once, by whatever thread.
class ThreadEvent {
 public:
  void set();
  /// False when the limit came first.
  bool wait_until(std::optional<std::chrono::steady_clock::time_point> limit);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool set_ = false;
};

/// Seconds as Python gives them; nothing for None. Throws a TypeError or ValueError.
[[nodiscard]] std::optional<std::chrono::nanoseconds> timeout_of(PyObject* seconds);
/// When that is over; nothing where it is further away than the clock counts.
[[nodiscard]] std::optional<std::chrono::steady_clock::time_point> limit_of(
    std::optional<std::chrono::nanoseconds> timeout);

/// Waits without the GIL; false when the limit came first. The main thread handles signals meanwhile: a Ctrl-C is
/// thrown as the KeyboardInterrupt that it is.
bool wait_for(ThreadEvent& event, std::optional<std::chrono::steady_clock::time_point> limit);

}  // namespace aiokpl::python
