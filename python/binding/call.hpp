#pragma once

#include "python.hpp"

namespace aiokpl::python {

/// What `await` gets from a method of the package: a coroutine that ends at once in most cases, and otherwise runs the
/// Python coroutine `aiokpl._loop.until`, which knows the event loop.
///
/// It may be handed to whatever takes coroutines: `asyncio.create_task`, a task group of anyio or trio.

/// Ends with `value`. `breathe`: lets the event loop run once before.
[[nodiscard]] Reference make_call(const char* name, Reference value, bool breathe = false);
/// Waits for `target`, an Outcome, Outcomes or a Waitable, and ends with what came of it.
[[nodiscard]] Reference make_waiting_call(const char* name, PyObject* target);

/// Makes the type, and keeps the coroutine functions that wait: `until(waitable)` and `breathe()`.
void bind_call(nb::module_& module);
void set_coroutines(nb::object until, nb::object breathe);

}  // namespace aiokpl::python
