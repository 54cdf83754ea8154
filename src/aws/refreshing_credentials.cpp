#include "aws/refreshing_credentials.hpp"

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <map>
#include <mutex>
#include <random>
#include <stdexcept>
#include <stop_token>
#include <system_error>
#include <thread>
#include <utility>

#include "aws/refresh_schedule.hpp"

namespace aiokpl::aws {
namespace {

using namespace std::chrono_literals;

/// The clock on the wall may be set, and a machine may sleep: no wait for a time of it is longer.
constexpr std::chrono::nanoseconds longest_wait = 30s;
constexpr std::chrono::nanoseconds patience_at_the_end = 1s;

std::function<double()> random_dice() {
  return [engine = std::minstd_rand{std::random_device{}()}]() mutable {
    return std::uniform_real_distribution<double>{0.0, 1.0}(engine);
  };
}

/// libcurl's connections are written to by OpenSSL, which cannot ask for no signal.
void block_sigpipe() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

/// What the thread works with. It keeps this alive itself, should it outlive the provider.
struct RefreshingCredentials::State {
  State(SourcePtr from, FetchContext with)
      : source{std::move(from)}, context{std::move(with)}, schedule{source->name(), random_dice()} {
    context.stop = stop.get_token();
  }

  [[nodiscard]] Moment now() const { return {context.clock(), std::chrono::steady_clock::now()}; }

  SourcePtr source;  // for the thread alone
  std::stop_source stop;
  FetchContext context;

  std::mutex mutex;
  std::condition_variable changed;
  RefreshSchedule schedule;
  bool stopping = false;
  bool finished = true;  // the thread does not run

  std::mutex listeners_mutex;  // held while they run
  std::map<std::uint64_t, std::function<void()>> listeners;
  std::uint64_t last_listener = 0;
};

class RefreshingCredentials::Worker {
 public:
  /// With the mutex locked.
  static std::thread start(const std::shared_ptr<State>& state) {
    state->finished = false;
    try {
      return std::thread{[state] { run(*state); }};
    } catch (const std::system_error&) {
      state->finished = true;  // no thread is to be had: the next `get` tries again
      return {};
    }
  }

  std::thread thread;

 private:
  static void run(State& state) {
    block_sigpipe();
    std::unique_lock lock{state.mutex};
    while (!state.stopping) {
      const std::chrono::nanoseconds wait = state.schedule.until_fetch(state.now());
      if (wait > wait.zero()) {
        state.changed.wait_for(lock, std::min(wait, longest_wait));
        continue;
      }
      state.schedule.started();
      lock.unlock();
      fetch(state);
      tell(state);
      lock.lock();
    }
    state.finished = true;
    state.changed.notify_all();
  }

  static void fetch(State& state) {
    FetchFailure failure;
    try {
      const Credentials credentials = state.source->fetch(state.context);
      const std::lock_guard lock{state.mutex};
      state.schedule.succeeded(credentials, state.now());
      return;
    } catch (const NotConfigured& absent) {
      failure.reason = absent.what();
    } catch (const CredentialsFailure& failed) {
      failure = {.reason = failed.what(), .temporary = failed.temporary(), .misconfigured = true};
    } catch (const std::exception&) {
      // Nobody knows what its words hold.
      failure = {.reason = state.source->name() + ": an unexpected error", .temporary = true, .misconfigured = true};
    }
    const std::lock_guard lock{state.mutex};
    state.schedule.failed(std::move(failure), state.now());
  }

  static void tell(State& state) {
    const std::lock_guard lock{state.listeners_mutex};
    for (const auto& [id, listener] : state.listeners)
      listener();
  }
};

RefreshingCredentials::RefreshingCredentials(SourcePtr source, FetchContext context)
    : worker_{std::make_unique<Worker>()} {
  if (!source) throw std::invalid_argument{"there is no source of credentials"};
  state_ = std::make_shared<State>(std::move(source), std::move(context));
}

RefreshingCredentials::~RefreshingCredentials() {
  {
    const std::lock_guard lock{state_->listeners_mutex};
    state_->listeners.clear();
  }
  state_->stop.request_stop();
  std::unique_lock lock{state_->mutex};
  state_->stopping = true;
  state_->changed.notify_all();
  const bool finished = state_->changed.wait_for(lock, patience_at_the_end, [this] { return state_->finished; });
  lock.unlock();
  if (!worker_->thread.joinable()) return;
  if (finished) {
    worker_->thread.join();
  } else {
    worker_->thread.detach();
  }
}

CredentialsOutcome RefreshingCredentials::get(std::chrono::system_clock::time_point now) {
  const Moment moment{now, std::chrono::steady_clock::now()};
  const std::lock_guard lock{state_->mutex};
  if (state_->finished) {
    worker_->thread = Worker::start(state_);
  } else if (state_->schedule.until_fetch(moment) <= std::chrono::nanoseconds::zero()) {
    state_->changed.notify_all();  // it may have slept longer than it thinks
  }
  return state_->schedule.outcome(moment);
}

void RefreshingCredentials::await(std::chrono::nanoseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  std::mutex mutex;
  std::condition_variable told;
  bool fetched = false;
  const std::uint64_t listener = add_listener([&] {
    const std::lock_guard lock{mutex};
    fetched = true;
    told.notify_all();
  });
  while (get(state_->context.clock()).pending) {
    std::unique_lock lock{mutex};
    if (!told.wait_until(lock, end, [&] { return std::exchange(fetched, false); })) break;
  }
  remove_listener(listener);
}

void RefreshingCredentials::expired(const Credentials& rejected) {
  refresh_now(rejected.access_key_id);
}

void RefreshingCredentials::refresh_now(std::string_view access_key_id) {
  const std::lock_guard lock{state_->mutex};
  if (state_->schedule.rejected(access_key_id, state_->now())) state_->changed.notify_all();
}

void RefreshingCredentials::set_listener(const std::function<void()>& listener) {
  if (listener_ != 0) remove_listener(std::exchange(listener_, 0));
  if (listener) listener_ = add_listener(listener);
}

std::uint64_t RefreshingCredentials::add_listener(std::function<void()> listener) {
  const std::lock_guard lock{state_->listeners_mutex};
  state_->listeners.emplace(++state_->last_listener, std::move(listener));
  return state_->last_listener;
}

void RefreshingCredentials::remove_listener(std::uint64_t id) {
  const std::lock_guard lock{state_->listeners_mutex};
  state_->listeners.erase(id);
}

}  // namespace aiokpl::aws
