#include "thread_event.hpp"

#include <algorithm>
#include <cmath>

#include <sys/syscall.h>
#include <unistd.h>

#include "gil.hpp"
#include "of_this_process.hpp"

namespace aiokpl::python {

namespace {

using Clock = std::chrono::steady_clock;

// Python runs signal handlers on the main thread, between two steps of Python code. A thread that waits in here has to
// come back for that now and then: a signal does not end the wait of a condition variable.
constexpr std::chrono::milliseconds signal_interval{50};

bool on_main_thread() {
  return getpid() == static_cast<pid_t>(syscall(SYS_gettid));
}

bool wait_without_gil(ThreadEvent& event, std::optional<Clock::time_point> limit) {
  return without_gil([&] { return event.wait_until(limit); });
}

}  // namespace

void ThreadEvent::set() {
  {
    const std::lock_guard lock{mutex_};
    set_ = true;
  }
  changed_.notify_all();
}

bool ThreadEvent::wait_until(std::optional<Clock::time_point> limit) {
  std::unique_lock lock{mutex_};
  if (limit) return changed_.wait_until(lock, *limit, [&] { return set_; });
  changed_.wait(lock, [&] { return set_; });
  return true;
}

std::optional<std::chrono::nanoseconds> timeout_of(PyObject* seconds) {
  if (seconds == nullptr || seconds == Py_None) return std::nullopt;
  const double value = PyFloat_AsDouble(seconds);
  if (value == -1.0 && PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    PyErr_Format(PyExc_TypeError, "timeout: must be a number of seconds or None, got %s", type_name(seconds).c_str());
    throw PythonErrorSet{};
  }
  if (std::isnan(value)) {
    PyErr_SetString(PyExc_ValueError, "timeout: must be a number of seconds or None, got nan");
    throw PythonErrorSet{};
  }
  constexpr double most = 9e9;  // what nanoseconds in 64 bits can hold, some 285 years
  return std::chrono::nanoseconds{static_cast<std::int64_t>(std::clamp(value, 0.0, most) * 1e9)};
}

std::optional<Clock::time_point> limit_of(std::optional<std::chrono::nanoseconds> timeout) {
  if (!timeout) return std::nullopt;
  const auto now = Clock::now();
  if (*timeout >= Clock::time_point::max() - now) return std::nullopt;
  return now + *timeout;
}

bool wait_for(ThreadEvent& event, std::optional<Clock::time_point> limit) {
  if (!on_main_thread()) return wait_without_gil(event, limit);
  const std::uint32_t generation = process_generation();
  for (;;) {
    const auto next = Clock::now() + signal_interval;
    const bool last = limit && *limit <= next;
    if (wait_without_gil(event, last ? *limit : next)) return true;
    checked(PyErr_CheckSignals());
    require_this_process(generation, "wait");  // the handler may have forked
    if (last) return false;
  }
}

}  // namespace aiokpl::python
