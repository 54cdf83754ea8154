#include "outcome.hpp"

#include <new>

#include "call.hpp"
#include "of_this_process.hpp"
#include "results.hpp"
#include "waitable.hpp"

namespace aiokpl::python {

namespace {

struct OutcomeObject {
  PyObject_HEAD Outcome outcome;
  std::uint32_t generation;
};

PyTypeObject* outcome_type = nullptr;

OutcomeObject& object_of(PyObject* self) {
  return *reinterpret_cast<OutcomeObject*>(self);
}

PyObject* outcome_wait(PyObject* self) {
  return guarded([&] { return make_waiting_call("Outcome.wait", self).release(); });
}

PyObject* method_wait(PyObject* self, PyObject* /*unused*/) {
  return outcome_wait(self);
}

PyObject* method_is_set(PyObject* self, PyObject* /*unused*/) {
  return guarded([&] { return Py_NewRef(outcome_is_set(self) ? Py_True : Py_False); });
}

PyObject* method_arm(PyObject* self, PyObject* mailbox) {
  return guarded([&]() -> PyObject* {
    OutcomeObject& object = object_of(self);
    if (object.outcome.is_set()) return PyLong_FromLong(0);
    require_this_process(object.generation, "Outcome");
    const std::uint64_t ticket =
        arm(*nb::cast<Mailbox*>(nb::handle{mailbox}), [&](const std::function<void()>& callback) {
          object.outcome.on_ready([callback](const RecordResult&) { callback(); });
          return true;
        });
    return PyLong_FromUnsignedLongLong(ticket);
  });
}

PyObject* outcome_repr(PyObject* self) {
  return guarded([&]() -> PyObject* {
    if (!outcome_is_set(self)) return PyUnicode_FromString("<Outcome: outstanding>");
    return PyUnicode_FromFormat("<Outcome: %R>", outcome_result(self).get());
  });
}

void outcome_dealloc(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  // Another process's stays as it is: the last handle of a batch ends what its producer left, threads and locks
  // included.
  if (object_of(self).generation == process_generation()) object_of(self).outcome.~Outcome();
  PyObject_Free(self);
  Py_DECREF(type);
}

PyMethodDef methods[] = {
    {"wait", method_wait, METH_NOARGS,
     "wait($self, /)\n--\n\nWaits until the record has reached its end, and returns its RecordResult. Any number of "
     "tasks may "
     "wait, in any event loop. A wait that is cancelled does not touch the record."},
    {"is_set", method_is_set, METH_NOARGS, "is_set($self, /)\n--\n\nWhether the result is there."},
    {"_arm", method_arm, METH_O,
     "_arm($self, mailbox, /)\n--\n\nThe ticket that the mailbox will get; 0 when it is set."},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, "Outcome[RecordResult]"},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

Reference make_outcome(Outcome outcome, std::uint32_t generation) {
  OutcomeObject* object = PyObject_New(OutcomeObject, outcome_type);
  if (object == nullptr) throw PythonErrorSet{};
  new (&object->outcome) Outcome{std::move(outcome)};
  object->generation = generation;
  return Reference{reinterpret_cast<PyObject*>(object)};
}

bool is_outcome(PyObject* object) noexcept {
  return Py_TYPE(object) == outcome_type;
}

bool outcome_is_set(PyObject* outcome) {
  return object_of(outcome).outcome.is_set();
}

Reference outcome_result(PyObject* outcome) {
  return to_python(object_of(outcome).outcome.get());
}

void bind_outcome(nb::module_& module) {
  PyType_Slot slots[] = {
      {Py_tp_dealloc, reinterpret_cast<void*>(outcome_dealloc)},
      {Py_tp_repr, reinterpret_cast<void*>(outcome_repr)},
      {Py_am_await, reinterpret_cast<void*>(outcome_wait)},
      {Py_tp_methods, methods},
      {Py_tp_doc, const_cast<char*>("The handle of a record that was accepted: `result = await outcome.wait()`, or "
                                    "`await outcome`. It resolves once; dropping it does not touch the record.")},
      {0, nullptr},
  };
  PyType_Spec spec{"aiokpl.Outcome", sizeof(OutcomeObject), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                   slots};
  Reference type = checked(PyType_FromModuleAndSpec(module.ptr(), &spec, nullptr));
  outcome_type = reinterpret_cast<PyTypeObject*>(type.get());
  module.attr("Outcome") = nb::borrow(type.get());
  static_cast<void>(type.release());
}

}  // namespace aiokpl::python
