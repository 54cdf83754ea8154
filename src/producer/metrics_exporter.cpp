#include "producer/metrics_exporter.hpp"

#include <exception>
#include <string>
#include <utility>

#include "producer/engine.hpp"

namespace aiokpl::detail {

MetricsExporter::MetricsExporter(std::shared_ptr<MetricsHub> hub, std::shared_ptr<Voice> voice, Config config)
    : shared_{std::make_shared<Shared>()} {
  shared_->hub = std::move(hub);
  shared_->voice = std::move(voice);
  shared_->config = std::move(config);
  thread_ = std::thread{[shared = shared_] { run(shared); }};
}

MetricsExporter::~MetricsExporter() {
  bool over = false;
  {
    const std::lock_guard lock{shared_->mutex};
    over = shared_->finished;
    // An owner that was not closed: no more exports than the one that may be under way.
    shared_->finishing = true;
  }
  shared_->changed.notify_all();
  if (over && thread_.get_id() != std::this_thread::get_id()) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

bool MetricsExporter::is_wanted(const Config& config) {
  return config.metrics_level != MetricsLevel::none && config.metrics_sink != nullptr &&
         dynamic_cast<const NullSink*>(config.metrics_sink.get()) == nullptr;
}

void MetricsExporter::finish(std::function<void()> finished) {
  {
    const std::lock_guard lock{shared_->mutex};
    shared_->finishing = true;
    shared_->on_finished = std::move(finished);
  }
  shared_->changed.notify_all();
}

bool MetricsExporter::finished() const {
  const std::lock_guard lock{shared_->mutex};
  return shared_->finished;
}

void MetricsExporter::run(const std::shared_ptr<Shared>& shared) {
  const auto interval = shared->config.metrics_upload_interval;
  auto next = std::chrono::steady_clock::now() + interval;
  for (;;) {
    {
      std::unique_lock lock{shared->mutex};
      if (shared->changed.wait_until(lock, next, [&] { return shared->finishing; })) break;
    }
    export_now(*shared);
    // One that took longer than the interval is not made up for.
    const auto now = std::chrono::steady_clock::now();
    next += interval;
    if (next < now) next = now + interval;
  }
  export_now(*shared);
  if (shared->sink_started) guarded(*shared, "stop", [](MetricsSink& sink) { sink.stop(); });
  std::function<void()> on_finished;
  {
    const std::lock_guard lock{shared->mutex};
    shared->finished = true;
    on_finished = std::move(shared->on_finished);
  }
  if (on_finished) on_finished();
}

void MetricsExporter::export_now(Shared& shared) {
  if (!shared.sink_started) {
    shared.sink_started = guarded(shared, "start", [&](MetricsSink& sink) { sink.start(shared.config); });
    if (!shared.sink_started) return;
  }
  const std::vector<MetricSnapshot> fresh = shared.hub->begin_export();
  const bool taken =
      fresh.empty() || guarded(shared, "export", [&fresh](MetricsSink& sink) { sink.export_metrics(fresh); });
  shared.hub->end_export(taken);
}

bool MetricsExporter::guarded(Shared& shared, const char* what, const std::function<void(MetricsSink&)>& call) {
  bool taken = false;
  std::string trouble;
  try {
    call(*shared.config.metrics_sink);
    return true;
  } catch (const ExportDeferred& deferred) {
    taken = true;
    trouble = deferred.what();
  } catch (const std::exception& error) {
    trouble = error.what();
  } catch (...) {
    trouble = "an exception that is no std::exception";
  }
  shared.hub->count_failed_export();
  shared.voice->say(LogLevel::warning, std::string{"metrics/"} + what,
                    std::string{"the metrics sink failed to "} + what + ": " + trouble);
  return taken;
}

}  // namespace aiokpl::detail
