#include "arguments.hpp"

#include <array>

namespace aiokpl::python {

namespace {

// The parameters of put_record, in the order in which nearly everybody gives them.
enum Field : std::size_t { stream, partition_key, data, explicit_hash_key, tags, field_count };
constexpr std::array<const char*, field_count> field_names{"stream", "partition_key", "data", "explicit_hash_key",
                                                           "tags"};

PyObject* const* interned_names() {
  static const auto names = interned(field_names);
  return names.data();
}

std::size_t field_of(PyObject* name, std::size_t guess) {
  PyObject* const* names = interned_names();
  if (guess < field_count && names[guess] == name) return guess;
  for (std::size_t index = 0; index < field_count; ++index) {
    if (names[index] == name) return index;
  }
  for (std::size_t index = 0; index < field_count; ++index) {
    if (PyUnicode_CompareWithASCIIString(name, field_names[index]) == 0) return index;
  }
  PyErr_Format(PyExc_TypeError, "put_record() got an unexpected keyword argument '%U'", name);
  throw PythonErrorSet{};
}

void require_given(PyObject* value, const char* function, const char* name) {
  if (value != nullptr) return;
  PyErr_Format(PyExc_TypeError, "%s() missing required argument: '%s'", function, name);
  throw PythonErrorSet{};
}

}  // namespace

void read_arguments(const char* function, PyObject* const* args, Py_ssize_t count, PyObject* names,
                    std::size_t positional, std::initializer_list<Parameter> parameters) {
  const auto given = static_cast<std::size_t>(count);
  if (given > positional) {
    PyErr_Format(PyExc_TypeError, "%s() takes %zu positional arguments but %zu were given", function, positional,
                 given);
    throw PythonErrorSet{};
  }
  for (std::size_t index = 0; index < given; ++index)
    *parameters.begin()[index].value = args[index];
  const Py_ssize_t named = names == nullptr ? 0 : PyTuple_Size(names);
  for (Py_ssize_t index = 0; index < named; ++index) {
    PyObject* name = PyTuple_GetItem(names, index);
    const Parameter* found = nullptr;
    for (const Parameter& parameter : parameters) {
      if (PyUnicode_CompareWithASCIIString(name, parameter.name) == 0) found = &parameter;
    }
    if (found == nullptr) {
      PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument '%U'", function, name);
      throw PythonErrorSet{};
    }
    if (static_cast<std::size_t>(found - parameters.begin()) < given) {
      PyErr_Format(PyExc_TypeError, "%s() got multiple values for argument '%U'", function, name);
      throw PythonErrorSet{};
    }
    *found->value = args[count + index];
  }
}

Bytes::Bytes(Bytes&& other) noexcept
    : view_{other.view_}, buffer_{other.buffer_}, held_{std::exchange(other.held_, false)} {}

Bytes::~Bytes() {
  if (held_) PyBuffer_Release(&buffer_);
}

void Bytes::read(PyObject* object, const char* field) {
  if (PyBytes_Check(object)) {
    char* bytes = nullptr;
    Py_ssize_t size = 0;
    checked(PyBytes_AsStringAndSize(object, &bytes, &size));
    view_ = DataView{std::string_view{bytes, static_cast<std::size_t>(size)}};
    return;
  }
  if (PyObject_GetBuffer(object, &buffer_, PyBUF_SIMPLE) < 0) {
    if (PyErr_ExceptionMatches(PyExc_BufferError) != 0) throw PythonErrorSet{};
    PyErr_Clear();
    PyErr_Format(PyExc_TypeError, "%s: must be bytes, or an object with a buffer of them, got %s%s", field,
                 type_name(object).c_str(), PyUnicode_Check(object) ? ": text has to be encoded" : "");
    throw PythonErrorSet{};
  }
  held_ = true;
  view_ = DataView{std::string_view{static_cast<const char*>(buffer_.buf), static_cast<std::size_t>(buffer_.len)}};
}

void RecordArguments::read_call(PyObject* const* args, Py_ssize_t count, PyObject* names) {
  if (count != 0) {
    PyErr_Format(PyExc_TypeError, "put_record() takes its arguments by name: stream=, partition_key=, data=");
    throw PythonErrorSet{};
  }
  std::array<PyObject*, field_count> given{};
  const Py_ssize_t named = names == nullptr ? 0 : PyTuple_Size(names);
  for (Py_ssize_t index = 0; index < named; ++index)
    given[field_of(PyTuple_GetItem(names, index), static_cast<std::size_t>(index))] = args[index];
  for (const Field required : {stream, partition_key, data})
    require_given(given[required], "put_record", field_names[required]);
  record_.stream = text_of(given[stream], "stream");
  set_fields(given[partition_key], given[data], given[explicit_hash_key], given[tags]);
}

void RecordArguments::set_fields(PyObject* key, PyObject* bytes, PyObject* hash_key, PyObject* given_tags) {
  if (key != nullptr && key != Py_None) record_.partition_key = text_of(key, "partition_key");
  data_.read(bytes, "data");
  record_.data = data_.view();
  if (hash_key != nullptr && hash_key != Py_None) set_explicit_hash_key(hash_key);
  if (given_tags != nullptr && given_tags != Py_None) set_tags(given_tags);
}

void RecordArguments::set_explicit_hash_key(PyObject* value) {
  if (PyLong_Check(value)) {
    kept_.push_back(checked(PyObject_Str(value)));
    value = kept_.back().get();
  }
  if (!PyUnicode_Check(value)) {
    PyErr_Format(PyExc_TypeError, "explicit_hash_key: must be str, int or None, got %s", type_name(value).c_str());
    throw PythonErrorSet{};
  }
  record_.explicit_hash_key = text_of(value, "explicit_hash_key");
}

void RecordArguments::set_tags(PyObject* given) {
  if (PyTuple_Check(given) && PyTuple_Size(given) == 0) return;
  if (PyUnicode_Check(given)) {
    PyErr_SetString(PyExc_TypeError, "tags: must be a sequence of Tag, got str");
    throw PythonErrorSet{};
  }
  kept_.push_back(checked(PySequence_Tuple(given)));
  PyObject* all = kept_.back().get();
  const Py_ssize_t count = PyTuple_Size(all);
  tags_.reserve(static_cast<std::size_t>(count));
  for (Py_ssize_t index = 0; index < count; ++index) {
    PyObject* tag = PyTuple_GetItem(all, index);
    Reference key{PyObject_GetAttrString(tag, "key")};
    Reference value{key ? PyObject_GetAttrString(tag, "value") : nullptr};
    if (!value) {
      PyErr_Clear();
      PyErr_Format(PyExc_TypeError, "tags: must be a sequence of Tag, got %s in it", type_name(tag).c_str());
      throw PythonErrorSet{};
    }
    Tag view{.key = text_of(key.get(), "tags: key")};
    if (value.get() != Py_None) view.value = text_of(value.get(), "tags: value");
    tags_.push_back(view);
    kept_.push_back(std::move(key));
    kept_.push_back(std::move(value));
  }
  record_.tags = tags_;
}

}  // namespace aiokpl::python
