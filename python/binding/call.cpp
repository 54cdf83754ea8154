#include "call.hpp"

#include "outcome.hpp"
#include "outcomes.hpp"
#include "waitable.hpp"

namespace aiokpl::python {

namespace {

enum class State : std::uint8_t { fresh, waiting, over };
// What the call ends with.
enum class End : std::uint8_t { value, target };

struct Call {
  PyObject_HEAD const char* name;
  PyObject* held;   // the value, or what is waited for
  PyObject* inner;  // the Python coroutine, while waiting
  State state;
  End end;
  bool breathe;
};

PyTypeObject* call_type = nullptr;
// Never given back: see results.cpp.
PyObject* until = nullptr;
PyObject* breathe = nullptr;

Call& call_of(PyObject* object) {
  return *reinterpret_cast<Call*>(object);
}

Reference make(const char* name, PyObject* held, End end, bool with_breath) {
  Call* call = PyObject_GC_New(Call, call_type);
  if (call == nullptr) {
    Py_XDECREF(held);
    throw PythonErrorSet{};
  }
  call->name = name;
  call->held = held;
  call->inner = nullptr;
  call->state = State::fresh;
  call->end = end;
  call->breathe = with_breath;
  // Not tracked by the garbage collector until it holds a coroutine, which alone can close a circle.
  return Reference{reinterpret_cast<PyObject*>(call)};
}

void finish(Call& call) {
  call.state = State::over;
  if (PyObject* inner = std::exchange(call.inner, nullptr)) {
    PyObject_GC_UnTrack(&call);
    Py_DECREF(inner);
  }
}

// It ends with an exception, such as a cancellation. The traceback may keep the call alive for long: what waits for its
// place is withdrawn now.
void finish_with_error(Call& call) {
  PyObject* type = nullptr;
  PyObject* value = nullptr;
  PyObject* traceback = nullptr;
  PyErr_Fetch(&type, &value, &traceback);
  finish(call);
  const Reference held{std::exchange(call.held, nullptr)};
  Waitable* waitable = nullptr;
  if (held && call.end == End::target && nb::try_cast(nb::handle{held.get()}, waitable)) waitable->drop();
  PyErr_Restore(type, value, traceback);
}

// What the call ends with; takes it out of the call.
PyObject* end_value(Call& call) {
  Reference held{std::exchange(call.held, nullptr)};
  if (call.end == End::value) return held.release();
  if (is_outcome(held.get())) return outcome_result(held.get()).release();
  if (Outcomes* outcomes = outcomes_of(held.get())) return outcomes->results().release();
  return nb::cast<Waitable*>(nb::handle{held.get()})->take().release();
}

bool over_already(Call& call) {
  if (call.end == End::value) return !call.breathe;
  if (is_outcome(call.held)) return outcome_is_set(call.held);
  if (const Outcomes* outcomes = outcomes_of(call.held)) return outcomes->all_set();
  return false;
}

void start_inner(Call& call) {
  if (until == nullptr) {
    PyErr_SetString(PyExc_ImportError, "aiokpl._core belongs to the package aiokpl: import that");
    throw PythonErrorSet{};
  }
  Reference inner = call.end == End::value ? checked(PyObject_CallNoArgs(breathe))
                                           : checked(PyObject_CallFunctionObjArgs(until, call.held, nullptr));
  call.inner = inner.release();
  PyObject_GC_Track(reinterpret_cast<PyObject*>(&call));
}

PySendResult advance(Call& call, PyObject* argument, PyObject** result) {
  if (call.state == State::over) {
    PyErr_Format(PyExc_RuntimeError, "cannot reuse already awaited %s", call.name);
    throw PythonErrorSet{};
  }
  if (call.state == State::fresh) {
    call.state = State::waiting;
    if (over_already(call)) {
      call.state = State::over;
      *result = end_value(call);
      return *result == nullptr ? PYGEN_ERROR : PYGEN_RETURN;
    }
    start_inner(call);
  }
  const PySendResult sent = PyIter_Send(call.inner, argument, result);
  if (sent == PYGEN_NEXT) return sent;
  if (sent == PYGEN_ERROR) {
    finish_with_error(call);
    return sent;
  }
  finish(call);
  Py_DECREF(*result);
  *result = end_value(call);
  return *result == nullptr ? PYGEN_ERROR : PYGEN_RETURN;
}

PySendResult call_send(PyObject* self, PyObject* argument, PyObject** result) {
  *result = nullptr;
  const Reference keep = Reference::borrow(self);
  try {
    return advance(call_of(self), argument, result);
  } catch (...) {
    call_of(self).state = State::over;
    *result = nullptr;
    set_current_exception();
    return PYGEN_ERROR;
  }
}

// As an iterator and by its methods a coroutine ends with StopIteration.
PyObject* stepped(PySendResult sent, PyObject* result) {
  if (sent == PYGEN_NEXT) return result;
  if (sent == PYGEN_RETURN) {
    const Reference value{result};
    const Reference stop{PyObject_CallFunctionObjArgs(PyExc_StopIteration, value.get(), nullptr)};
    if (stop) PyErr_SetObject(PyExc_StopIteration, stop.get());
  }
  return nullptr;
}

PyObject* method_send(PyObject* self, PyObject* argument) {
  PyObject* result = nullptr;
  const PySendResult sent = call_send(self, argument, &result);
  return stepped(sent, result);
}

PyObject* call_next(PyObject* self) {
  return method_send(self, Py_None);
}

void raise_arguments(PyObject* arguments) {
  PyObject* type = nullptr;
  PyObject* value = nullptr;
  PyObject* traceback = nullptr;
  if (PyArg_UnpackTuple(arguments, "throw", 1, 3, &type, &value, &traceback) == 0) return;
  if (PyExceptionInstance_Check(type)) {
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(type)), type);
  } else {
    PyErr_SetObject(type, value == nullptr ? Py_None : value);
  }
}

