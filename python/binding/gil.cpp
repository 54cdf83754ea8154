#include "gil.hpp"

#include <unistd.h>

namespace aiokpl::python {

namespace {

// What runs here has no interpreter to go back to, and the process is about to end.
[[noreturn]] void stay() noexcept {
  for (;;)
    pause();
}

}  // namespace

WithoutGil::~WithoutGil() {
  try {
    PyEval_RestoreThread(state_);
  } catch (...) {
    stay();  // nothing but pthread_exit throws through Python
  }
}

WithGil::WithGil() noexcept : state_{} {
  try {
    state_ = PyGILState_Ensure();
  } catch (...) {
    stay();
  }
}

}  // namespace aiokpl::python
