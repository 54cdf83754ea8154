// As many records as go in some seconds of CPU time: what a record costs.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include <aiokpl/aiokpl.hpp>

#include "producer/allocations.hpp"
#include "producer/modes.hpp"
#include "producer/nothing.hpp"
#include "producer/process.hpp"
#include "producer/records.hpp"
#include "producer/window.hpp"

namespace aiokpl::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// Beyond, a row ends whatever CPU it has used: a producer that only waits would never end.
constexpr double longest_phase_seconds = 20;

/// One phase, seen by one caller: how long it goes on, and what was put.
class Phase {
 public:
  Phase(const RecordPool& pool, std::size_t first, double cpu_seconds)
      : pool_{pool}, next_{first}, cpu_limit_{process_cpu_seconds() + cpu_seconds}, start_{Clock::now()} {
    chunk_ = std::clamp<std::size_t>((std::size_t{1} << 20U) / (pool.data_size(0) + 1), 16, 1'000);
  }

  /// Asks for the time now and then, not for every record.
  [[nodiscard]] bool goes_on() {
    if (!over_ && ++since_look_ >= chunk_) {
      since_look_ = 0;
      over_ = process_cpu_seconds() >= cpu_limit_ || seconds_since(start_) >= longest_phase_seconds;
    }
    return !over_;
  }
  [[nodiscard]] Record next() {
    const std::size_t index = next_;
    if (++next_ == pool_.size()) next_ = 0;
    ++records;
    data_bytes += pool_.data_size(index);
    return pool_.record(index);
  }

  std::uint64_t records = 0;
  std::uint64_t data_bytes = 0;
  std::uint64_t failures = 0;

 private:
  const RecordPool& pool_;
  std::size_t next_;
  double cpu_limit_;
  Clock::time_point start_;
  std::size_t chunk_ = 1;
  std::size_t since_look_ = 0;
  bool over_ = false;
};

template <typename Outcome>
void wait_for(Window<Outcome>& window, std::size_t count, Phase& phase) {
  for (count = std::min(count, window.size()); count > 0; --count) {
    if (!window.take().wait().success) ++phase.failures;
  }
}

// Only the newest of those that are let go is waited for in full; what has failed, `on_failed` tells.
template <typename Outcome>
void poll(Window<Outcome>& window, std::size_t count) {
  for (count = std::min(count, window.size()); count > 0; --count) {
    const Outcome oldest = window.take();
    if (!oldest.done()) (void)oldest.wait();
  }
}

template <typename Producer>
class BlockingCaller {
 public:
  using Outcome = decltype(std::declval<Producer&>().put_record(std::declval<const Record&>()));

  BlockingCaller(Producer& producer, const Settings& settings)
      : producer_{producer}, calls_{settings.calls}, window_{settings.outstanding / settings.callers} {
    batch_.reserve(std::min(settings.bulk_size, settings.outstanding / settings.callers));
  }

  void put(Phase& phase) {
    switch (calls_) {
      case Calls::forgotten:
        while (phase.goes_on())
          (void)producer_.put_record(phase.next());
        break;
      case Calls::bulk:
        while (phase.goes_on())
          put_batch(phase);
        break;
      default:
        while (phase.goes_on()) {
          if (!window_.has_room(1)) settle(window_.quarter(), phase);
          window_.add(producer_.put_record(phase.next()));
        }
    }
  }
  void settle(std::size_t count, Phase& phase) {
    if (calls_ == Calls::polled) {
      poll(window_, count);
    } else {
      wait_for(window_, count, phase);
    }
  }
  void settle_all(Phase& phase) { settle(window_.size(), phase); }

 private:
  void put_batch(Phase& phase) {
    batch_.clear();
    while (batch_.size() < batch_.capacity() && phase.goes_on())
      batch_.push_back(phase.next());
    if (!window_.has_room(batch_.size())) settle(std::max(window_.quarter(), batch_.size()), phase);
    for (Outcome& outcome : producer_.put_records(batch_))
      window_.add(std::move(outcome));
  }

  Producer& producer_;
  Calls calls_;
  Window<Outcome> window_;
  std::vector<Record> batch_;
};

Task<void> coroutine_settles(Window<Outcome>& window, std::size_t count, Phase& phase) {
  for (count = std::min(count, window.size()); count > 0; --count) {
    const RecordResult result = co_await window.take();
    if (!result.success) ++phase.failures;
  }
}

Task<void> coroutine_puts(Producer& producer, Window<Outcome>& window, Phase& phase) {
  while (phase.goes_on()) {
    if (!window.has_room(1)) co_await coroutine_settles(window, window.quarter(), phase);
    window.add(co_await producer.put_record(phase.next()));
  }
  co_await producer.flush();
  co_await coroutine_settles(window, window.size(), phase);
}

struct Totals {
  std::uint64_t records = 0;
  std::uint64_t data_bytes = 0;
  std::uint64_t failures = 0;