PyObject* method_throw(PyObject* self, PyObject* arguments) {
  Call& call = call_of(self);
  const Reference keep = Reference::borrow(self);
  if (call.inner == nullptr) {
    call.state = State::over;
    raise_arguments(arguments);
    finish_with_error(call);
    return nullptr;
  }
  return guarded([&]() -> PyObject* {
    const Reference thrower{PyObject_GetAttrString(call.inner, "throw")};
    PyObject* yielded = thrower ? PyObject_CallObject(thrower.get(), arguments) : nullptr;
    if (yielded != nullptr) return yielded;
    if (PyErr_ExceptionMatches(PyExc_StopIteration) == 0) {
      finish_with_error(call);
      return nullptr;
    }
    // It caught the exception and came to its end.
    PyErr_Clear();
    finish(call);
    return stepped(PYGEN_RETURN, end_value(call));
  });
}

PyObject* method_close(PyObject* self, PyObject* /*unused*/) {
  Call& call = call_of(self);
  const Reference keep = Reference::borrow(self);
  call.state = State::over;
  bool closed = true;
  if (call.inner != nullptr) {
    const Reference closer{PyObject_GetAttrString(call.inner, "close")};
    const Reference done{closer ? PyObject_CallNoArgs(closer.get()) : nullptr};
    closed = static_cast<bool>(done);
  }
  finish_with_error(call);
  return closed ? Py_NewRef(Py_None) : nullptr;
}

PyObject* call_self(PyObject* self) {
  Py_INCREF(self);
  return self;
}

int call_traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(call_of(self).held);
  Py_VISIT(call_of(self).inner);
  return 0;
}

int call_clear(PyObject* self) {
  Py_CLEAR(call_of(self).held);
  Py_CLEAR(call_of(self).inner);
  return 0;
}

// As with a coroutine of Python's own: who forgets the `await` hears of it.
void warn_if_never_awaited(const Call& call) {
  if (call.state != State::fresh) return;
  PyObject* type = nullptr;
  PyObject* value = nullptr;
  PyObject* traceback = nullptr;
  PyErr_Fetch(&type, &value, &traceback);
  if (PyErr_WarnFormat(PyExc_RuntimeWarning, 1, "'%s' was never awaited", call.name) < 0) {
    PyErr_WriteUnraisable(reinterpret_cast<PyObject*>(call_type));
  }
  PyErr_Restore(type, value, traceback);
}

void call_dealloc(PyObject* self) {
  Call& call = call_of(self);
  if (call.inner != nullptr) PyObject_GC_UnTrack(self);
  warn_if_never_awaited(call);
  call_clear(self);
  PyTypeObject* type = Py_TYPE(self);
  PyObject_GC_Del(self);
  Py_DECREF(type);
}

PyObject* call_repr(PyObject* self) {
  const char* states[] = {"not awaited yet", "waiting", "over"};
  return PyUnicode_FromFormat("<%s: %s>", call_of(self).name, states[static_cast<int>(call_of(self).state)]);
}

PyMethodDef methods[] = {
    {"send", method_send, METH_O, "send($self, value, /)\n--\n\nFor event loops: runs on until the next wait."},
    {"throw", method_throw, METH_VARARGS,
     "throw($self, type, value=None, traceback=None, /)\n--\n\nFor event loops: raises an exception where the call "
     "waits."},
    {"close", method_close, METH_NOARGS, "close($self, /)\n--\n\nLets go of what is waited for."},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

Reference make_call(const char* name, Reference value, bool with_breath) {
  return make(name, value.release(), End::value, with_breath);
}

Reference make_waiting_call(const char* name, PyObject* target) {
  Py_INCREF(target);
  return make(name, target, End::target, false);
}

void bind_call(nb::module_& module) {
  PyType_Slot slots[] = {
      {Py_tp_dealloc, reinterpret_cast<void*>(call_dealloc)},
      {Py_tp_traverse, reinterpret_cast<void*>(call_traverse)},
      {Py_tp_clear, reinterpret_cast<void*>(call_clear)},
      {Py_tp_repr, reinterpret_cast<void*>(call_repr)},
      {Py_tp_iter, reinterpret_cast<void*>(call_self)},
      {Py_tp_iternext, reinterpret_cast<void*>(call_next)},
      {Py_am_await, reinterpret_cast<void*>(call_self)},
      {Py_am_send, reinterpret_cast<void*>(call_send)},
      {Py_tp_methods, methods},
      {0, nullptr},
  };
  PyType_Spec spec{"aiokpl._core.Call", sizeof(Call), 0,
                   Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};
  Reference type = checked(PyType_FromModuleAndSpec(module.ptr(), &spec, nullptr));
  call_type = reinterpret_cast<PyTypeObject*>(type.get());
  module.attr("Call") = nb::borrow(type.get());
  static_cast<void>(type.release());
}

void set_coroutines(nb::object until_function, nb::object breathe_function) {
  until = until_function.release().ptr();
  breathe = breathe_function.release().ptr();
}

}  // namespace aiokpl::python
