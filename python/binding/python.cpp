#include "python.hpp"

#include <new>
#include <stdexcept>
#include <string>

#include <aiokpl/aggregation.hpp>
#include <aiokpl/error.hpp>

namespace aiokpl::python {

namespace {

std::uint32_t generation = 0;

}  // namespace

std::uint32_t process_generation() noexcept {
  return generation;
}

void count_fork() noexcept {
  ++generation;
}

void set_current_exception() noexcept {
  try {
    throw;
  } catch (const PythonErrorSet&) {  // NOLINT(bugprone-empty-catch): there is nothing left to set
  } catch (nb::python_error& error) {
    error.restore();
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
  } catch (const TimeoutError& error) {
    PyErr_SetString(PyExc_TimeoutError, error.what());
  } catch (const AggregationFormatError& error) {
    PyErr_SetString(PyExc_ValueError, error.what());
  } catch (const std::invalid_argument& error) {
    PyErr_SetString(PyExc_ValueError, error.what());
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
  } catch (...) {
    PyErr_SetString(PyExc_RuntimeError, "an unknown C++ exception");
  }
}

std::string type_name(PyObject* object) {
  const Reference name{PyObject_GetAttrString(reinterpret_cast<PyObject*>(Py_TYPE(object)), "__name__")};
  const char* text = name ? PyUnicode_AsUTF8AndSize(name.get(), nullptr) : nullptr;
  PyErr_Clear();
  return text == nullptr ? "an object" : text;
}

std::string_view text_of(PyObject* object, const char* field) {
  if (!PyUnicode_Check(object)) {
    PyErr_Format(PyExc_TypeError, "%s: must be str, got %s", field, type_name(object).c_str());
    throw PythonErrorSet{};
  }
  Py_ssize_t size = 0;
  const char* text = PyUnicode_AsUTF8AndSize(object, &size);
  if (text == nullptr) {
    // Half a surrogate pair, which UTF-8 has no place for.
    PyErr_Clear();
    PyErr_Format(PyExc_ValueError, "%s: must be text that UTF-8 can hold, got %R", field, object);
    throw PythonErrorSet{};
  }
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace aiokpl::python