  void add(const Phase& phase) {
    records += phase.records;
    data_bytes += phase.data_bytes;
    failures += phase.failures;
  }
};

/// Puts for so much CPU time and waits until all has its outcome.
template <typename Producer>
Totals run_phase(Producer& producer, std::vector<BlockingCaller<Producer>>& callers, const RecordPool& pool,
                 double cpu_seconds) {
  std::vector<Phase> phases;
  phases.reserve(callers.size());
  for (std::size_t i = 0; i < callers.size(); ++i)
    phases.emplace_back(pool, pool.size() / callers.size() * i, cpu_seconds);
  std::vector<std::thread> threads;
  threads.reserve(callers.size());
  for (std::size_t i = 1; i < callers.size(); ++i)
    threads.emplace_back([&, i] { callers[i].put(phases[i]); });
  callers[0].put(phases[0]);
  for (std::thread& thread : threads)
    thread.join();
  producer.flush();
  Totals totals;
  for (std::size_t i = 0; i < callers.size(); ++i) {
    callers[i].settle_all(phases[i]);
    totals.add(phases[i]);
  }
  return totals;
}

/// Runs a warm-up and what is measured, with `phase(seconds)`; between the two, and after, nothing is outstanding.
template <typename RunPhase>
nlohmann::ordered_json measure(const Settings& settings, const RecordPool& pool,
                               const std::atomic<std::uint64_t>& told_failures, RunPhase&& phase) {
  const std::uint64_t failures_before = phase(settings.warm_up_seconds).failures;
  meet("ready");
  const CpuTime cpu_before = process_cpu();
  const std::uint64_t allocations_before = heap_allocations();
  const auto start = Clock::now();
  const Totals totals = phase(settings.seconds);
  const double seconds = seconds_since(start);
  const std::uint64_t allocations = heap_allocations() - allocations_before;
  const CpuTime cpu = process_cpu();
  return {{"event", "done"},
          {"records", totals.records},
          {"seconds", seconds},
          {"cpu_user", cpu.user - cpu_before.user},
          {"cpu_system", cpu.system - cpu_before.system},
          {"data_bytes", totals.data_bytes},
          {"key_bytes", pool.has_keys() ? totals.records * key_size : 0},
          {"allocations", allocations},
          {"peak_rss", process_memory("VmHWM")},
          {"failures", std::max(totals.failures + failures_before, told_failures.load())}};
}

template <typename Producer>
nlohmann::ordered_json measure_blocking(Producer& producer, const Settings& settings, const RecordPool& pool,
                                        const std::atomic<std::uint64_t>& told_failures) {
  std::vector<BlockingCaller<Producer>> callers;
  callers.reserve(settings.callers);
  for (std::size_t i = 0; i < settings.callers; ++i)
    callers.emplace_back(producer, settings);
  return measure(settings, pool, told_failures,
                 [&](double seconds) { return run_phase(producer, callers, pool, seconds); });
}

nlohmann::ordered_json measure_coroutine(Producer& producer, const Settings& settings, const RecordPool& pool,
                                         const std::atomic<std::uint64_t>& told_failures) {
  Window<Outcome> window{settings.outstanding};
  return measure(settings, pool, told_failures, [&](double seconds) {
    Phase phase{pool, 0, seconds};
    run(coroutine_puts(producer, window, phase));
    Totals totals;
    totals.add(phase);
    return totals;
  });
}

}  // namespace

nlohmann::ordered_json measure_throughput(const Settings& settings) {
  const RecordPool pool{settings.stream, settings.pool, settings.record_size, settings.keys};
  std::atomic<std::uint64_t> failures = 0;
  const auto count = [&failures](const FailedRecord& /*failed*/) { ++failures; };
  if (settings.nothing) {
    NothingProducer producer;
    return measure_blocking(producer, settings, pool, failures);
  }
  if (settings.calls == Calls::coroutine) {
    Producer producer{make_config(settings)};
    producer.on_failed(count);
    return measure_coroutine(producer, settings, pool, failures);
  }
  SyncProducer producer{make_config(settings)};
  producer.on_failed(count);
  return measure_blocking(producer, settings, pool, failures);
}

}  // namespace aiokpl::bench
