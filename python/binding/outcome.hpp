#pragma once

#include <aiokpl/outcome.hpp>

#include "python.hpp"

namespace aiokpl::python {

/// `aiokpl.Outcome` and `aiokpl.SyncOutcome`: a handle of the core's each, and nothing else until somebody looks.
/// Of the process with this generation.
[[nodiscard]] Reference make_outcome(Outcome outcome, std::uint32_t generation = process_generation());
[[nodiscard]] Reference make_sync_outcome(Outcome outcome, std::uint32_t generation = process_generation());

[[nodiscard]] bool is_outcome(PyObject* object) noexcept;
[[nodiscard]] bool outcome_is_set(PyObject* outcome);
/// The result of one that is set.
[[nodiscard]] Reference outcome_result(PyObject* outcome);

void bind_outcome(nb::module_& module);
void bind_sync_outcome(nb::module_& module);
/// The exception of a wait on a cancelled SyncOutcome.
void set_cancelled_error(nb::object error);

}  // namespace aiokpl::python
