#include <nanobind/stl/shared_ptr.h>

#include <aiokpl/version.hpp>

#include "call.hpp"
#include "codec.hpp"
#include "configuration.hpp"
#include "local.hpp"
#include "logging.hpp"
#include "mailbox.hpp"
#include "native_sinks.hpp"
#include "outcome.hpp"
#include "outcomes.hpp"
#include "producer_core.hpp"
#include "program.hpp"
#include "python_sinks.hpp"
#include "results.hpp"
#include "snapshots.hpp"
#include "versions.hpp"
#include "waitable.hpp"

namespace aiokpl::python {

namespace {

// What nanobind's functions let out and it does not know.
void translate(const std::exception_ptr& exception, void* /*unused*/) {
  try {
    std::rethrow_exception(exception);
  } catch (const PythonErrorSet&) {
    return;
  } catch (const TimeoutError&) {
    set_current_exception();
  } catch (const AggregationFormatError&) {
    set_current_exception();
  }
}

void bind_mailbox(nb::module_& module) {
  nb::class_<Mailbox>(module, "Mailbox", "What the core's threads tell one event loop.")
      .def_prop_ro("descriptor", &Mailbox::descriptor)
      .def("close", &Mailbox::close, "Its event loop is over: what comes from now on is dropped.")
      .def("take", [](Mailbox& self) {
        nb::list tickets;
        for (const std::uint64_t ticket : self.take())
          tickets.append(ticket);
        return tickets;
      });
  module.def("mailbox", [] { return std::make_shared<Mailbox>(); });
}

void bind_process(nb::module_& module) {
  module.def("after_fork_in_child", [] {
    count_fork();
    reset_logging_in_child();
    reset_python_sinks_in_child();
  });
  module.def("at_exit", [] { end_python_sinks(); });
}

// The classes and coroutines of the package that the core makes things of.
void bind_registration(nb::module_& module) {
  module.def(
      "register",
      [](nb::object record_result, nb::object attempt, nb::object user_record, nb::object tag,
         nb::object decoded_record, nb::object snapshot, nb::object cancelled, nb::object until, nb::object breathe) {
        set_result_classes(std::move(record_result), std::move(attempt));
        set_user_record_class(user_record);
        set_codec_classes(std::move(user_record), std::move(tag), std::move(decoded_record));
        set_snapshot_class(std::move(snapshot));
        set_cancelled_error(std::move(cancelled));
        set_coroutines(std::move(until), std::move(breathe));
      },
      nb::kw_only(), nb::arg("record_result"), nb::arg("attempt"), nb::arg("user_record"), nb::arg("tag"),
      nb::arg("decoded_record"), nb::arg("snapshot"), nb::arg("cancelled"), nb::arg("until"), nb::arg("breathe"));
}

bool in_development_mode() {
  return nb::cast<bool>(nb::module_::import_("sys").attr("flags").attr("dev_mode"));
}

}  // namespace

}  // namespace aiokpl::python

NB_MODULE(_core, module) {
  namespace python = aiokpl::python;
  python::nb::register_exception_translator(python::translate);
  // Threads that the end of the interpreter leaves behind keep what they hold: only developers want to hear of that.
  python::nb::set_leak_warnings(python::in_development_mode());
  module.doc() = "The C++ core of aiokpl. What is meant for users is in the package aiokpl.";
  module.attr("version") = python::nb::str(aiokpl::version.data(), aiokpl::version.size());
  python::bind_mailbox(module);
  python::bind_waitable(module);
  python::bind_call(module);
  python::bind_outcome(module);
  python::bind_sync_outcome(module);
  python::bind_outcomes(module);
  python::bind_producer(module);
  python::bind_configuration(module);
  python::bind_codec(module);
  python::bind_snapshots(module);
  python::bind_native_sinks(module);
  python::bind_metrics(module);
  python::bind_logging(module);
  python::bind_process(module);
  python::bind_registration(module);
  python::bind_local(module);
  python::bind_program(module);
  python::bind_versions(module);
}
