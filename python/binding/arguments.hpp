#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include <aiokpl/record.hpp>

#include "python.hpp"

namespace aiokpl::python {

struct Parameter {
  const char* name;
  PyObject** value;  // borrowed; left alone where the caller gave none
};

/// Sorts the arguments of a call into its parameters, of which the first `positional` may come without a name. Throws
/// a TypeError in Python's own words.
void read_arguments(const char* function, PyObject* const* args, Py_ssize_t count, PyObject* names,
                    std::size_t positional, std::initializer_list<Parameter> parameters);

/// The bytes of any object that has them in one piece, for as long as this lives. Throws a TypeError that names
/// `field`.
class Bytes {
 public:
  Bytes() noexcept = default;
  Bytes(PyObject* object, const char* field) { read(object, field); }
  Bytes(Bytes&& other) noexcept;
  Bytes& operator=(Bytes&&) = delete;
  ~Bytes();

  void read(PyObject* object, const char* field);
  [[nodiscard]] DataView view() const noexcept { return view_; }

 private:
  DataView view_;
  Py_buffer buffer_{};
  bool held_ = false;
};

/// One record as Python gives it: views into the objects of the call, and what had to be made of them. All of that has
/// to stay where it is while `record` is used.
class RecordArguments {
 public:
  RecordArguments() noexcept = default;
  RecordArguments(RecordArguments&&) = default;

  /// From `put_record(*, stream, partition_key, data, explicit_hash_key=None, tags=())`.
  void read_call(PyObject* const* args, Py_ssize_t count, PyObject* names);
  void set_stream(std::string_view stream) noexcept { record_.stream = stream; }
  /// The fields; null for those that were not given.
  void set_fields(PyObject* partition_key, PyObject* data, PyObject* explicit_hash_key, PyObject* tags);

  [[nodiscard]] const Record& record() const noexcept { return record_; }

 private:
  void set_explicit_hash_key(PyObject* value);
  void set_tags(PyObject* tags);

  Record record_;
  Bytes data_;
  // What was made for the call; nearly always empty.
  std::vector<Reference> kept_;
  std::vector<Tag> tags_;
};

}  // namespace aiokpl::python
