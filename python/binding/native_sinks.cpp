#include "native_sinks.hpp"

#include <chrono>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>

#include <aiokpl/cloudwatch_sink.hpp>
#include <aiokpl/config.hpp>
#include <aiokpl/datadog_sink.hpp>
#include <aiokpl/error.hpp>
#include <aiokpl/opentelemetry_sink.hpp>
#include <aiokpl/prometheus_sink.hpp>

#include "gil.hpp"
#include "sink_options.hpp"
#include "snapshots.hpp"

namespace aiokpl::python {

namespace {

// Makes a sink; what is wrong with an option that has another name in Python is said with that name.
template <typename Sink, typename Options>
NativeSink::Make maker(Options options, const std::string& core_name = {}, const std::string& python_name = {}) {
  return [options = std::move(options), from = core_name + ":", to = python_name + ":"] {
    try {
      return std::make_shared<Sink>(options);
    } catch (const ConfigError& error) {
      std::vector<std::string> problems = error.problems();
      for (std::string& problem : problems) {
        if (from.size() > 1 && problem.starts_with(from)) problem.replace(0, from.size(), to);
      }
      throw ConfigError{std::move(problems)};
    }
  };
}

std::unique_ptr<NativeSink> cloudwatch_sink(const SinkOptions& given) {
  CloudWatchSinkOptions options{
      .region = given.text("region").value_or(""),
      .name_space = given.text("namespace").value_or("aiokpl"),
      .endpoint_url = given.text("endpoint_url"),
      .verify_ssl = given.flag("verify_ssl"),
      .ca_bundle = given.text("ca_bundle"),
      .aws_access_key_id = given.text("aws_access_key_id"),
      .aws_secret_access_key = given.secret("aws_secret_access_key"),
      .aws_session_token = given.secret("aws_session_token"),
      .names = static_cast<CloudWatchNames>(given.choice("names", {"both", "page", "kpl"}).value_or(0)),
      .high_resolution = given.flag("high_resolution").value_or(false),
  };
  return std::make_unique<NativeSink>(maker<CloudWatchSink>(std::move(options), "name_space", "namespace"));
}

std::unique_ptr<NativeSink> datadog_sink(const SinkOptions& given) {
  DatadogSinkOptions options{
      .api_key = given.secret("api_key"),
      .app_key = given.secret("app_key"),
      .site = given.text("site"),
      .endpoint_url = given.text("endpoint_url"),
      .metric_prefix = given.text("metric_prefix").value_or("aiokpl."),
      .tags = given.texts("tags"),
      .host = given.text("host"),
      .max_values_per_point = static_cast<std::uint32_t>(
          given.whole("max_values_per_point", 2, 100'000).value_or(DatadogSinkOptions{}.max_values_per_point)),
  };
  return std::make_unique<NativeSink>(maker<DatadogSink>(std::move(options)));
}

std::optional<std::chrono::nanoseconds> timeout_of(const SinkOptions& given) {
  const auto milliseconds = given.number("timeout_ms");
  if (!milliseconds) return std::nullopt;
  constexpr double most = 600'000;
  if (*milliseconds < 1 || *milliseconds > most) {
    throw InvalidArgument{"timeout_ms",
                          "must be 1 to 600000, got " + nb::cast<std::string>(nb::str(nb::float_(*milliseconds)))};
  }
  return std::chrono::nanoseconds{std::llround(*milliseconds * 1e6)};
}

std::unique_ptr<NativeSink> otlp_sink(const SinkOptions& given) {
  OpenTelemetrySinkOptions options{
      .endpoint = given.text("endpoint"),
      .headers = given.pairs("headers"),
      .timeout = timeout_of(given),
      .certificate = given.text("certificate"),
      .instrument_prefix = given.text("instrument_prefix").value_or("aiokpl."),
      .service_name = given.text("service_name"),
      .resource_attributes = given.pairs("resource_attributes").value_or(std::map<std::string, std::string>{}),
  };
  if (const auto place = given.choice("compression", {"none", "gzip"})) {
    options.compression = static_cast<OtlpCompression>(*place);
  }
  if (const auto place = given.choice("temporality", {"cumulative", "delta"})) {
    options.temporality = static_cast<OtlpTemporality>(*place);
  }
  return std::make_unique<NativeSink>(maker<OpenTelemetrySink>(std::move(options)));
}

std::unique_ptr<NativeSink> prometheus_sink(const SinkOptions& given) {
  const PrometheusSinkOptions defaults;
  PrometheusSinkOptions options{
      .address = given.text("address").value_or(defaults.address),
      .port = static_cast<std::uint16_t>(
          given.whole("port", 0, std::numeric_limits<std::uint16_t>::max()).value_or(defaults.port)),
      .path = given.text("path").value_or(defaults.path),
      .metric_prefix = given.text("metric_prefix").value_or(defaults.metric_prefix),
      .max_series = given.whole("max_series", 1, 1'000'000).value_or(defaults.max_series),
  };
  return std::make_unique<NativeSink>(maker<PrometheusSink>(std::move(options)));
}

// Port and URL.
nb::tuple prometheus_place(NativeSink& native) {
  const auto* sink = dynamic_cast<const PrometheusSink*>(native.shared()->sink().get());
  if (sink == nullptr) throw nb::type_error("not a PrometheusSink");
  return nb::make_tuple(sink->port(), sink->url());
}

template <std::unique_ptr<NativeSink> (*make)(const SinkOptions&)>
void bind_maker(nb::module_& module, const char* name) {
  module.def(name, [](nb::kwargs given) { return make(SinkOptions{std::move(given)}); });
}

}  // namespace

void NativeSink::Shared::start() {
  const std::lock_guard lock{mutex_};
  if (started_) return;
  sink_->start(Config{});
  started_ = true;
}

void NativeSink::Shared::export_metrics(std::span<const MetricSnapshot> snapshots) {
  start();
  sink_->export_metrics(snapshots);
}

void NativeSink::Shared::stop() {
  const std::lock_guard lock{mutex_};
  if (!std::exchange(started_, false)) return;
  sink_->stop();
}

NativeSink::NativeSink(Make make)
    : make_{std::move(make)}, generation_{process_generation()}, shared_{std::make_shared<Shared>(make_())} {}

NativeSink::~NativeSink() {
  abandon_parents();
}

void NativeSink::abandon_parents() {
  // Its end would wait for threads that are not there, or write on the parent's connections.
  if (generation_ != process_generation()) static_cast<void>(new std::shared_ptr<Shared>{std::move(shared_)});
}

std::shared_ptr<NativeSink::Shared> NativeSink::shared() {
  if (generation_ != process_generation()) {
    auto made = std::make_shared<Shared>(make_());
    abandon_parents();
    shared_ = std::move(made);
    generation_ = process_generation();
  }
  return shared_;
}

void bind_native_sinks(nb::module_& module) {
  nb::class_<NativeSink>(module, "NativeSink", "A sink of the core's. All of it blocks, without the GIL.")
      .def("start",
           [](NativeSink& self) {
             const auto shared = self.shared();
             const WithoutGil without_gil;
             shared->start();
           })
      .def(
          "export",
          [](NativeSink& self, nb::handle given) {
            const std::vector<MetricSnapshot> snapshots = snapshots_from(given);
            const auto shared = self.shared();
            const WithoutGil without_gil;
            shared->export_metrics(snapshots);
          },
          nb::arg("snapshots"))
      .def("stop", [](NativeSink& self) {
        const auto shared = self.shared();
        const WithoutGil without_gil;
        shared->stop();
      });
  bind_maker<cloudwatch_sink>(module, "cloudwatch_sink");
  bind_maker<datadog_sink>(module, "datadog_sink");
  bind_maker<otlp_sink>(module, "otlp_sink");
  bind_maker<prometheus_sink>(module, "prometheus_sink");
  module.def("prometheus_place", prometheus_place);
}

}  // namespace aiokpl::python
