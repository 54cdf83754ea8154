#pragma once

#include <utility>

#include "python.hpp"

namespace aiokpl::python {

/// Lets go of the GIL for as long as this lives. At the end of the interpreter a thread that comes back for it stays
/// here for ever: up to Python 3.13 it would be unwound through functions that nothing may be thrown through.
class WithoutGil {
 public:
  WithoutGil() noexcept : state_{PyEval_SaveThread()} {}
  ~WithoutGil();
  WithoutGil(const WithoutGil&) = delete;
  WithoutGil& operator=(const WithoutGil&) = delete;

 private:
  PyThreadState* state_;
};

/// Takes the GIL on a thread of the core's for as long as this lives, with the same end.
class WithGil {
 public:
  WithGil() noexcept;
  ~WithGil() { PyGILState_Release(state_); }
  WithGil(const WithGil&) = delete;
  WithGil& operator=(const WithGil&) = delete;

 private:
  PyGILState_STATE state_;
};

template <typename Work>
decltype(auto) without_gil(Work&& work) {
  const WithoutGil released;
  return std::forward<Work>(work)();
}

}  // namespace aiokpl::python
