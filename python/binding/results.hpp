#pragma once

#include <aiokpl/result.hpp>

#include "python.hpp"

namespace aiokpl::python {

/// The dataclasses that results become: `aiokpl.RecordResult` and `aiokpl.Attempt`.
void set_result_classes(nb::object record_result, nb::object attempt);

/// A result as Python sees it. Records that ended together share their attempts, and so they share this object too: it
/// cannot be changed, and making one costs more than sending a record.
[[nodiscard]] Reference to_python(const RecordResult& result);

}  // namespace aiokpl::python
