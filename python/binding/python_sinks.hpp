#pragma once

#include <memory>

#include <aiokpl/metrics.hpp>

#include "python.hpp"

namespace aiokpl::python {

/// A sink of the core's in a Python object: `_core.NativeSink`.
struct NativeSink {
  std::shared_ptr<MetricsSink> sink;
};

/// What the core exports to: `deliver(snapshots)`, where that is given (it blocks until a sink written in Python has
/// them); else what stands behind a sink of the package's own; nothing for None.
[[nodiscard]] std::shared_ptr<MetricsSink> core_sink(nb::handle sink, nb::handle deliver);

/// `aiokpl.MetricSnapshot`s, with the dimensions as Python calls them: stream, shard, error_code.
[[nodiscard]] nb::tuple to_python(std::span<const MetricSnapshot> snapshots);

/// The classes Metrics and NativeSink.
void bind_metrics(nb::module_& module);
void set_snapshot_class(nb::object snapshot);
/// At the end of the interpreter: nothing asks for the GIL from now on.
void end_python_sinks() noexcept;

}  // namespace aiokpl::python
