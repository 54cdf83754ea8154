#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <aiokpl/metrics.hpp>

#include "sinks/prometheus/names.hpp"

namespace aiokpl::sinks {

/// Exports, added up into what Prometheus reads at a scrape. Any thread.
class PrometheusTotals final : public prometheus::Collectable {
 public:
  /// `max_series` as in PrometheusSinkOptions.
  PrometheusTotals(std::string prefix, std::size_t max_series);

  /// All of it or, with an exception, nothing.
  void add(std::span<const MetricSnapshot> snapshots);
  /// The gauges are no longer true.
  void forget_gauges();

  /// By name, and in each family by labels.
  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  struct Totals {
    std::uint64_t count = 0;
    double sum = 0;
    double last = 0;
    std::vector<std::uint64_t> buckets;
  };
  struct Family {
    PrometheusShape shape;
    std::map<PrometheusLabels, Totals> series;
  };

  void add_one(const MetricSnapshot& snapshot, PrometheusLabels labels);
  void append(const Family& family, std::vector<prometheus::MetricFamily>& families) const;
  void append_own(std::vector<prometheus::MetricFamily>& families) const;

  const std::string prefix_;
  const std::size_t max_series_;
  mutable std::mutex mutex_;
  std::map<std::string, Family> families_;
  std::size_t series_count_ = 0;
  std::uint64_t over_limit_ = 0;
  std::optional<std::chrono::system_clock::time_point> newest_;
};

}  // namespace aiokpl::sinks
