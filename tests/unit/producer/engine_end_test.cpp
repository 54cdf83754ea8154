#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <aiokpl/config.hpp>
#include <aiokpl/metrics.hpp>

#include "producer/engine.hpp"
#include "producer/engine_settings.hpp"
#include "producer/surroundings.hpp"

namespace aiokpl::detail {
namespace {

using namespace std::chrono_literals;

// Set when the thread that called `watch_this_thread` has come to its end.
std::atomic<bool> exporter_ended = false;

void watch_this_thread() {
  struct AtTheEnd {
    ~AtTheEnd() { exporter_ended = true; }
  };
  thread_local const AtTheEnd at_the_end;
}

class WatchedSink final : public MetricsSink {
 public:
  void start(const Config&) override { watch_this_thread(); }
  void export_metrics(std::span<const MetricSnapshot>) override {}
  void stop() override { told_ = std::this_thread::get_id(); }

  /// The thread that the exports came from, once they have ended.
  [[nodiscard]] std::thread::id thread() const noexcept { return told_; }

 private:
  std::atomic<std::thread::id> told_ = {};
};

// Carries nothing. It holds up whoever wakes it from the exporter's thread, until the producer is gone or time is up.
class IdleTransport final : public aws::HttpTransport {
 public:
  IdleTransport(std::shared_ptr<const WatchedSink> sink, std::shared_ptr<std::atomic<bool>> producer_gone)
      : sink_{std::move(sink)}, producer_gone_{std::move(producer_gone)} {}

  [[nodiscard]] aws::HttpTicket start(aws::HttpRequest) override { return 1; }
  void cancel(aws::HttpTicket) override {}
  void poll(std::chrono::nanoseconds wait, std::vector<aws::HttpCompletion>&) override {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, wait, [this] { return woken_; });
    woken_ = false;
  }
  void wakeup() noexcept override {
    {
      const std::lock_guard lock{mutex_};
      woken_ = true;
    }
    changed_.notify_all();
    if (sink_->thread() != std::this_thread::get_id()) return;
    const auto end = std::chrono::steady_clock::now() + 100ms;
    while (!*producer_gone_ && std::chrono::steady_clock::now() < end)
      std::this_thread::yield();
  }

 private:
  const std::shared_ptr<const WatchedSink> sink_;
  const std::shared_ptr<std::atomic<bool>> producer_gone_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

// A thread that ends later than its producer may end while the program's last destructors run.
TEST(EngineEnd, TheExportersThreadEndsBeforeTheProducer) {
  const auto sink = std::make_shared<WatchedSink>();
  const auto producer_gone = std::make_shared<std::atomic<bool>>(false);
  Config config{.region = "us-east-1",
                .aws_access_key_id = "key",
                .aws_secret_access_key = "secret",
                .metrics_level = MetricsLevel::detailed,
                .metrics_sink = sink};
  config.validate();
  Surroundings surroundings = real_surroundings(config);
  aws::ClientOptions options = client_options(config, aws::process_environment());
  surroundings.client =
      std::make_unique<aws::KinesisClient>(std::move(options), std::make_unique<IdleTransport>(sink, producer_gone));
  auto engine = std::make_shared<Engine>(std::move(config), std::move(surroundings));
  engine->start();
  engine->shut_down();
  engine.reset();
  *producer_gone = true;
  EXPECT_TRUE(exporter_ended);
}

}  // namespace
}  // namespace aiokpl::detail
