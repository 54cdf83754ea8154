#pragma once

#include <span>
#include <vector>

#include <aiokpl/metrics.hpp>

#include "python.hpp"

namespace aiokpl::python {

/// `aiokpl.MetricSnapshot`s, with the dimensions as Python calls them: stream, shard, error_code.
[[nodiscard]] nb::tuple to_python(std::span<const MetricSnapshot> snapshots);
/// The other way, from any objects with the same attributes. Throws a TypeError or ValueError that names the attribute.
[[nodiscard]] std::vector<MetricSnapshot> snapshots_from(nb::handle snapshots);

/// `aiokpl.MetricSnapshot`.
void set_snapshot_class(nb::object snapshot);
/// What there is to know of metrics without a producer.
void bind_snapshots(nb::module_& module);

}  // namespace aiokpl::python
