#include "python_sinks.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <aiokpl/producer.hpp>

#include "gil.hpp"
#include "native_sinks.hpp"
#include "producer_core.hpp"
#include "snapshots.hpp"

namespace aiokpl::python {

namespace {

PyObject* deferred_error = nullptr;

// Which of the core's threads are in Python for a sink.
class Gate {
 public:
  /// False at the end of the interpreter.
  bool enter() {
    const std::lock_guard lock{mutex_};
    if (ended_) return false;
    ++inside_;
    return true;
  }
  void leave() {
    const std::lock_guard lock{mutex_};
    --inside_;
    changed_.notify_all();
  }
  void end(std::chrono::milliseconds longest) {
    std::unique_lock lock{mutex_};
    ended_ = true;
    changed_.wait_for(lock, longest, [this] { return inside_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int inside_ = 0;
  bool ended_ = false;
};

// Never destroyed, since threads may outlive the end; another one in a child, where the parent's may be locked.
Gate* gate = new Gate;

// From before the GIL is asked for until it was given back.
class Pass {
 public:
  explicit Pass(Gate& gate_of_now) : gate_{gate_of_now}, inside_{gate_.enter()} {}
  ~Pass() {
    if (inside_) gate_.leave();
  }
  Pass(const Pass&) = delete;
  Pass& operator=(const Pass&) = delete;
  explicit operator bool() const noexcept { return inside_; }

 private:
  Gate& gate_;
  bool inside_;
};

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
    const Pass pass{*gate};
    if (!pass) {
      static_cast<void>(deliver_.release());
      return;
    }
    const WithGil gil;
    deliver_.reset();
  }

  void export_metrics(std::span<const MetricSnapshot> snapshots) override {
    const Pass pass{*gate};
    if (!pass) throw std::runtime_error{"the interpreter is at its end"};
    const WithGil gil;
    try {
      deliver_(to_python(snapshots));
    } catch (const nb::python_error& error) {
      if (error.matches(nb::handle(deferred_error)))
        throw ExportDeferred{nb::cast<std::string>(nb::str(error.value()))};
      throw std::runtime_error{words_of(error)};
    }
  }

 private:
  nb::object deliver_;
};

// Metrics without the GIL: the threads that measure share a lock with it.
std::vector<MetricSnapshot> measured(const Metrics& metrics, std::optional<double> window) {
  const WithoutGil without_gil;
  if (!window) return metrics.snapshots();
  return metrics.snapshots(std::chrono::seconds{static_cast<std::int64_t>(*window)});
}

}  // namespace

std::shared_ptr<MetricsSink> core_sink(nb::handle sink, nb::handle deliver) {
  if (!deliver.is_none()) return std::make_shared<PythonSink>(nb::borrow(deliver));
  const nb::object native = nb::getattr(sink, "_native", nb::none());
  return nb::isinstance<NativeSink>(native) ? nb::cast<NativeSink&>(native).shared()->sink() : nullptr;
}

void end_python_sinks() noexcept {
  const WithoutGil without_gil;
  gate->end(std::chrono::milliseconds{500});
}

void reset_python_sinks_in_child() {
  gate = new Gate;
}

void bind_metrics(nb::module_& module) {
  const nb::exception<ExportDeferred> deferred{module, "ExportDeferred", PyExc_RuntimeError};
  deferred.attr("__module__") = "aiokpl.sinks";
  deferred.attr("__doc__") =
      "Raised by a sink that has taken over what it was given, and could not pass it on yet: it is logged and counted, "
      "and not given again.";
  deferred_error = nb::object(deferred).release().ptr();
  module.def(
      "measured",
      [](const ProducerCore& core, std::optional<double> window) -> nb::tuple {
        const Metrics* metrics = core.metrics();
        if (metrics == nullptr) return nb::tuple();
        return to_python(measured(*metrics, window));
      },
      nb::arg("producer"), nb::arg("window").none());
  module.def("failed_exports", [](const ProducerCore& core) {
    const Metrics* metrics = core.metrics();
    return metrics == nullptr ? std::uint64_t{0} : metrics->failed_exports();
  });
}

}  // namespace aiokpl::python
