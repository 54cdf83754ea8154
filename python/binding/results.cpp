#include "results.hpp"

#include <array>
#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

namespace aiokpl::python {

namespace {

/// Makes instances of a frozen dataclass with slots, past its `__init__`, which sets field by field in Python.
class FrozenClass {
 public:
  void set(nb::object type, std::initializer_list<const char*> fields) {
    type_ = std::move(type);
    fields_.clear();
    for (const char* field : fields)
      fields_.push_back(nb::steal(checked(PyUnicode_InternFromString(field)).release()));
  }

  [[nodiscard]] Reference make(std::initializer_list<PyObject*> values) const {
    if (!type_.is_valid()) {
      PyErr_SetString(PyExc_ImportError, "aiokpl._core belongs to the package aiokpl: import that");
      throw PythonErrorSet{};
    }
    Reference instance = checked(PyType_GenericAlloc(reinterpret_cast<PyTypeObject*>(type_.ptr()), 0));
    std::size_t index = 0;
    for (PyObject* value : values)
      checked(PyObject_GenericSetAttr(instance.get(), fields_[index++].ptr(), value));
    return instance;
  }

 private:
  nb::object type_;
  std::vector<nb::object> fields_;
};

/// Results by the last of their attempts, so that records that ended together become one object. A slot is used again
/// by whatever falls on it.
struct Known {
  RecordResult result;
  Reference object;
};

struct Classes {
  FrozenClass record_result;
  FrozenClass attempt;
  std::array<Known, 1024> known;
};

// Never destroyed: at the end of the process there may be no interpreter left to give references back to.
Classes& classes() {
  static auto* all = new Classes;
  return *all;
}

Reference none() {
  return Reference::borrow(Py_None);
}

Reference text(std::string_view view) {
  // Text of the service's, which may be anything.
  return checked(PyUnicode_DecodeUTF8(view.data(), static_cast<Py_ssize_t>(view.size()), "replace"));
}

template <typename Text>
Reference optional_text(const std::optional<Text>& given) {
  return given ? text(*given) : none();
}

Reference seconds(std::chrono::system_clock::time_point at) {
  return checked(PyFloat_FromDouble(std::chrono::duration<double>(at.time_since_epoch()).count()));
}

Reference attempt_to_python(const Attempt& attempt) {
  const auto error = [&](const std::string& words) { return attempt.success ? none() : text(words); };
  const Reference started = seconds(attempt.started_at);
  const Reference ended = seconds(attempt.ended_at);
  const Reference shard = optional_text(attempt.shard_id);
  const Reference number = optional_text(attempt.sequence_number);
  const Reference code = error(attempt.error_code);
  const Reference message = error(attempt.error_message);
  return classes().attempt.make({started.get(), ended.get(), attempt.success ? Py_True : Py_False, shard.get(),
                                 number.get(), code.get(), message.get()});
}

Reference make_result(const RecordResult& result) {
  const auto count = static_cast<Py_ssize_t>(result.attempts.size());
  const Reference attempts = checked(PyTuple_New(count));
  for (Py_ssize_t index = 0; index < count; ++index) {
    Reference attempt = attempt_to_python(result.attempts[static_cast<std::size_t>(index)]);
    checked(PyTuple_SetItem(attempts.get(), index, attempt.release()));
  }
  const Reference shard = optional_text(result.shard_id);
  const Reference number = optional_text(result.sequence_number);
  const Reference omitted = checked(PyLong_FromUnsignedLongLong(result.attempts_omitted));
  return classes().record_result.make(
      {result.success ? Py_True : Py_False, shard.get(), number.get(), attempts.get(), omitted.get()});
}

/// Whether two results are made of the very same attempts: then they are equal.
bool same(const RecordResult& left, const RecordResult& right) {
  if (left.success != right.success || left.attempts_omitted != right.attempts_omitted) return false;
  const std::size_t count = left.attempts.size();
  if (count != right.attempts.size()) return false;
  for (std::size_t index = 0; index < count; ++index) {
    if (&left.attempts[index] != &right.attempts[index]) return false;
  }
  return true;
}

std::size_t slot_of(const Attempt& attempt) {
  // Objects on the heap lie 16 bytes apart or more; the multiplier spreads what is regular in their places.
  const std::uint64_t address = reinterpret_cast<std::uintptr_t>(&attempt) >> 4U;
  return static_cast<std::size_t>((address * 0x9E3779B97F4A7C15U) >> 54U);
}

}  // namespace

void set_result_classes(nb::object record_result, nb::object attempt) {
  classes().record_result.set(std::move(record_result),
                              {"success", "shard_id", "sequence_number", "attempts", "attempts_omitted"});
  classes().attempt.set(std::move(attempt), {"started_at", "ended_at", "success", "shard_id", "sequence_number",
                                             "error_code", "error_message"});
}

Reference to_python(const RecordResult& result) {
  if (result.attempts.empty()) return make_result(result);
  Known& known = classes().known[slot_of(result.attempts.back())];
  if (known.object && same(known.result, result)) return Reference::borrow(known.object.get());
  Reference object = make_result(result);
  known.result = result;
  // The old one goes last: its end may run whatever Python code.
  const Reference old = std::exchange(known.object, Reference::borrow(object.get()));
  return object;
}

}  // namespace aiokpl::python
