#include "sink_options.hpp"

#include <cmath>

#include <nanobind/stl/string.h>

namespace aiokpl::python {

namespace {

[[noreturn]] void wrong_type(const char* name, const char* wanted, nb::handle value, bool secret = false) {
  PyErr_Format(PyExc_TypeError, "%s: must be %s, got %s", name, wanted,
               secret ? type_name(value.ptr()).c_str() : nb::cast<std::string>(nb::repr(value)).c_str());
  throw PythonErrorSet{};
}

}  // namespace

nb::object SinkOptions::find(const char* name) const {
  if (!given_.contains(name)) return {};
  nb::object value = given_[name];
  return value.is_none() ? nb::object() : value;
}

std::optional<std::string> SinkOptions::read_text(const char* name, bool secret) const {
  const nb::object value = find(name);
  if (!value.is_valid()) return std::nullopt;
  if (!PyUnicode_Check(value.ptr())) wrong_type(name, "str", value, secret);
  Py_ssize_t size = 0;
  const char* bytes = PyUnicode_AsUTF8AndSize(value.ptr(), &size);
  if (bytes == nullptr) {
    PyErr_Clear();
    PyErr_Format(PyExc_ValueError, "%s: must be text that UTF-8 can hold", name);
    throw PythonErrorSet{};
  }
  return std::string{bytes, static_cast<std::size_t>(size)};
}

std::optional<bool> SinkOptions::flag(const char* name) const {
  const nb::object value = find(name);
  if (!value.is_valid()) return std::nullopt;
  if (!PyBool_Check(value.ptr())) wrong_type(name, "bool", value);
  return value.is(Py_True);
}

std::optional<std::uint64_t> SinkOptions::whole(const char* name, std::uint64_t least, std::uint64_t most) const {
  const nb::object value = find(name);
  if (!value.is_valid()) return std::nullopt;
  if (!PyLong_Check(value.ptr()) || PyBool_Check(value.ptr())) wrong_type(name, "int", value);
  const std::uint64_t given = PyLong_AsUnsignedLongLong(value.ptr());
  const bool overflow = given == static_cast<std::uint64_t>(-1) && PyErr_Occurred() != nullptr;
  if (overflow) PyErr_Clear();
  if (overflow || given < least || given > most) {
    PyErr_Format(PyExc_ValueError, "%s: must be %s to %s, got %S", name, std::to_string(least).c_str(),
                 std::to_string(most).c_str(), value.ptr());
    throw PythonErrorSet{};
  }
  return given;
}

std::optional<double> SinkOptions::number(const char* name) const {
  const nb::object value = find(name);
  if (!value.is_valid()) return std::nullopt;
  const bool is_number = PyFloat_Check(value.ptr()) || (PyLong_Check(value.ptr()) && !PyBool_Check(value.ptr()));
  if (!is_number) wrong_type(name, "a number", value);
  const double given = PyFloat_AsDouble(value.ptr());
  if (PyErr_Occurred() != nullptr) PyErr_Clear();
  if (!std::isfinite(given)) wrong_type(name, "a finite number", value);
  return given;
}

std::vector<std::string> SinkOptions::texts(const char* name) const {
  std::vector<std::string> all;
  const nb::object value = find(name);
  if (!value.is_valid()) return all;
  // A str is a sequence of str, too.
  if (!PyList_Check(value.ptr()) && !PyTuple_Check(value.ptr())) wrong_type(name, "a list or tuple of str", value);
  for (const nb::handle one : value) {
    if (!PyUnicode_Check(one.ptr())) wrong_type(name, "a list or tuple of str", value);
    all.emplace_back(text_of(one.ptr(), name));
  }
  return all;
}

std::optional<std::map<std::string, std::string>> SinkOptions::pairs(const char* name) const {
  const nb::object value = find(name);
  if (!value.is_valid()) return std::nullopt;
  if (PyMapping_Check(value.ptr()) == 0 || !nb::hasattr(value, "items")) {
    wrong_type(name, "a mapping of str to str", value, true);
  }
  std::map<std::string, std::string> all;
  for (const nb::handle item : value.attr("items")()) {
    const nb::object key = item[0];
    const nb::object text = item[1];
    if (!PyUnicode_Check(key.ptr())) wrong_type(name, "a mapping of str to str", key, true);
    if (!PyUnicode_Check(text.ptr())) wrong_type(name, "a mapping of str to str", text, true);
    all.insert_or_assign(nb::cast<std::string>(key), nb::cast<std::string>(text));
  }
  return all;
}

std::optional<std::size_t> SinkOptions::choice(const char* name, std::initializer_list<std::string_view> words) const {
  const auto given = text(name);
  if (!given) return std::nullopt;
  std::string allowed;
  std::size_t place = 0;
  for (const std::string_view word : words) {
    if (*given == word) return place;
    ++place;
    allowed.append(allowed.empty() ? "" : ", ").append(word);
  }
  PyErr_Format(PyExc_ValueError, "%s: must be one of %s, got \"%s\"", name, allowed.c_str(), given->c_str());
  throw PythonErrorSet{};
}

}  // namespace aiokpl::python
