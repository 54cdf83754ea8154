#pragma once

#include "python.hpp"

namespace aiokpl::python {

/// `LocalKinesisCore`, which `aiokpl.local.LocalKinesis` stands on, and what checks its arguments.
void bind_local(nb::module_& module);

}  // namespace aiokpl::python
