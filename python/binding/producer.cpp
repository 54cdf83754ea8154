#include <memory>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>

#include "arguments.hpp"
#include "call.hpp"
#include "configuration.hpp"
#include "gil.hpp"
#include "of_this_process.hpp"
#include "outcome.hpp"
#include "outcomes.hpp"
#include "producer_core.hpp"
#include "record_list.hpp"
#include "thread_event.hpp"
#include "waitable.hpp"

namespace aiokpl::python {

namespace {

class AsyncProducerCore final : public ProducerCore {
 public:
  AsyncProducerCore() : ProducerCore{false} {}
};

class SyncProducerCore final : public ProducerCore {
 public:
  SyncProducerCore() : ProducerCore{true} {}
};

PyObject* user_record_class = nullptr;

// A put takes less time than letting go of the GIL and taking it up again, unless there is much to copy.
constexpr std::size_t copied_without_gil = 32'768;

std::optional<Outcome> try_put(ProducerCore& core, const Record& record) {
  if (record.data.size() < copied_without_gil) return core.open().try_put_record(record);
  std::shared_ptr<Producer> producer = core.shared();
  const WithoutGil without_gil;
  std::optional<Outcome> outcome = producer->try_put_record(record);
  producer.reset();  // here, since the last one closes
  return outcome;
}

// Blocks until `awaiter` is over; a Ctrl-C is thrown.
template <typename Awaiter>
bool block(Awaiter& awaiter, std::optional<std::chrono::nanoseconds> timeout = std::nullopt) {
  const auto event = std::make_shared<ThreadEvent>();
  return !awaiter.on_ready([event] { event->set(); }) || wait_for(*event, limit_of(timeout));
}

// A bulk put that waits for places. Dropped, it withdraws what has none.
class PendingBulk final : public Waitable {
 public:
  PendingBulk(std::shared_ptr<Producer> producer, std::unique_ptr<RecordList> records)
      : records_{std::move(records)}, awaiter_{without_gil([&] { return start(producer, *records_); })} {}
  ~PendingBulk() override { PendingBulk::drop(); }
  PendingBulk(const PendingBulk&) = delete;
  PendingBulk& operator=(const PendingBulk&) = delete;

  [[nodiscard]] bool over() const { return awaiter_->await_ready(); }
  bool on_ready(std::function<void()> callback) override { return awaiter_->on_ready(std::move(callback)); }
  void require_this_process() const override { awaiter_.require("put_records"); }
  Reference take() override { return make_outcomes(outcomes()); }
  void drop() override {
    // The core may be copying a slice: that must not wait for who waits for the GIL.
    without_gil([&] { awaiter_.reset(); });
  }
  [[nodiscard]] std::vector<Outcome> outcomes() { return awaiter_->await_resume(); }

 private:
  static BulkPutAwaiter* start(std::shared_ptr<Producer>& producer, const RecordList& records) {
    const std::shared_ptr<Producer> last = std::move(producer);  // which closes, without the GIL
    return new BulkPutAwaiter(last->put_records(records.records()));
  }

