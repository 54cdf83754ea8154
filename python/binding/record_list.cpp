#include "record_list.hpp"

#include <array>
#include <string>

namespace aiokpl::python {

namespace {

constexpr std::array<const char*, 4> fields{"partition_key", "data", "explicit_hash_key", "tags"};

PyObject* field_name(std::size_t index) {
  static const auto names = interned(fields);
  return names[index];
}

// Says which record an error is about, in the error's own type.
[[noreturn]] void rethrow_for(std::size_t index) {
  PyObject* type = nullptr;
  PyObject* value = nullptr;
  PyObject* traceback = nullptr;
  PyErr_Fetch(&type, &value, &traceback);
  const Reference words{value == nullptr ? nullptr : PyObject_Str(value)};
  if (words) {
    PyErr_Format(type, "records[%zu]: %U", index, words.get());
  } else {
    PyErr_SetObject(type, Py_None);
  }
  Py_XDECREF(type);
  Py_XDECREF(value);
  Py_XDECREF(traceback);
  throw PythonErrorSet{};
}

}  // namespace

RecordList::RecordList(PyObject* stream, PyObject* records, PyObject* user_record_class)
    : stream_{Reference::borrow(stream)} {
  const std::string_view name = stream == nullptr ? std::string_view{} : text_of(stream, "stream");
  if (PyUnicode_Check(records) || PyBytes_Check(records)) {
    PyErr_Format(PyExc_TypeError, "records: must be UserRecords or tuples, got %s", type_name(records).c_str());
    throw PythonErrorSet{};
  }
  // A tuple of its own: the caller may change a list while it is read without the GIL.
  all_ = checked(PySequence_Tuple(records));
  const Py_ssize_t count = PyTuple_Size(all_.get());
  records_.reserve(static_cast<std::size_t>(count));
  for (Py_ssize_t index = 0; index < count; ++index) {
    try {
      add(name, PyTuple_GetItem(all_.get(), index), user_record_class);
    } catch (const PythonErrorSet&) {
      rethrow_for(static_cast<std::size_t>(index));
    }
  }
}

void RecordList::add(std::string_view stream, PyObject* item, PyObject* user_record_class) {
  if (PyTuple_Check(item)) return add_tuple(stream, item);
  const int is_record = PyObject_IsInstance(item, user_record_class);
  checked(is_record);
  if (is_record != 0) return add_user_record(stream, item);
  PyErr_Format(PyExc_TypeError,
               "must be a UserRecord or a tuple (partition_key, data[, explicit_hash_key[, tags]]), got %s",
               type_name(item).c_str());
  throw PythonErrorSet{};
}

PyObject* RecordList::kept_attribute(PyObject* item, PyObject* name) {
  kept_.push_back(checked(PyObject_GetAttr(item, name)));
  return kept_.back().get();
}

void RecordList::add_user_record(std::string_view stream, PyObject* item) {
  std::array<PyObject*, fields.size()> values{};
  for (std::size_t index = 0; index < fields.size(); ++index)
    values[index] = kept_attribute(item, field_name(index));
  add_fields(stream, values[0], values[1], values[2], values[3]);
}

void RecordList::add_tuple(std::string_view stream, PyObject* item) {
  const Py_ssize_t count = PyTuple_Size(item);
  if (count < 2 || count > static_cast<Py_ssize_t>(fields.size())) {
    PyErr_Format(PyExc_ValueError, "must be (partition_key, data[, explicit_hash_key[, tags]]), got a tuple of %zd",
                 count);
    throw PythonErrorSet{};
  }
  std::array<PyObject*, fields.size()> values{};
  for (Py_ssize_t index = 0; index < count; ++index)
    values[static_cast<std::size_t>(index)] = PyTuple_GetItem(item, index);
  add_fields(stream, values[0], values[1], values[2], values[3]);
}

void RecordList::add_fields(std::string_view stream, PyObject* key, PyObject* data, PyObject* hash_key,
                            PyObject* tags) {
  const bool tagged = tags != nullptr && tags != Py_None && !(PyTuple_Check(tags) && PyTuple_Size(tags) == 0);
  if (PyBytes_Check(data) && (hash_key == nullptr || hash_key == Py_None) && !tagged) {
    Record record{.stream = stream};
    if (key != Py_None) record.partition_key = text_of(key, "partition_key");
    char* bytes = nullptr;
    Py_ssize_t size = 0;
    checked(PyBytes_AsStringAndSize(data, &bytes, &size));
    record.data = DataView{std::string_view{bytes, static_cast<std::size_t>(size)}};
    records_.push_back(record);
    return;
  }
  RecordArguments& special = special_.emplace_back();
  special.set_stream(stream);
  special.set_fields(key, data, hash_key, tags);
  records_.push_back(special.record());
}

}  // namespace aiokpl::python
