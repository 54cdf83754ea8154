#include "local_core.hpp"

#include <chrono>
#include <system_error>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

namespace aiokpl::python {

namespace {

template <typename Value>
Value attribute(nb::handle object, const char* name) {
  return nb::cast<Value>(nb::getattr(object, name));
}

template <typename Duration>
Duration duration_of(nb::handle object, const char* name) {
  using Unit = std::chrono::duration<double, typename Duration::period>;
  return std::chrono::ceil<Duration>(Unit{attribute<double>(object, name)});
}

// An OSError becomes what its number says: PermissionError and the like.
[[noreturn]] void raise_os_error(const std::system_error& failed) {
  const Reference error = checked(PyObject_CallFunction(PyExc_OSError, "is", failed.code().value(), failed.what()));
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error.get())), error.get());
  throw PythonErrorSet{};
}

}  // namespace

LocalCore::LocalCore(const emulator::Options& options)
    : kinesis_{without_gil([&] { return std::make_unique<emulator::LocalKinesis>(options); })},
      certificate_{kinesis_->certificate_pem()},
      generation_{process_generation()} {}

LocalCore::~LocalCore() {
  if (generation_ != process_generation()) {
    // Its threads are in the parent: ending it would wait for them for ever.
    static_cast<void>(kinesis_.release());
    return;
  }
  without_gil([&] { kinesis_.reset(); });
}

void LocalCore::start() try {
  emulator::LocalKinesis& kinesis = here();
  addresses_ = without_gil([&] {
    kinesis.start();
    return Addresses{kinesis.port(), kinesis.endpoint_url(), kinesis.tls_endpoint_url()};
  });
} catch (const std::system_error& failed) {
  raise_os_error(failed);
}

void LocalCore::stop() {
  addresses_.reset();
  if (generation_ != process_generation()) return;
  without_gil([&] { kinesis_->stop(); });
}

const LocalCore::Addresses& LocalCore::addresses() const {
  if (addresses_) return *addresses_;
  PyErr_SetString(PyExc_RuntimeError, "LocalKinesis is not running: use it as `with LocalKinesis(...) as kinesis:`");
  throw PythonErrorSet{};
}

emulator::LocalKinesis& LocalCore::here() const {
  if (generation_ == process_generation()) return *kinesis_;
  PyErr_SetString(PyExc_RuntimeError,
                  "this LocalKinesis runs in the process that this one was forked from: records can be put into it "
                  "from here, but only that process can look into it and change it");
  throw PythonErrorSet{};
}

emulator::StreamSpec read_stream_spec(nb::handle spec) {
  return {.name = attribute<std::string>(spec, "name"),
          .shards = attribute<std::uint32_t>(spec, "shards"),
          .on_demand = attribute<bool>(spec, "on_demand"),
          .automatic_distribution = attribute<bool>(spec, "automatic_distribution"),
          .max_record_size_kib = attribute<std::uint32_t>(spec, "max_record_size_kib")};
}

emulator::Options read_local_options(nb::handle given) {
  emulator::Options options;
  options.address = attribute<std::string>(given, "address");
  options.port = attribute<std::uint16_t>(given, "port");
  options.tls = attribute<bool>(given, "tls");
  options.tls_port = attribute<std::uint16_t>(given, "tls_port");
  options.tls_ciphersuites = attribute<std::string>(given, "tls_ciphersuites");
  options.region = attribute<std::string>(given, "region");
  for (const nb::handle spec : nb::getattr(given, "streams"))
    options.streams.push_back(read_stream_spec(spec));
  options.discard = attribute<bool>(given, "discard");
  options.enforce_limits = attribute<bool>(given, "enforce_limits");
  options.retention_bytes = attribute<std::uint64_t>(given, "retention_bytes");
  options.retention = duration_of<std::chrono::seconds>(given, "retention_seconds");
  options.transition = duration_of<std::chrono::milliseconds>(given, "transition_ms");
  options.seed = attribute<std::uint64_t>(given, "seed");
  options.access_key_id = attribute<std::optional<std::string>>(given, "access_key_id");
  options.secret_access_key = attribute<std::optional<std::string>>(given, "secret_access_key");
  options.clock_skew = duration_of<std::chrono::seconds>(given, "clock_skew_seconds");
  options.threads = attribute<unsigned>(given, "threads");
  return options;
}

}  // namespace aiokpl::python
