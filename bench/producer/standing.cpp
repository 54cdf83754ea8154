// Producers that stand still: one that has nothing to do, and one whose server does not answer.
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include <aiokpl/aiokpl.hpp>

#include "producer/modes.hpp"
#include "producer/process.hpp"
#include "producer/records.hpp"
#include "producer/window.hpp"

namespace aiokpl::bench {
namespace {

using namespace std::chrono_literals;

/// Until batches are closed and requests are on their way, so that what is compared is alike.
constexpr auto settling_time = 500ms;

void put(SyncProducer& producer, const RecordPool& pool, Window<SyncOutcome>& window, std::size_t until) {
  while (window.size() < until)
    window.add(producer.put_record(pool.record(window.size())));
  std::this_thread::sleep_for(settling_time);
}

std::uint64_t failures_of(Window<SyncOutcome>& window) {
  std::uint64_t failures = 0;
  while (window.size() > 0) {
    if (!window.take().wait().success) ++failures;
  }
  return failures;
}

}  // namespace

nlohmann::ordered_json measure_idle(const Settings& settings) {
  SyncProducer producer{make_config(settings)};
  const Record record{.stream = settings.stream, .partition_key = "key", .data = "data"};
  const bool success = producer.put_record(record).wait().success;
  std::this_thread::sleep_for(2 * settling_time);
  meet("ready");
  const CpuTime cpu_before = process_cpu();
  const std::uint64_t sleeps_before = sleeps_of_other_threads();
  const auto start = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(std::chrono::duration<double>(settings.seconds));
  const double seconds = seconds_since(start);
  const std::uint64_t sleeps = sleeps_of_other_threads() - sleeps_before;
  return {{"event", "done"},
          {"seconds", seconds},
          {"cpu", process_cpu().total() - cpu_before.total()},
          {"wake_ups", sleeps},
          {"rss", process_memory("VmRSS")},
          {"failures", success ? 0 : 1}};
}

nlohmann::ordered_json measure_memory(const Settings& settings) {
  const std::size_t most = settings.outstanding;
  const std::size_t few = most / 5;
  const RecordPool pool{settings.stream, most, settings.record_size, settings.keys};
  Window<SyncOutcome> window{most};
  SyncProducer producer{make_config(settings)};
  // Shards have to be known, or records would gather in one batch.
  put(producer, pool, window, 1'000);
  producer.flush();
  std::uint64_t failures = failures_of(window);
  meet("ready");  // and the server stands still from here
  put(producer, pool, window, few);
  const std::uint64_t rss_few = process_memory("VmRSS");
  put(producer, pool, window, most);
  const std::uint64_t rss_most = process_memory("VmRSS");
  std::uint64_t user_bytes = 0;
  for (std::size_t i = few; i < most; ++i)
    user_bytes += pool.data_size(i) + (pool.has_keys() ? key_size : 0);
  meet("measured");  // and the server goes on
  producer.flush();
  failures += failures_of(window);
  return {{"event", "done"},       {"records", most - few},    {"rss_before", rss_few},
          {"rss_after", rss_most}, {"user_bytes", user_bytes}, {"failures", failures}};
}

}  // namespace aiokpl::bench
