#pragma once

// What every file of the binding starts with. The hot paths (a put, an outcome) speak to Python's C API directly,
// within its stable part; everything else goes through nanobind.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include <Python.h>
#include <nanobind/nanobind.h>

namespace aiokpl::python {

namespace nb = nanobind;

/// An owned reference for code that speaks to the C API. The GIL is held wherever one is made, moved or dropped.
class Reference {
 public:
  Reference() noexcept = default;
  /// Takes over a new reference, which may be null.
  explicit Reference(PyObject* owned) noexcept : object_{owned} {}
  static Reference borrow(PyObject* object) noexcept {
    Py_XINCREF(object);
    return Reference{object};
  }
  Reference(Reference&& other) noexcept : object_{std::exchange(other.object_, nullptr)} {}
  Reference& operator=(Reference&& other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  Reference(const Reference&) = delete;
  Reference& operator=(const Reference&) = delete;
  ~Reference() { Py_XDECREF(object_); }

  [[nodiscard]] PyObject* get() const noexcept { return object_; }
  [[nodiscard]] PyObject* release() noexcept { return std::exchange(object_, nullptr); }
  explicit operator bool() const noexcept { return object_ != nullptr; }

 private:
  PyObject* object_ = nullptr;
};

/// Thrown where a Python exception is set already.
struct PythonErrorSet {};

/// Null means that an exception is set.
inline Reference checked(PyObject* owned) {
  if (owned == nullptr) throw PythonErrorSet{};
  return Reference{owned};
}

inline void checked(int status) {
  if (status < 0) throw PythonErrorSet{};
}

/// Python's own objects for names in source code, which are interned: the same name is the same object. They are kept.
template <std::size_t count>
std::array<PyObject*, count> interned(const std::array<const char*, count>& names) {
  std::array<PyObject*, count> made{};
  for (std::size_t index = 0; index < count; ++index)
    made[index] = checked(PyUnicode_InternFromString(names[index])).release();
  return made;
}

/// Sets the Python exception for the C++ one that is being handled.
void set_current_exception() noexcept;

/// Runs what a function of the C API does; null with an exception set when it throws.
template <typename Work>
PyObject* guarded(Work&& work) noexcept {
  try {
    return std::forward<Work>(work)();
  } catch (...) {
    set_current_exception();
    return nullptr;
  }
}

/// Text of a `str`, valid as long as that lives. Throws a TypeError that names the field.
std::string_view text_of(PyObject* object, const char* field);

/// The name of an object's type, for messages.
std::string type_name(PyObject* object);

/// How often this process was forked since the module was loaded: what was made before the last fork has no threads in
/// the child, so that it is told apart by this number.
std::uint32_t process_generation() noexcept;
void count_fork() noexcept;

}  // namespace aiokpl::python