  std::unique_ptr<RecordList> records_;
  OfThisProcess<BulkPutAwaiter> awaiter_;
};

PyObject* async_put_record(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names) {
  return guarded([&]() -> PyObject* {
    ProducerCore& core = *nb::inst_ptr<AsyncProducerCore>(nb::handle{self});
    static_cast<void>(core.open());
    RecordArguments arguments;
    arguments.read_call(args, count, names);
    constexpr const char* name = "Producer.put_record";
    if (auto outcome = try_put(core, arguments.record())) {
      return make_call(name, make_outcome(*std::move(outcome)), core.breath_is_due()).release();
    }
    const Reference pending = to_python(std::make_unique<PendingPut>(core.open(), arguments.record()));
    return make_waiting_call(name, pending.get()).release();
  });
}

PyObject* sync_put_record(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names) {
  return guarded([&]() -> PyObject* {
    ProducerCore& core = *nb::inst_ptr<SyncProducerCore>(nb::handle{self});
    static_cast<void>(core.open());
    RecordArguments arguments;
    arguments.read_call(args, count, names);
    if (auto outcome = try_put(core, arguments.record())) return make_sync_outcome(*std::move(outcome)).release();
    // It keeps the engine and not the producer, which can be closed meanwhile: that wakes who waits.
    const OfThisProcess<PutAwaiter> pending{new PutAwaiter(core.open().put_record(arguments.record()))};
    block(*pending);
    return make_sync_outcome(pending->await_resume()).release();
  });
}

std::unique_ptr<PendingBulk> start_bulk(ProducerCore& core, PyObject* const* args, Py_ssize_t count, PyObject* names) {
  PyObject* stream = nullptr;
  PyObject* records = nullptr;
  read_arguments("put_records", args, count, names, 0, {{"stream", &stream}, {"records", &records}});
  if (stream == nullptr || records == nullptr) {
    PyErr_Format(PyExc_TypeError, "put_records() missing required argument: '%s'",
                 stream == nullptr ? "stream" : "records");
    throw PythonErrorSet{};
  }
  static_cast<void>(core.open());
  auto list = std::make_unique<RecordList>(stream, records, user_record_class);
  return std::make_unique<PendingBulk>(core.shared(), std::move(list));
}

PyObject* async_put_records(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names) {
  return guarded([&]() -> PyObject* {
    auto pending = start_bulk(*nb::inst_ptr<AsyncProducerCore>(nb::handle{self}), args, count, names);
    constexpr const char* name = "Producer.put_records";
    // Places may have been found for all of them, and then the event loop has its turn, as after many single puts.
    if (pending->over()) return make_call(name, make_outcomes(pending->outcomes()), true).release();
    const Reference waitable = to_python(std::move(pending));
    return make_waiting_call(name, waitable.get()).release();
  });
}

PyObject* sync_put_records(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names) {
  return guarded([&]() -> PyObject* {
    const auto pending = start_bulk(*nb::inst_ptr<SyncProducerCore>(nb::handle{self}), args, count, names);
    block(*pending);
    return make_sync_outcomes(pending->outcomes()).release();
  });
}

// An owned one.
FlushAwaiter* start_flush(ProducerCore& core, const std::optional<std::string>& stream) {
  Producer& producer = core.open();
  return stream ? new FlushAwaiter(producer.flush(*stream)) : new FlushAwaiter(producer.flush());
}

FlushAwaiter* start_close(ProducerCore& core) {
  return new FlushAwaiter(core.open().close());
}

PyMethodDef method(const char* name, PyObject* (*function)(PyObject*, PyObject* const*, Py_ssize_t, PyObject*),
                   const char* doc) {
  return {name, reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function)), METH_FASTCALL | METH_KEYWORDS,
          doc};
}

constexpr const char* put_record_doc =
    "put_record($self, /, *, stream, partition_key, data, explicit_hash_key=None, tags=())\n--\n\n"
    "Accepts a record. It is checked (ValueError, TypeError, RuntimeError when closed) and copied before this returns; "
    "what is waited for is a place under `max_outstanding_records` only. `data` is bytes, or any object with a buffer "
    "of them. `explicit_hash_key`, a str or int of 0 to 2**128 - 1, places the record instead of its key.";

constexpr const char* put_records_doc =
    "put_records($self, /, *, stream, records)\n--\n\n"
    "Accepts many records at once: UserRecords, or tuples (partition_key, data[, explicit_hash_key[, tags]]). All are "
    "checked before the first one is taken in.";

