#include "soak/credentials_load.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <mutex>
#include <set>
#include <thread>

#include <nlohmann/json.hpp>

#include <aiokpl/aiokpl.hpp>

#include "soak/latency.hpp"

namespace aiokpl::soak {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto tick = 10ms;
constexpr std::size_t most_reasons = 5;

/// What became of the records; the producer's callbacks fill it.
struct Told {
  Latency latency;
  std::atomic<std::uint64_t> stored = 0;
  std::atomic<std::uint64_t> failed = 0;
  std::atomic<std::int64_t> longest_ns = 0;
  std::mutex mutex;
  std::set<std::string> reasons;

  void note(const RecordResult& result, steady_clock::time_point put_at) {
    const std::chrono::nanoseconds took = steady_clock::now() - put_at;
    latency.add(took);
    std::int64_t longest = longest_ns;
    while (took.count() > longest && !longest_ns.compare_exchange_weak(longest, took.count())) {
    }
    if (result.success) {
      ++stored;
      return;
    }
    ++failed;
    const std::lock_guard lock{mutex};
    for (const Attempt& attempt : result.attempts) {
      if (reasons.size() < most_reasons) reasons.insert(attempt.error_code + ": " + attempt.error_message);
    }
  }
};

Config config_of(const CredentialsLoad& load) {
  Config config;
  config.endpoint_url = load.endpoint_url;
  config.record_max_buffered_time = 20ms;
  return config;
}

}  // namespace

void run_credentials_load(const CredentialsLoad& load) {
  Told told;
  std::uint64_t put = 0;
  SyncProducer producer{config_of(load)};
  std::atomic<bool> ended = false;
  std::thread listener{[&ended] {
    std::string line;
    std::getline(std::cin, line);
    ended = true;
  }};
  const auto start = steady_clock::now();
  const std::string padding(100, '.');
  while (!ended) {
    const double due = load.records_per_second * std::chrono::duration<double>(steady_clock::now() - start).count();
    for (; static_cast<double>(put) < due && !ended; ++put) {
      const std::string key = std::to_string(put);
      const std::string data = key + ":" + padding;
      const auto put_at = steady_clock::now();
      producer.put_record({.stream = load.stream, .partition_key = key, .data = data})
          .on_ready([&told, put_at](const RecordResult& result) { told.note(result, put_at); });
    }
    std::this_thread::sleep_for(tick);  // the pace of the load
  }
  listener.join();
  const CloseReport report = producer.close();
  // A closed producer has told every outcome; the last callbacks may still run.
  for (int i = 0; i < 500 && told.stored + told.failed < put; ++i)
    std::this_thread::sleep_for(10ms);
  const std::lock_guard lock{told.mutex};
  const nlohmann::ordered_json words{{"put", put},
                                     {"stored", told.stored.load()},
                                     {"failed", told.failed.load()},
                                     {"aborted", report.aborted},
                                     {"retried", producer.retried_records()},
                                     {"p50_ms", told.latency.within(0.5)},
                                     {"p99_ms", told.latency.within(0.99)},
                                     {"longest_ms", static_cast<double>(told.longest_ns.load()) / 1e6},
                                     {"reasons", told.reasons}};
  std::cout << words << std::endl;
}

}  // namespace aiokpl::soak
