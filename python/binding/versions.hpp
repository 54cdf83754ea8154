#pragma once

#include "python.hpp"

namespace aiokpl::python {

/// `library_versions()`: libraries as they are loaded, which may be others than those of the build.
void bind_versions(nb::module_& module);

}  // namespace aiokpl::python
