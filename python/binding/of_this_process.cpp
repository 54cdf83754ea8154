#include "of_this_process.hpp"

namespace aiokpl::python {

void require_this_process(std::uint32_t generation, const char* what) {
  if (generation == process_generation()) return;
  PyErr_Format(PyExc_RuntimeError,
               "this %s belongs to the process that this one was forked from; here it never ends. Enter a producer "
               "after the fork.",
               what);
  throw PythonErrorSet{};
}

}  // namespace aiokpl::python
