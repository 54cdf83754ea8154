#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <aiokpl/metrics.hpp>

namespace aiokpl::sinks {

/// A series as Datadog tells it from others.
struct DatadogSeries {
  std::string metric;
  std::vector<std::string> tags;
  MetricSnapshot data;
};

/// What is to be sent, each series once. Of two points of a count with one name, the same tags and the same second
/// Datadog keeps only the last: series that come to have the same tags are added up, and what comes for a second that
/// was sent already waits for the next.
class Gathering {
 public:
  /// `tags` are on every series, before those of its dimensions.
  Gathering(std::string metric_prefix, std::vector<std::string> tags)
      : prefix_{std::move(metric_prefix)}, tags_{std::move(tags)} {}

  /// What has no values, or values that are no finite numbers, is left out.
  void add(std::span<const MetricSnapshot> snapshots);

  /// In POSIX seconds, the end of what was gathered.
  [[nodiscard]] std::int64_t second() const noexcept { return second_; }
  /// Whether there is something, and for a second that was not sent.
  [[nodiscard]] bool due() const noexcept;
  [[nodiscard]] bool empty() const noexcept { return series_.empty(); }
  /// Moves the end of what was gathered to a second that was not sent.
  void make_due() noexcept;
  /// All of it, for `second()`, which counts as sent then.
  [[nodiscard]] std::vector<DatadogSeries> take();

 private:
  void add_one(const MetricSnapshot& snapshot);

  std::string prefix_;
  std::vector<std::string> tags_;
  std::map<std::string, DatadogSeries> series_;
  std::int64_t second_ = 0;
  std::int64_t sent_second_ = 0;
};

}  // namespace aiokpl::sinks
