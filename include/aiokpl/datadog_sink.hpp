#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <aiokpl/export.hpp>
#include <aiokpl/metrics.hpp>

namespace aiokpl {

/// What a DatadogSink is made of. What is absent comes from the environment, where the field says so; a variable that
/// is set to nothing counts as not set.
struct AIOKPL_EXPORT DatadogSinkOptions {
  /// Absent: DD_API_KEY. One of the two must be there.
  std::optional<std::string> api_key = std::nullopt;
  /// Absent: DD_APP_KEY. Datadog does not ask for one where metrics are submitted; it is sent along when it is there.
  std::optional<std::string> app_key = std::nullopt;
  /// The Datadog site, such as "datadoghq.eu". Absent: DD_SITE, then "datadoghq.com".
  std::optional<std::string> site = std::nullopt;
  /// Instead of https://api.<site>: an http or https URL, of a proxy or a test, below which the API's paths are.
  std::optional<std::string> endpoint_url = std::nullopt;
  /// Stands before every name; at most 100 of letters, digits, '_' and '.', the first one a letter. May be empty.
  std::string metric_prefix = "aiokpl.";
  /// Tags on everything, as "key:value". To them come DD_ENV, DD_SERVICE and DD_VERSION as env, service and version,
  /// and DD_TAGS ("key:value,key:value"); of these three keys only the first one that is found, in this order.
  std::vector<std::string> tags = {};
  /// The host that everything belongs to. Absent: DD_HOSTNAME, then none.
  std::optional<std::string> host = std::nullopt;
  /// Most values of a distribution in one export, 2 to 100,000. Up to so many observations, there is one value for
  /// each; of more, a sample that is as large as this.
  std::uint32_t max_values_per_point = 1'000;
};

/// All of it, but for the keys: of those, only whether they are there.
AIOKPL_EXPORT std::ostream& operator<<(std::ostream& out, const DatadogSinkOptions& options);

/// Sends metrics to Datadog over its HTTP API: counts and gauges to /api/v2/series, distributions to
/// /api/v1/distribution_points. What arrives there: docs/metrics-datadog.md.
///
/// Requests that Datadog cannot take now (HTTP status 408, 429 or 5xx, no answer, no connection) are tried three times
/// and then wait for the next export, at most 16 MiB of them; what it refuses is lost, and `export_metrics` says why.
/// Any thread; producers may share a sink.
class AIOKPL_EXPORT DatadogSink final : public MetricsSink {
 public:
  /// Connects nowhere yet. Throws ConfigError with every option that is wrong.
  explicit DatadogSink(const DatadogSinkOptions& options = {});
  /// Sends nothing: what waits is lost, unless `stop` was called.
  ~DatadogSink() override;
  DatadogSink(const DatadogSink&) = delete;
  DatadogSink& operator=(const DatadogSink&) = delete;

  /// Takes over timeouts, certificate authorities and whether certificates are checked, of the first producer.
  void start(const Config& producer) override;
  /// Throws ExportDeferred when a request waits or was refused.
  void export_metrics(std::span<const MetricSnapshot> snapshots) override;
  /// Sends what waits. Closes the connection when each producer that called `start` has called it. Throws as
  /// `export_metrics` does.
  void stop() override;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace aiokpl
