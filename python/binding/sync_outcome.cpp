#include <memory>
#include <new>
#include <vector>

#include "arguments.hpp"
#include "of_this_process.hpp"
#include "outcome.hpp"
#include "results.hpp"
#include "thread_event.hpp"

namespace aiokpl::python {

namespace {

struct SyncOutcomeObject {
  PyObject_HEAD Outcome outcome;
  std::uint32_t generation;
  bool cancelled;
  // The threads that wait in here, for `cancel`; null while there are none. Under the GIL.
  std::vector<std::shared_ptr<ThreadEvent>>* waiting;
};

PyTypeObject* sync_outcome_type = nullptr;
PyObject* cancelled_error = nullptr;

SyncOutcomeObject& object_of(PyObject* self) {
  return *reinterpret_cast<SyncOutcomeObject*>(self);
}

void require_not_cancelled(const SyncOutcomeObject& object) {
  if (!object.cancelled) return;
  PyErr_SetString(cancelled_error, "the outcome was cancelled");
  throw PythonErrorSet{};
}

// Known to `cancel` while it waits.
class Registered {
 public:
  Registered(SyncOutcomeObject& object, std::shared_ptr<ThreadEvent> event)
      : object_{object}, event_{std::move(event)} {
    if (object_.waiting == nullptr) object_.waiting = new std::vector<std::shared_ptr<ThreadEvent>>;
    object_.waiting->push_back(event_);
  }
  Registered(const Registered&) = delete;
  Registered& operator=(const Registered&) = delete;
  ~Registered() {
    std::erase(*object_.waiting, event_);
    if (object_.waiting->empty()) delete std::exchange(object_.waiting, nullptr);
  }

 private:
  SyncOutcomeObject& object_;
  std::shared_ptr<ThreadEvent> event_;
};

bool wait_until_set(SyncOutcomeObject& object, std::optional<std::chrono::nanoseconds> timeout) {
  require_this_process(object.generation, "SyncOutcome");
  const auto event = std::make_shared<ThreadEvent>();
  const Registered registered{object, event};
  object.outcome.on_ready([event](const RecordResult&) { event->set(); });
  return wait_for(*event, limit_of(timeout));
}

PyObject* method_wait(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names) {
  return guarded([&]() -> PyObject* {
    PyObject* timeout = nullptr;
    read_arguments("wait", args, count, names, 1, {{"timeout", &timeout}});
    const auto limit = timeout_of(timeout);
    SyncOutcomeObject& object = object_of(self);
    const Reference keep = Reference::borrow(self);
    require_not_cancelled(object);
    if (!object.outcome.is_set() && !wait_until_set(object, limit)) {
      PyErr_Format(PyExc_TimeoutError, "SyncOutcome.wait timed out after %Ss", timeout);
      return nullptr;
    }
    require_not_cancelled(object);
    return to_python(object.outcome.get()).release();
  });
}

PyObject* method_cancel(PyObject* self, PyObject* /*unused*/) {
  return guarded([&] {
    SyncOutcomeObject& object = object_of(self);
    const bool cancels = !object.cancelled && !object.outcome.is_set();
    if (cancels) {
      object.cancelled = true;
      // In a child nobody waits, and what the parent's threads wait with is not to be touched.
      if (object.waiting != nullptr && object.generation == process_generation()) {
        for (const auto& event : *object.waiting)
          event->set();
      }
    }
    return Py_NewRef(cancels ? Py_True : Py_False);
  });
}

PyObject* method_done(PyObject* self, PyObject* /*unused*/) {
  return guarded([&] {
    const SyncOutcomeObject& object = object_of(self);
    return Py_NewRef(object.cancelled || object.outcome.is_set() ? Py_True : Py_False);
  });
}

PyObject* sync_outcome_repr(PyObject* self) {
  return guarded([&]() -> PyObject* {
    const SyncOutcomeObject& object = object_of(self);
    if (object.cancelled) return PyUnicode_FromString("<SyncOutcome: cancelled>");
    if (!object.outcome.is_set()) return PyUnicode_FromString("<SyncOutcome: outstanding>");
    return PyUnicode_FromFormat("<SyncOutcome: %R>", to_python(object.outcome.get()).get());
  });
}

void sync_outcome_dealloc(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  // As with Outcome.
  if (object_of(self).generation == process_generation()) object_of(self).outcome.~Outcome();
  PyObject_Free(self);
  Py_DECREF(type);
}

PyMethodDef methods[] = {
    {"wait", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(method_wait)), METH_FASTCALL | METH_KEYWORDS,
     "wait($self, /, timeout=None)\n--\n\nBlocks until the record has reached its end, and returns its RecordResult. "
     "After "
     "`timeout` seconds it raises TimeoutError; the record is still tracked. After `cancel` it raises "
     "SyncOutcomeCancelled."},
    {"cancel", method_cancel, METH_NOARGS,
     "cancel($self, /)\n--\n\nLets go of this handle, and wakes threads that wait on it; the record itself goes on. "
     "False when "
     "the result was there already, or it was cancelled before."},
    {"done", method_done, METH_NOARGS,
     "done($self, /)\n--\n\nWhether the result is there, or the handle was cancelled."},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, "SyncOutcome[RecordResult]"},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

void set_cancelled_error(nb::object error) {
  cancelled_error = error.release().ptr();
}

Reference make_sync_outcome(Outcome outcome, std::uint32_t generation) {
  SyncOutcomeObject* object = PyObject_New(SyncOutcomeObject, sync_outcome_type);
  if (object == nullptr) throw PythonErrorSet{};
  new (&object->outcome) Outcome{std::move(outcome)};
  object->generation = generation;
  object->cancelled = false;
  object->waiting = nullptr;
  return Reference{reinterpret_cast<PyObject*>(object)};
}

void bind_sync_outcome(nb::module_& module) {
  PyType_Slot slots[] = {
      {Py_tp_dealloc, reinterpret_cast<void*>(sync_outcome_dealloc)},
      {Py_tp_repr, reinterpret_cast<void*>(sync_outcome_repr)},
      {Py_tp_methods, methods},
      {Py_tp_doc, const_cast<char*>("The handle of a record that SyncProducer accepted. Any thread may use it.")},
      {0, nullptr},
  };
  PyType_Spec spec{"aiokpl.SyncOutcome", sizeof(SyncOutcomeObject), 0,
                   Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};
  Reference type = checked(PyType_FromModuleAndSpec(module.ptr(), &spec, nullptr));
  sync_outcome_type = reinterpret_cast<PyTypeObject*>(type.get());
  module.attr("SyncOutcome") = nb::borrow(type.get());
  static_cast<void>(type.release());
}

}  // namespace aiokpl::python
