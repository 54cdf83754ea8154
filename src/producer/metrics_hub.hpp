#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <aiokpl/config.hpp>
#include <aiokpl/metrics.hpp>

#include "metrics/registry.hpp"
#include "pipeline/system_time.hpp"
#include "producer/surroundings.hpp"

namespace aiokpl::detail {

/// Where those who measure and those who read meet: the registry of a producer, under a lock. It outlives the producer
/// as long as somebody reads. Any thread.
class MetricsHub {
 public:
  MetricsHub(const Config& config, std::shared_ptr<const Clock> clock, pipeline::SystemTime system_time);
  MetricsHub(const MetricsHub&) = delete;
  MetricsHub& operator=(const MetricsHub&) = delete;

  [[nodiscard]] MetricsLevel level() const noexcept { return level_; }
  [[nodiscard]] const std::shared_ptr<MetricsSink>& sink() const noexcept { return sink_; }
  /// Whether anything is measured.
  [[nodiscard]] bool measures() const noexcept { return level_ != MetricsLevel::none; }

  /// Adds values: `record(registry)`, whose time is set to `now`.
  template <typename Record>
  void record(pipeline::TimePoint now, Record record) {
    const std::lock_guard lock{mutex_};
    registry_.set_time(now);
    record(registry_);
  }

  /// What has the engine look at its states, so that a reader sees them as they are. Set once, before the first reader;
  /// it may be called when the engine is gone.
  void set_refresh(std::function<void()> refresh) { refresh_ = std::move(refresh); }

  // Readers. They see what was recorded up to their call.
  [[nodiscard]] std::vector<MetricSnapshot> total(const MetricQuery& which);
  [[nodiscard]] std::vector<MetricSnapshot> window(std::chrono::seconds length, const MetricQuery& which);
  [[nodiscard]] std::uint64_t coarsened() const;

  // The exporter's.
  [[nodiscard]] std::vector<MetricSnapshot> begin_export();
  void end_export(bool taken);
  void count_failed_export() noexcept { failed_exports_.fetch_add(1, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t failed_exports() const noexcept {
    return failed_exports_.load(std::memory_order_relaxed);
  }

 private:
  [[nodiscard]] std::vector<MetricSnapshot> finish(metrics::Registry::Read read) const;
  void refresh() const;

  const MetricsLevel level_;
  const std::shared_ptr<MetricsSink> sink_;
  const std::shared_ptr<const Clock> clock_;
  const pipeline::SystemTime system_time_;
  std::function<void()> refresh_;
  std::atomic<std::uint64_t> failed_exports_ = 0;
  mutable std::mutex mutex_;
  metrics::Registry registry_;
};

}  // namespace aiokpl::detail