void bind_common(nb::module_& module) {
  nb::class_<ProducerCore>(module, "ProducerCore", "What both kinds of producers have in common.")
      .def(
          "_enter",
          [](ProducerCore& self, nb::handle config, nb::handle deliver) { self.enter(core_config(config, deliver)); },
          nb::arg("config"), nb::arg("deliver").none())
      .def("_abort",
           [](ProducerCore& self) -> std::uint64_t {
             std::shared_ptr<Producer> producer = self.if_open();
             const WithoutGil without_gil;
             const std::uint64_t aborted = producer ? producer->abort() : 0;
             producer.reset();
             return aborted;
           })
      .def("_close_blocking",
           [](ProducerCore& self) {
             const OfThisProcess<FlushAwaiter> awaiter{start_close(self)};
             block(*awaiter);
           })
      .def("_shut_down", &ProducerCore::shut_down)
      .def_prop_ro("_is_open", [](const ProducerCore& self) { return self.if_open() != nullptr; })
      .def_prop_ro("_was_entered", &ProducerCore::entered)
      .def_prop_ro("_is_parents", &ProducerCore::is_parents,
                   "Whether it was entered, and not left, in the process that this one was forked from.")
      .def("_require_open", [](ProducerCore& self) { static_cast<void>(self.open()); })
      .def_prop_ro(
          "outstanding_records",
          [](const ProducerCore& self) { return self.if_open() ? self.if_open()->outstanding_records() : 0; },
          "Records accepted and not yet resolved.")
      .def_prop_ro(
          "outstanding_bytes",
          [](const ProducerCore& self) { return self.if_open() ? self.if_open()->outstanding_bytes() : 0; },
          "Their bytes: data, key and 64 for each.")
      .def_prop_ro(
          "oldest_record_age",
          [](const ProducerCore& self) {
            std::shared_ptr<Producer> producer = self.if_open();
            const WithoutGil without_gil;  // the engine's thread answers
            const auto age = producer ? producer->oldest_record_age() : std::chrono::nanoseconds{0};
            producer.reset();
            return std::chrono::duration<double>(age).count();
          },
          "How long the oldest outstanding record has been waiting, in seconds; 0.0 when there is none.")
      .def_prop_ro(
          "retried_records",
          [](const ProducerCore& self) { return self.if_open() ? self.if_open()->retried_records() : 0; },
          "Records that failed an attempt and were taken up again, since the start; one counts for each time.");
}

void bind_async(nb::module_& module) {
  static PyMethodDef methods[] = {method("put_record", async_put_record, put_record_doc),
                                  method("put_records", async_put_records, put_records_doc),
                                  {nullptr, nullptr, 0, nullptr}};
  static PyType_Slot slots[] = {{Py_tp_methods, methods}, {0, nullptr}};
  nb::class_<AsyncProducerCore, ProducerCore> type{module, "ProducerBase", nb::type_slots(slots)};
  type.def(nb::init<>())
      .def(
          "flush",
          [](AsyncProducerCore& self, const std::optional<std::string>& stream) {
            const Reference waitable = to_python(std::make_unique<PendingFlush>(start_flush(self, stream), false));
            return nb::steal(make_waiting_call("Producer.flush", waitable.get()).release());
          },
          nb::kw_only(), nb::arg("stream") = nb::none(),
          "Sends what is buffered without waiting for more, and ends when all that was outstanding at the call has "
          "resolved. With `stream`: of that one only.")
      .def("_close", [](AsyncProducerCore& self) {
        const Reference waitable = to_python(std::make_unique<PendingFlush>(start_close(self), true));
        return nb::steal(make_waiting_call("Producer.close", waitable.get()).release());
      });
}

void bind_sync(nb::module_& module) {
  static PyMethodDef methods[] = {method("put_record", sync_put_record, put_record_doc),
                                  method("put_records", sync_put_records, put_records_doc),
                                  {nullptr, nullptr, 0, nullptr}};
  static PyType_Slot slots[] = {{Py_tp_methods, methods}, {0, nullptr}};
  nb::class_<SyncProducerCore, ProducerCore> type{module, "SyncProducerBase", nb::type_slots(slots)};
  type.def(nb::init<>())
      .def(
          "flush",
          [](SyncProducerCore& self, const std::optional<std::string>& stream, nb::handle timeout) {
            const auto limit = timeout_of(timeout.ptr());
            const OfThisProcess<FlushAwaiter> awaiter{start_flush(self, stream)};
            if (block(*awaiter, limit)) return;
            PyErr_Format(PyExc_TimeoutError, "SyncProducer.flush timed out after %Ss", timeout.ptr());
            throw nb::python_error();
          },
          nb::kw_only(), nb::arg("stream") = nb::none(), nb::arg("timeout") = nb::none(),
          "Sends what is buffered without waiting for more, and blocks until all that was outstanding at the call has "
          "resolved; after `timeout` seconds it raises TimeoutError, and what is in flight goes on.");
}

}  // namespace

void set_user_record_class(nb::object user_record) {
  user_record_class = user_record.release().ptr();
}

void bind_producer(nb::module_& module) {
  bind_common(module);
  bind_async(module);
  bind_sync(module);
}

}  // namespace aiokpl::python
