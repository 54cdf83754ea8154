#pragma once

#include "python.hpp"

namespace aiokpl::python {

/// `run_program(argv)`: the command line, with the program's own name in front. Returns the exit status.
void bind_program(nb::module_& module);

}  // namespace aiokpl::python
