#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <aiokpl/metrics.hpp>

#include "metrics/tally.hpp"

namespace aiokpl::metrics {

/// A metric with its dimensions: what was counted since the start, in each of the last seconds, and since the last
/// export.
class Series {
 public:
  /// The longest window, which the running second comes on top of.
  static constexpr std::int64_t most_seconds = 60;

  Series(const MetricInfo& info, std::vector<MetricDimension> dimensions);

  void add(const Totals& values, std::int64_t second, const BucketCounts* buckets = nullptr);

  [[nodiscard]] const MetricInfo& info() const noexcept { return *info_; }
  [[nodiscard]] const std::vector<MetricDimension>& dimensions() const noexcept { return dimensions_; }

  // Nothing when there were no values. Times of the windows are the caller's to fill in.
  [[nodiscard]] std::optional<MetricSnapshot> total() const;
  /// Of the seconds from `first` on.
  [[nodiscard]] std::optional<MetricSnapshot> since(std::int64_t first) const;
  /// What no export has taken; it is on its way until `end_export`.
  [[nodiscard]] std::optional<MetricSnapshot> begin_export();
  void end_export(bool taken);

 private:
  /// One second's values. Small: there are 61 of them in a series that is always in use.
  struct Second {
    std::int64_t second;
    Totals totals;
  };
  struct Buckets {
    BucketCounts total{};
    BucketCounts fresh{};
    BucketCounts exporting{};
  };
  [[nodiscard]] std::optional<MetricSnapshot> snapshot(const Totals& totals, const BucketCounts* buckets) const;

  const MetricInfo* info_;
  std::vector<MetricDimension> dimensions_;
  Totals total_;
  Totals fresh_;
  Totals exporting_;
  std::vector<Second> seconds_;
  std::unique_ptr<Buckets> buckets_;
};

}  // namespace aiokpl::metrics
