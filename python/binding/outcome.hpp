#pragma once

#include <aiokpl/outcome.hpp>

#include "python.hpp"

namespace aiokpl::python {

/// `aiokpl.Outcome` and `aiokpl.SyncOutcome`: a handle of the core's each, and nothing else until somebody looks.
[[nodiscard]] Reference make_outcome(Outcome outcome);
[[nodiscard]] Reference make_sync_outcome(Outcome outcome);

[[nodiscard]] bool is_outcome(PyObject* object) noexcept;
[[nodiscard]] bool outcome_is_set(PyObject* outcome);
/// The result of one that is set.
[[nodiscard]] Reference outcome_result(PyObject* outcome);

/// Throws a RuntimeError where `generation` is of a process that this one was forked from: nothing that was outstanding
/// there ends here.
void require_this_process(std::uint32_t generation, const char* what);

void bind_outcome(nb::module_& module);
void bind_sync_outcome(nb::module_& module);
/// The exception of a wait on a cancelled SyncOutcome.
void set_cancelled_error(nb::object error);

}  // namespace aiokpl::python
