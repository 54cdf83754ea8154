#pragma once

#include <memory>

#include <aiokpl/metrics.hpp>

#include "python.hpp"

namespace aiokpl::python {

/// What the core exports to: `deliver(snapshots)`, where that is given (it blocks until a sink written in Python has
/// them); else what stands behind a sink of the package's own, its `_native`; nothing where that is None or missing.
[[nodiscard]] std::shared_ptr<MetricsSink> core_sink(nb::handle sink, nb::handle deliver);

/// What a producer has measured, and the exception ExportDeferred.
void bind_metrics(nb::module_& module);
/// At the end of the interpreter: nothing asks for the GIL from now on. Waits a little, without the GIL, for exports
/// that are in Python still: a thread that comes back to Python later than its end is torn down in the middle.
void end_python_sinks() noexcept;
/// After a fork: the threads are in the parent.
void reset_python_sinks_in_child();

}  // namespace aiokpl::python
