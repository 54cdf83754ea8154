// Records at a steady rate: from put_record to the outcome, and what that costs.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include <aiokpl/aiokpl.hpp>

#include "producer/modes.hpp"
#include "producer/nothing.hpp"
#include "producer/process.hpp"
#include "producer/records.hpp"

namespace aiokpl::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;
using namespace std::chrono_literals;

constexpr std::chrono::nanoseconds tick = 1ms;

/// A record's times; the callback knows nothing but where its own is.
struct Journey {
  Clock::time_point put;
  Clock::time_point resolved;
};

struct Journeys {
  explicit Journeys(std::size_t count) : all(count) {}

  std::vector<Journey> all;
  std::atomic<std::size_t> resolved = 0;
  std::atomic<std::uint64_t> failures = 0;
};

template <typename Producer>
void put_one(Producer& producer, const Record& record, Journeys& journeys, std::size_t index) {
  Journey& journey = journeys.all[index];
  journey.put = Clock::now();
  const auto outcome = producer.put_record(record);
  outcome.on_ready([&journeys, &journey](const RecordResult& result) {
    journey.resolved = Clock::now();
    if (!result.success) ++journeys.failures;
    ++journeys.resolved;
  });
}

/// Puts what is due every millisecond. A tick that comes late makes up for it.
template <typename Producer>
std::size_t pace(Producer& producer, const RecordPool& pool, Journeys& journeys, double rate, std::size_t first,
                 std::size_t end) {
  const auto start = Clock::now();
  std::size_t next = first;
  for (auto due = start; next < end; due += tick) {
    std::this_thread::sleep_until(due);
    const double passed = std::chrono::duration<double>(Clock::now() - start).count();
    const std::size_t until = std::min(end, first + static_cast<std::size_t>(passed * rate) + 1);
    for (; next < until; ++next)
      put_one(producer, pool.record(next % pool.size()), journeys, next);
  }
  return next;
}

void wait_until_resolved(const Journeys& journeys, std::size_t count) {
  const auto limit = Clock::now() + 30s;
  while (journeys.resolved.load() < count) {
    if (Clock::now() > limit) throw std::runtime_error{"outcomes are missing"};
    std::this_thread::sleep_for(1ms);
  }
}

nlohmann::ordered_json percentiles(std::vector<double> latencies) {
  std::ranges::sort(latencies);
  const auto at = [&](double part) {
    const auto rank = static_cast<std::size_t>(std::ceil(part * static_cast<double>(latencies.size())));
    return latencies[std::clamp<std::size_t>(rank, 1, latencies.size()) - 1];
  };
  return {{"p50", at(0.5)}, {"p99", at(0.99)}, {"p999", at(0.999)}, {"most", latencies.back()}};
}

template <typename Producer>
nlohmann::ordered_json measure(Producer& producer, const Settings& settings, std::chrono::nanoseconds buffering) {
  const RecordPool pool{settings.stream, settings.pool, settings.record_size, settings.keys};
  const double rate = settings.records_per_second;
  const auto warm = static_cast<std::size_t>(std::max(1.0, settings.warm_up_seconds * rate));
  const std::size_t end = warm + static_cast<std::size_t>(settings.seconds * rate);
  Journeys journeys{end};
  pace(producer, pool, journeys, rate, 0, warm);
  producer.flush();
  if (!settings.nothing) wait_until_resolved(journeys, warm);
  meet("ready");
  const CpuTime before = process_cpu();
  const auto start = Clock::now();
  pace(producer, pool, journeys, rate, warm, end);
  const double seconds = seconds_since(start);
  const CpuTime after = process_cpu();
  // What is on its way takes its time as before: a flush would hurry it.
  if (!settings.nothing) wait_until_resolved(journeys, end);
  nlohmann::ordered_json found{{"event", "done"},
                               {"records", end - warm},
                               {"seconds", seconds},
                               {"cpu", after.total() - before.total()},
                               {"buffering_ms", Milliseconds{buffering}.count()},
                               {"failures", journeys.failures.load()}};
  if (!settings.nothing) {
    std::vector<double> latencies;
    latencies.reserve(end - warm);
    for (std::size_t i = warm; i < end; ++i)
      latencies.push_back(Milliseconds{journeys.all[i].resolved - journeys.all[i].put}.count());
    found["latency_ms"] = percentiles(std::move(latencies));
  }
  return found;
}

}  // namespace

nlohmann::ordered_json measure_latency(const Settings& settings) {
  const Config config = make_config(settings);
  if (settings.nothing) {
    NothingProducer producer;
    return measure(producer, settings, config.record_max_buffered_time);
  }
  SyncProducer producer{config};
  return measure(producer, settings, config.record_max_buffered_time);
}

}  // namespace aiokpl::bench
