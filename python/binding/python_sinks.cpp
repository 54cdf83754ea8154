#include "python_sinks.hpp"

#include <atomic>
#include <chrono>
#include <string>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <aiokpl/producer.hpp>

#include "producer_core.hpp"

namespace aiokpl::python {

namespace {

PyObject* snapshot_class = nullptr;
std::atomic<bool> ended = false;

std::string words_of(const nb::python_error& error) {
  const std::string text = nb::cast<std::string>(nb::str(error.value()));
  const std::string name = nb::cast<std::string>(nb::handle(error.type()).attr("__name__"));
  return text.empty() ? name : name + ": " + text;
}

// Speaks for a sink that is written in Python. The core calls it on the thread of its exports.
class PythonSink final : public MetricsSink {
 public:
  explicit PythonSink(nb::object deliver) : deliver_{std::move(deliver)} {}
  PythonSink(const PythonSink&) = delete;
  PythonSink& operator=(const PythonSink&) = delete;
  ~PythonSink() override {
    if (ended) {
      static_cast<void>(deliver_.release());
      return;
    }
    const nb::gil_scoped_acquire gil;
    deliver_.reset();
  }

  void export_metrics(std::span<const MetricSnapshot> snapshots) override {
    if (ended) throw std::runtime_error{"the interpreter is at its end"};
    const nb::gil_scoped_acquire gil;
    try {
      deliver_(to_python(snapshots));
    } catch (const nb::python_error& error) {
      throw std::runtime_error{words_of(error)};
    }
  }

 private:
  nb::object deliver_;
};

std::string_view python_dimension(std::string_view name) {
  if (name == dimension::stream_name) return "stream";
  if (name == dimension::shard_id) return "shard";
  if (name == dimension::error_code) return "error_code";
  return name;
}

nb::object seconds(std::chrono::system_clock::time_point at) {
  return nb::float_(std::chrono::duration<double>(at.time_since_epoch()).count());
}

nb::str text(std::string_view view) {
  return nb::str(view.data(), view.size());
}

nb::object to_python(const MetricSnapshot& snapshot) {
  nb::list dimensions;
  for (const MetricDimension& one : snapshot.dimensions)
    dimensions.append(nb::make_tuple(text(python_dimension(one.name)), text(one.value)));
  const char* kinds[] = {"count", "distribution", "gauge"};
  const char* units[] = {"count", "bytes", "milliseconds"};
  nb::list buckets;
  for (const std::uint64_t count : snapshot.buckets)
    buckets.append(count);
  return nb::handle(snapshot_class)(
      snapshot.name, snapshot.count, snapshot.sum, snapshot.min, snapshot.max, nb::tuple(dimensions),
      seconds(snapshot.window_start), seconds(snapshot.window_end), nb::arg("kind") = kinds[static_cast<int>(snapshot.kind)],
      nb::arg("unit") = units[static_cast<int>(snapshot.unit)], nb::arg("last") = snapshot.last,
      nb::arg("buckets") = nb::tuple(buckets));
}

// Metrics without the GIL: the threads that measure share a lock with it.
std::vector<MetricSnapshot> measured(const Metrics& metrics, std::optional<double> window) {
  const nb::gil_scoped_release without_gil;
  if (!window) return metrics.snapshots();
  return metrics.snapshots(std::chrono::seconds{static_cast<std::int64_t>(*window)});
}

}  // namespace

nb::tuple to_python(std::span<const MetricSnapshot> snapshots) {
  nb::list all;
  for (const MetricSnapshot& snapshot : snapshots)
    all.append(to_python(snapshot));
  return nb::tuple(all);
}

std::shared_ptr<MetricsSink> core_sink(nb::handle sink, nb::handle deliver) {
  if (!deliver.is_none()) return std::make_shared<PythonSink>(nb::borrow(deliver));
  if (sink.is_none()) return nullptr;
  return nb::cast<NativeSink&>(sink.attr("_native")).sink;
}

void set_snapshot_class(nb::object snapshot) {
  snapshot_class = snapshot.release().ptr();
}

void end_python_sinks() noexcept {
  ended = true;
}

void bind_metrics(nb::module_& module) {
  nb::class_<NativeSink>(module, "NativeSink");
  module.def(
      "measured",
      [](const ProducerCore& core, std::optional<double> window) -> nb::tuple {
        if (!core.metrics()) return nb::tuple();
        return to_python(measured(*core.metrics(), window));
      },
      nb::arg("producer"), nb::arg("window").none());
  module.def("failed_exports", [](const ProducerCore& core) {
    return core.metrics() ? core.metrics()->failed_exports() : std::uint64_t{0};
  });
  module.def("bucket_bounds", [] {
    nb::list bounds;
    for (const double bound : metric_bucket_bounds())
      bounds.append(bound);
    return nb::tuple(bounds);
  });
}

}  // namespace aiokpl::python
