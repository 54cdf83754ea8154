#pragma once

#include <deque>
#include <span>
#include <vector>

#include "arguments.hpp"

namespace aiokpl::python {

/// The records of a bulk put as Python gives them: a `UserRecord` each, or a tuple of its fields. It keeps the objects
/// and their buffers until it is dropped, so that the core may read them without the GIL.
class RecordList {
 public:
  /// Throws a TypeError or ValueError that says which record is wrong.
  /// `stream` is a str, or null where records belong to none.
  RecordList(PyObject* stream, PyObject* records, PyObject* user_record_class);

  [[nodiscard]] std::span<const Record> records() const noexcept { return records_; }

 private:
  void add(std::string_view stream, PyObject* item, PyObject* user_record_class);
  void add_user_record(std::string_view stream, PyObject* item);
  void add_tuple(std::string_view stream, PyObject* item);
  void add_fields(std::string_view stream, PyObject* key, PyObject* data, PyObject* hash_key, PyObject* tags);
  PyObject* kept_attribute(PyObject* item, PyObject* name);

  Reference all_;
  Reference stream_;
  std::vector<Record> records_;
  std::vector<Reference> kept_;
  // Of those few records that need more than views; in place, since the views point into them.
  std::deque<RecordArguments> special_;
};

}  // namespace aiokpl::python
