#pragma once

#include <aiokpl/config.hpp>

#include "python.hpp"

namespace aiokpl::python {

/// The core's configuration for an `aiokpl.Config`. Throws a TypeError or ValueError that names every wrong field, as
/// Python calls them. `deliver` takes metrics to a sink that is written in Python; None without one.
[[nodiscard]] Config core_config(nb::handle config, nb::handle deliver);

void bind_configuration(nb::module_& module);

}  // namespace aiokpl::python
