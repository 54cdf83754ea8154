#include "snapshots.hpp"

#include <array>
#include <chrono>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include <nanobind/stl/string.h>

#include "sinks/web/representative_values.hpp"

namespace aiokpl::python {

namespace {

PyObject* snapshot_class = nullptr;

// In the order of the enums.
constexpr std::array<std::string_view, 3> kinds{"count", "distribution", "gauge"};
constexpr std::array<std::string_view, 3> units{"count", "bytes", "milliseconds"};
constexpr std::array<std::string_view, 3> levels{"none", "summary", "detailed"};
constexpr std::array<std::string_view, 3> granularities{"global", "stream", "shard"};

// What the core calls a dimension, and what Python does.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> dimension_names{
    {{dimension::stream_name, "stream"}, {dimension::shard_id, "shard"}, {dimension::error_code, "error_code"}}};

std::string_view python_dimension(std::string_view name) {
  for (const auto& [core, python] : dimension_names) {
    if (name == core) return python;
  }
  return name;
}

std::string_view core_dimension(std::string_view name) {
  for (const auto& [core, python] : dimension_names) {
    if (name == python) return core;
  }
  return name;
}

nb::str text(std::string_view view) {
  return nb::str(view.data(), view.size());
}

template <typename Enum>
nb::str word(const std::array<std::string_view, 3>& words, Enum value) {
  return text(words[static_cast<std::size_t>(value)]);
}

nb::object seconds(std::chrono::system_clock::time_point at) {
  return nb::float_(std::chrono::duration<double>(at.time_since_epoch()).count());
}

nb::object to_python(const MetricSnapshot& snapshot) {
  nb::list dimensions;
  for (const MetricDimension& one : snapshot.dimensions)
    dimensions.append(nb::make_tuple(text(python_dimension(one.name)), text(one.value)));
  nb::list buckets;
  for (const std::uint64_t count : snapshot.buckets)
    buckets.append(count);
  return nb::handle(snapshot_class)(snapshot.name, snapshot.count, snapshot.sum, snapshot.min, snapshot.max,
                                    nb::tuple(dimensions), seconds(snapshot.window_start), seconds(snapshot.window_end),
                                    nb::arg("kind") = word(kinds, snapshot.kind),
                                    nb::arg("unit") = word(units, snapshot.unit), nb::arg("last") = snapshot.last,
                                    nb::arg("buckets") = nb::tuple(buckets));
}

[[noreturn]] void refuse(PyObject* error, const char* field, const char* wanted, nb::handle value) {
  PyErr_Format(error, "snapshots: %s must be %s, got %R", field, wanted, value.ptr());
  throw PythonErrorSet{};
}

// Null for None, and where the object has no such attribute.
nb::object attribute(nb::handle object, const char* field) {
  const nb::object value = nb::getattr(object, field, nb::none());
  return value.is_none() ? nb::object() : value;
}

double number(nb::handle object, const char* field) {
  const nb::object value = attribute(object, field);
  if (!value.is_valid()) return 0;
  const double given = PyFloat_AsDouble(value.ptr());
  if (given == -1.0 && PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    refuse(PyExc_TypeError, field, "a number", value);
  }
  if (!std::isfinite(given)) refuse(PyExc_ValueError, field, "a finite number", value);
  return given;
}

std::uint64_t whole(nb::handle value, const char* field) {
  if (!PyLong_Check(value.ptr())) refuse(PyExc_TypeError, field, "int", value);
  const std::uint64_t given = PyLong_AsUnsignedLongLong(value.ptr());
  if (given == static_cast<std::uint64_t>(-1) && PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    refuse(PyExc_ValueError, field, "0 to 2**64 - 1", value);
  }
  return given;
}

std::chrono::system_clock::time_point moment(nb::handle object, const char* field) {
  constexpr double latest = 9e9;  // seconds; nanoseconds reach little further
  const double since_epoch = number(object, field);
  if (since_epoch < 0 || since_epoch > latest) {
    refuse(PyExc_ValueError, field, "seconds since the epoch", nb::getattr(object, field));
  }
  return std::chrono::system_clock::time_point{std::chrono::nanoseconds{std::llround(since_epoch * 1e9)}};
}

// One of `words`; what is known of the metric, where the object does not say.
template <typename Enum>
Enum choice(nb::handle object, const char* field, const std::array<std::string_view, 3>& words, Enum known) {
  const nb::object value = attribute(object, field);
  if (!value.is_valid()) return known;
  if (PyUnicode_Check(value.ptr())) {
    const std::string_view given = text_of(value.ptr(), field);
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (given == words[i]) return static_cast<Enum>(i);
    }
  }
  const std::string wanted =
      "one of " + std::string{words[0]} + ", " + std::string{words[1]} + ", " + std::string{words[2]};
  refuse(PyUnicode_Check(value.ptr()) ? PyExc_ValueError : PyExc_TypeError, field, wanted.c_str(), value);
}

