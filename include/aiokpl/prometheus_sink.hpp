#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <aiokpl/export.hpp>
#include <aiokpl/metrics.hpp>

namespace aiokpl {

/// What a PrometheusSink is made of; see docs/metrics-prometheus.md.
struct PrometheusSinkOptions {
  /// The IPv4 or IPv6 address to listen on. The default can be scraped from this machine only; "0.0.0.0" is every IPv4
  /// address of it, "::" every address. There is neither TLS nor a password: who can connect can read.
  std::string address = "127.0.0.1";
  /// 0 is any free one: PrometheusSink::port tells which.
  std::uint16_t port = 9464;
  /// Where on the port: "/" and letters, digits and any of "/-_.".
  std::string path = "/metrics";
  /// Before every name: letters, digits and '_', not a digit first; may be empty.
  std::string metric_prefix = "aiokpl_";
  /// How many series are kept, 1 to 1,000,000. What comes for further ones is counted in one without labels for each
  /// metric, and told by `aiokpl_series_over_limit_total`.
  std::size_t max_series = 10'000;
};

/// Serves metrics to Prometheus, which scrapes them: text exposition over HTTP on a port of its own. What producers
/// export is added up, since Prometheus wants totals; a scrape sees what was exported until then, so let
/// Config::metrics_upload_interval be at most the scrape interval.
///
/// Series that were seen once stay until the sink is destroyed, which also closes the port: the answers go on while a
/// producer is stalled or gone. Gauges are states of producers and go with the last of them that stops. Several
/// producers may share a sink: counters and distributions of series with the same labels add up, and a gauge is the one
/// that was exported last, unless an additional dimension tells the producers apart. Any thread.
class AIOKPL_EXPORT PrometheusSink final : public MetricsSink {
 public:
  /// Listens from now on. Throws ConfigError, which names each option that is wrong, or why the port cannot be had.
  explicit PrometheusSink(PrometheusSinkOptions options = {});
  PrometheusSink(const PrometheusSink&) = delete;
  PrometheusSink& operator=(const PrometheusSink&) = delete;
  /// Scrapes that are under way break off.
  ~PrometheusSink() override;

  /// Throws ConfigError when two of the producer's dimensions become the same label, or one a label with a meaning of
  /// its own ("le", "quantile").
  void start(const Config& producer) override;
  /// All or nothing; throws ConfigError for dimensions as `start` does.
  void export_metrics(std::span<const MetricSnapshot> snapshots) override;
  /// Scrapes are answered still.
  void stop() override;

  /// Where it listens.
  [[nodiscard]] std::uint16_t port() const noexcept;
  /// What to scrape, with the address that was given.
  [[nodiscard]] std::string url() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aiokpl
