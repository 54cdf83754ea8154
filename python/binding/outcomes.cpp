#include "outcomes.hpp"

#include <algorithm>
#include <memory>

#include <nanobind/stl/unique_ptr.h>

#include "call.hpp"
#include "outcome.hpp"
#include "results.hpp"
#include "thread_event.hpp"
#include "waitable.hpp"

namespace aiokpl::python {

namespace {

nb::object item(const Outcomes& self, nb::handle key) {
  if (PySlice_Check(key.ptr())) {
    Py_ssize_t start = 0;
    Py_ssize_t stop = 0;
    Py_ssize_t step = 0;
    checked(PySlice_Unpack(key.ptr(), &start, &stop, &step));
    const Py_ssize_t count = PySlice_AdjustIndices(static_cast<Py_ssize_t>(self.size()), &start, &stop, step);
    nb::list items;
    for (Py_ssize_t index = 0; index < count; ++index)
      items.append(nb::steal(self.at(static_cast<std::size_t>(start + index * step)).release()));
    return items;
  }
  Py_ssize_t index = PyNumber_AsSsize_t(key.ptr(), PyExc_IndexError);
  if (index == -1 && PyErr_Occurred() != nullptr) throw nb::python_error();
  if (index < 0) index += static_cast<Py_ssize_t>(self.size());
  if (index < 0 || index >= static_cast<Py_ssize_t>(self.size())) throw nb::index_error("no such outcome");
  return nb::steal(self.at(static_cast<std::size_t>(index)).release());
}

}  // namespace

Reference Outcomes::at(std::size_t index) const {
  const Outcome& outcome = (*outcomes_)[index];
  const std::uint32_t generation = outcomes_.generation();
  return sync_ ? make_sync_outcome(outcome, generation) : make_outcome(outcome, generation);
}

const Outcome* Outcomes::last_outstanding() const {
  set_from_ = std::min(set_from_, outcomes_->size());
  while (set_from_ > 0 && (*outcomes_)[set_from_ - 1].is_set())
    --set_from_;
  return set_from_ == 0 ? nullptr : &(*outcomes_)[set_from_ - 1];
}

bool Outcomes::all_set() const {
  return last_outstanding() == nullptr;
}

Reference Outcomes::results() const {
  Reference list = checked(PyList_New(static_cast<Py_ssize_t>(outcomes_->size())));
  for (std::size_t index = 0; index < outcomes_->size(); ++index)
    checked(PyList_SetItem(list.get(), static_cast<Py_ssize_t>(index), to_python((*outcomes_)[index].get()).release()));
  return list;
}

std::uint64_t Outcomes::arm(Mailbox& mailbox) {
  const Outcome* outcome = last_outstanding();
  if (outcome == nullptr) return 0;
  outcomes_.require("Outcomes");
  return python::arm(mailbox, [&](const std::function<void()>& callback) {
    outcome->on_ready([callback](const RecordResult&) { callback(); });
    return true;
  });
}

bool Outcomes::wait(std::optional<std::chrono::nanoseconds> timeout) const {
  const auto limit = limit_of(timeout);
  while (const Outcome* outcome = last_outstanding()) {
    outcomes_.require("SyncOutcomes");
    const auto event = std::make_shared<ThreadEvent>();
    outcome->on_ready([event](const RecordResult&) { event->set(); });
    if (!wait_for(*event, limit)) return false;
  }
  return true;
}

Outcomes* outcomes_of(PyObject* object) noexcept {
  Outcomes* outcomes = nullptr;
  return nb::try_cast(nb::handle{object}, outcomes) ? outcomes : nullptr;
}

Reference make_outcomes(std::vector<Outcome> outcomes) {
  return Reference{nb::cast(std::make_unique<AsyncOutcomes>(std::move(outcomes))).release().ptr()};
}

Reference make_sync_outcomes(std::vector<Outcome> outcomes) {
  return Reference{nb::cast(std::make_unique<SyncOutcomes>(std::move(outcomes))).release().ptr()};
}

void bind_outcomes(nb::module_& module) {
  nb::class_<Outcomes>(module, "BulkOutcomes", "The outcomes of a bulk put, in the order of its records.")
      .def("__len__", &Outcomes::size)
      .def("__getitem__", item)
      .def("__iter__", [](nb::handle self) { return nb::steal(checked(PySeqIter_New(self.ptr())).release()); });
  const auto call = [](nb::handle self) { return nb::steal(make_waiting_call("Outcomes.wait", self.ptr()).release()); };
  nb::class_<AsyncOutcomes, Outcomes>(module, "Outcomes",
                                      "The outcomes of `Producer.put_records`, in the order of its records: a sequence "
                                      "of Outcome, made one by one when somebody looks.")
      .def("is_set", &Outcomes::all_set, "Whether all results are there.")
      .def("wait", call, "Waits until all records have reached their ends, and returns the list of their results.")
      .def("__await__", call)
      .def("_arm", &Outcomes::arm);
  nb::class_<SyncOutcomes, Outcomes>(module, "SyncOutcomes",
                                     "The outcomes of `SyncProducer.put_records`, in the order of its records: a "
                                     "sequence of SyncOutcome, made one by one when somebody looks.")
      .def("done", &Outcomes::all_set, "Whether all results are there.")
      .def(
          "wait",
          [](const Outcomes& self, nb::handle timeout) {
            if (!self.wait(timeout_of(timeout.ptr()))) {
              PyErr_Format(PyExc_TimeoutError, "SyncOutcomes.wait timed out after %Ss", timeout.ptr());
              throw nb::python_error();
            }
            return nb::steal(self.results().release());
          },
          nb::arg("timeout") = nb::none(),
          "Blocks until all records have reached their ends, and returns the list of their results. After `timeout` "
          "seconds it raises TimeoutError; the records are still tracked.");
}

}  // namespace aiokpl::python