std::vector<MetricDimension> dimensions_of(nb::handle object) {
  std::vector<MetricDimension> dimensions;
  const nb::object given = attribute(object, "dimensions");
  if (!given.is_valid()) return dimensions;
  for (const nb::handle pair : given) {
    if (!PyTuple_Check(pair.ptr()) || PyTuple_Size(pair.ptr()) != 2) {
      refuse(PyExc_TypeError, "dimensions", "pairs of name and value", given);
    }
    const std::string_view name = text_of(PyTuple_GetItem(pair.ptr(), 0), "dimensions");
    const std::string_view value = text_of(PyTuple_GetItem(pair.ptr(), 1), "dimensions");
    dimensions.push_back({std::string{core_dimension(name)}, std::string{value}});
  }
  return dimensions;
}

std::vector<std::uint64_t> buckets_of(nb::handle object) {
  std::vector<std::uint64_t> buckets;
  const nb::object given = attribute(object, "buckets");
  if (!given.is_valid()) return buckets;
  for (const nb::handle count : given)
    buckets.push_back(whole(count, "buckets"));
  const std::size_t wanted = metric_bucket_bounds().size() + 1;
  if (!buckets.empty() && buckets.size() != wanted) {
    const std::string allowed = "nothing, or " + std::to_string(wanted) + " numbers";
    refuse(PyExc_ValueError, "buckets", allowed.c_str(), given);
  }
  return buckets;
}

MetricSnapshot snapshot_from(nb::handle object) {
  const nb::object name = attribute(object, "name");
  if (!name.is_valid()) refuse(PyExc_TypeError, "each", "a MetricSnapshot", object);
  MetricSnapshot snapshot{.name = std::string{text_of(name.ptr(), "name")}};
  const MetricInfo* info = find_metric_info(snapshot.name);
  snapshot.kind = choice(object, "kind", kinds, info == nullptr ? MetricKind::count : info->kind);
  snapshot.unit = choice(object, "unit", units, info == nullptr ? MetricUnit::count : info->unit);
  snapshot.dimensions = dimensions_of(object);
  const nb::object count = attribute(object, "count");
  snapshot.count = count.is_valid() ? whole(count, "count") : 0;
  snapshot.sum = number(object, "sum");
  snapshot.min = number(object, "min");
  snapshot.max = number(object, "max");
  snapshot.last = number(object, "last");
  snapshot.buckets = buckets_of(object);
  snapshot.window_start = moment(object, "window_start");
  snapshot.window_end = moment(object, "window_end");
  return snapshot;
}

nb::tuple infos() {
  nb::list all;
  for (const MetricInfo& info : metric_infos()) {
    all.append(nb::make_tuple(text(info.name), word(kinds, info.kind), word(units, info.unit), word(levels, info.level),
                              word(granularities, info.granularity), info.buckets, text(info.meaning)));
  }
  return nb::tuple(all);
}

nb::list representatives(nb::handle snapshot, std::uint64_t most) {
  nb::list runs;
  for (const sinks::ValueRun& run : sinks::representative_values(snapshot_from(snapshot), most))
    runs.append(nb::make_tuple(run.value, run.times));
  return runs;
}

}  // namespace

nb::tuple to_python(std::span<const MetricSnapshot> snapshots) {
  nb::list all;
  for (const MetricSnapshot& snapshot : snapshots)
    all.append(to_python(snapshot));
  return nb::tuple(all);
}

std::vector<MetricSnapshot> snapshots_from(nb::handle snapshots) {
  std::vector<MetricSnapshot> all;
  for (const nb::handle snapshot : snapshots)
    all.push_back(snapshot_from(snapshot));
  return all;
}

void set_snapshot_class(nb::object snapshot) {
  snapshot_class = snapshot.release().ptr();
}

void bind_snapshots(nb::module_& module) {
  module.def("bucket_bounds", [] {
    nb::list bounds;
    for (const double bound : metric_bucket_bounds())
      bounds.append(bound);
    return nb::tuple(bounds);
  });
  module.def("metric_infos", infos,
             "Of each metric: name, kind, unit, level, granularity, whether it has buckets, meaning.");
  module.def("representative_values", representatives, nb::arg("snapshot"), nb::arg("most"),
             "Values that stand for those of a distribution, ascending, each with how often: one for each observation, "
             "of more than `most` (2 or more) only so many.");
}

}  // namespace aiokpl::python
