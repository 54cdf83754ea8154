#include "producer/engine.hpp"

#include <algorithm>
#include <cstdlib>
#include <future>
#include <utility>

#include "producer/engine_settings.hpp"
#include "producer/in_flight.hpp"

namespace aiokpl::detail {

namespace {

using pipeline::TimePoint;

/// So much of what is full may wait in the inbox before the engine is woken for it; its deadlines wake it anyway.
constexpr std::size_t inbox_wake_bytes = 131'072;

/// Whose thread this is. The thread's handle would not do: others ask while it is assigned, or joined.
thread_local const Engine* engine_of_this_thread = nullptr;

std::uint64_t next_engine_number() noexcept {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

}  // namespace

void Voice::user_exception(const char* what) {
  ++user_exceptions;
  say(LogLevel::error, "user-exception", std::string{"an exception left a callback, handler or executor: "} + what);
}

Engine::Engine(Config config, Surroundings surroundings)
    : config_{std::move(config)},
      clock_{std::move(surroundings.clock)},
      voice_{std::make_shared<Voice>(config_.logger, std::getenv("AIOKPL_LOG"), clock_)},  // NOLINT(*-mt-unsafe)
      dispatcher_{std::make_shared<Dispatcher>(
          config_.executor, [voice = voice_](const char* what) { voice->user_exception(what); },
          std::move(surroundings.completions))},
      batches_{dispatcher_},
      system_time_{clock_->time_of_day(), clock_->now()},
      client_{std::move(surroundings.client)},
      random_seed_{surroundings.random_seed},
      number_{next_engine_number()},
      metrics_{std::make_shared<MetricsHub>(config_, clock_, system_time_)},
      places_{config_.max_outstanding_records, config_.max_outstanding_bytes},
      pacer_{config_.max_connections, config_.request_timeout} {
  if (metrics_->measures()) recorder_ = std::make_unique<MetricsRecorder>(metrics_, system_time_);
  // Last: whoever is told uses all of the engine, and is told no more before any of it goes.
  client_->set_credentials_listener([this] { credentials_changed(); });
}

Engine::~Engine() {
  dispatcher_->rest();
  client_->set_credentials_listener(nullptr);
  if (!thread_.joinable()) return;
  // The thread itself lets go of the engine last when its owner could not wait for it.
  if (thread_.get_id() == std::this_thread::get_id()) {
    thread_.detach();
  } else {
    thread_.join();
  }
}

void Engine::start() {
  if (metrics_->measures()) {
    metrics_->set_refresh([weak = weak_from_this()] {
      if (const auto engine = weak.lock()) engine->look_now();
    });
  } else if (config_.metrics_sink) {
    voice_->say(LogLevel::warning, "metrics/level", "metrics_sink gets nothing, since metrics_level is none");
  }
  thread_ = std::thread{[self = shared_from_this()] {
    engine_of_this_thread = self.get();
    self->run();
  }};
  // The engine's thread looks at it only when the producer is closed, which nobody can do yet.
  if (MetricsExporter::is_wanted(config_)) {
    exporter_ = std::make_unique<MetricsExporter>(metrics_, voice_, config_);
  }
}

void Engine::shut_down() {
  const auto pending = close(std::nullopt);
  if (dispatcher().on_completion_thread() || thread_.get_id() == std::this_thread::get_id()) {
    command([this] { stop_when_settled_ = true; });
    return;
  }
  pending->wait_until(std::nullopt);
  command([this] { stop_when_settled_ = true; });
  thread_.join();
  // It may still be on its way back from having told the engine, holding it: the end of the engine would come from its
  // thread, which nobody could join.
  exporter_.reset();
}

void Engine::post(Stream* stream, pipeline::BatchPtr batch, TimePoint due) {
  bool wake = false;
  {
    const std::lock_guard lock{inbox_mutex_};
    if (batch) inbox_bytes_ += batch->kinesis_size();
    inbox_.push_back({stream, std::move(batch)});
    wake = due < sleeping_until_ || (inbox_bytes_ >= inbox_wake_bytes && sleeping_until_ != TimePoint::min());
    if (wake) sleeping_until_ = TimePoint::min();
  }
  if (wake) client_->wakeup();
}

bool Engine::command(Command work) {
  {
    const std::lock_guard lock{inbox_mutex_};
    if (inbox_closed_) return false;
    commands_.push_back(std::move(work));
    sleeping_until_ = TimePoint::min();
  }
  client_->wakeup();
  return true;
}

void Engine::credentials_changed() noexcept {
  credentials_changed_ = true;
  {
    const std::lock_guard lock{inbox_mutex_};
    sleeping_until_ = TimePoint::min();
  }
  client_->wakeup();
}

std::shared_ptr<PendingFlush> Engine::flush(std::optional<std::string> stream) {
  auto pending = std::make_shared<PendingFlush>(dispatcher_);
  const bool taken = command([this, stream = std::move(stream), pending] { start_flush(stream, pending, now()); });
  if (!taken) pending->settled(pending, {});
  return pending;
}

std::shared_ptr<PendingFlush> Engine::close(std::optional<std::chrono::nanoseconds> timeout) {
  refuse_new_records();
  const auto limit = pipeline::later(now(), timeout.value_or(config_.shutdown_timeout.value_or(config_.record_ttl)));
  auto pending = std::make_shared<PendingFlush>(dispatcher_);
  if (!command([this, limit, pending] { start_close(limit, pending, now()); })) pending->settled(pending, {});
  return pending;
}

std::uint64_t Engine::abort() {
  const auto pending = close(std::chrono::nanoseconds{0});
  pending->wait_until(std::nullopt);
  return pending->report().aborted;
}

void Engine::refuse_new_records() {
  closing_.store(true, std::memory_order_seq_cst);
  const std::lock_guard lock{mutex_};
  closed_ = true;
  for (PlaceWaiter* waiter : std::exchange(waiting_, {})) {
    places_.withdraw(*waiter);
    waiter->refused();
  }
}

void Engine::on_failed(std::function<void(const FailedRecord&)> handler) {
  const std::lock_guard lock{handler_mutex_};
  failure_handler_ =
      handler ? std::make_shared<const std::function<void(const FailedRecord&)>>(std::move(handler)) : nullptr;
}

std::uint64_t Engine::outstanding_records() const {
  const std::lock_guard lock{mutex_};
  return places_.records();
}

std::uint64_t Engine::outstanding_bytes() const {
  const std::lock_guard lock{mutex_};
  return places_.bytes();
}

std::chrono::nanoseconds Engine::oldest_record_age() {
  if (outstanding_records() == 0) return std::chrono::nanoseconds{0};
  std::chrono::nanoseconds age{0};
  on_engine([this, &age] {
    const TimePoint oldest = oldest_record();
    if (oldest != pipeline::never) age = now() - oldest;
  });
  return age;
}

void Engine::look_now() {
  on_engine([this] { look(now()); });
}

void Engine::on_engine(const std::function<void()>& work) {
  if (engine_of_this_thread == this) {
    work();
    return;
  }
  auto done = std::make_shared<std::promise<void>>();
  auto waiting = done->get_future();
  const bool taken = command([&work, done] {
    work();
    done->set_value();
  });
  if (taken) waiting.get();
}

}  // namespace aiokpl::detail
