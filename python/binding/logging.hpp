#pragma once

#include <memory>

#include <aiokpl/logger.hpp>

#include "python.hpp"

namespace aiokpl::python {

/// Hands the core's words to Python's logging. The core's threads only queue them: a thread that sends records must not
/// wait for the GIL. One thread of the module's takes them on; it starts with the first word.
[[nodiscard]] std::shared_ptr<Logger> python_logger();

/// `handler(level, text)` with the levels of Python's logging, and what a process does with the thread.
void bind_logging(nb::module_& module);

/// After a fork: the thread is in the parent, and its queue may be locked for ever.
void reset_logging_in_child();

}  // namespace aiokpl::python
