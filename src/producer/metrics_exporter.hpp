#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include <aiokpl/config.hpp>

#include "producer/metrics_hub.hpp"

namespace aiokpl::detail {

struct Voice;

/// Hands what was measured to the sink, on a thread of its own: a sink that is slow, stuck or throws is alone with
/// that. Everything that the thread touches lives as long as it does.
class MetricsExporter {
 public:
  /// Starts the thread. `config` is what the sink is told of its producer.
  MetricsExporter(std::shared_ptr<MetricsHub> hub, std::shared_ptr<Voice> voice, Config config);
  /// Waits for the thread's end, unless the sink keeps it: then, and on the thread itself, it is left to itself.
  ~MetricsExporter();
  MetricsExporter(const MetricsExporter&) = delete;
  MetricsExporter& operator=(const MetricsExporter&) = delete;

  /// One more export, then the sink's end; `finished` is called on the thread. Once.
  void finish(std::function<void()> finished);
  [[nodiscard]] bool finished() const;

  /// Whether a sink with this configuration gets anything.
  [[nodiscard]] static bool is_wanted(const Config& config);

 private:
  struct Shared {
    std::shared_ptr<MetricsHub> hub;
    std::shared_ptr<Voice> voice;
    Config config;
    std::mutex mutex;
    std::condition_variable changed;
    bool finishing = false;
    bool finished = false;
    std::function<void()> on_finished;
    // The thread's alone.
    bool sink_started = false;
  };
  static void run(const std::shared_ptr<Shared>& shared);
  static void export_now(Shared& shared);
  /// Whether it went well; what went wrong is logged and counted.
  static bool guarded(Shared& shared, const char* what, const std::function<void(MetricsSink&)>& call);

  std::shared_ptr<Shared> shared_;
  std::thread thread_;
};

}  // namespace aiokpl::detail
