#include "soak/load.hpp"

#include <optional>
#include <string>

#include "soak/numbered.hpp"

namespace aiokpl::soak {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr std::size_t most_callers = 4;
constexpr auto tick = 50ms;
constexpr std::uint64_t bulk = 40;
/// Of one caller: so often, as many as in so many seconds, as fast as they are taken.
constexpr std::uint64_t ticks_between_bursts = 140;
constexpr double seconds_in_burst = 3;

/// A record with what it views.
struct Owned {
  std::optional<std::string> key;
  std::string data;

  [[nodiscard]] Record view(std::uint64_t number) const {
    Record record{.stream = stream_of(number), .data = data};
    if (key) record.partition_key = *key;
    return record;
  }
};

Owned make(std::uint64_t number) {
  return {.key = key_of(number), .data = data_of(number)};
}

}  // namespace

Load::Load(SyncProducer& producer, Fates& fates, double records_per_second)
    : producer_{producer}, fates_{fates}, records_per_second_{records_per_second} {
  for (std::size_t i = 0; i < most_callers; ++i)
    callers_.emplace_back([this, i] { run(i); });
}

void Load::end() {
  ended_ = true;
  for (std::thread& caller : callers_)
    if (caller.joinable()) caller.join();
}

void Load::run(std::size_t caller) {
  const double in_tick = records_per_second_ * std::chrono::duration<double>(tick).count();
  for (std::uint64_t n = 0; !ended_; ++n) {
    // One more every four seconds, then one alone again.
    const std::size_t active = 1 + n / 80 % most_callers;
    const bool bursts = n % ticks_between_bursts == caller * ticks_between_bursts / most_callers;
    double left = caller < active ? in_tick : 0;
    if (bursts) left += records_per_second_ * seconds_in_burst;
    while (left >= 1 && !ended_) {
      const bool many = left >= static_cast<double>(bulk) && n % 2 == 0;
      if (many) {
        put_bulk(bulk);
      } else {
        put_one();
      }
      left -= many ? static_cast<double>(bulk) : 1;
    }
    std::this_thread::sleep_until(started_ + (n + 1) * tick);  // late ones catch up
  }
}

void Load::put_one() {
  const std::uint64_t number = fates_.next.fetch_add(1);
  const Owned record = make(number);
  fates_.bytes += record.data.size();
  const auto put_at = steady_clock::now();
  watch(producer_.put_record(record.view(number)), number, put_at);
}

void Load::put_bulk(std::uint64_t count) {
  const std::uint64_t first = fates_.next.fetch_add(count);
  std::vector<Owned> owned;
  std::vector<Record> records;
  owned.reserve(count);
  for (std::uint64_t number = first; number < first + count; ++number) {
    owned.push_back(make(number));
    fates_.bytes += owned.back().data.size();
    records.push_back(owned.back().view(number));
  }
  const auto put_at = steady_clock::now();
  const std::vector<SyncOutcome> outcomes = producer_.put_records(records);
  for (std::uint64_t i = 0; i < count; ++i)
    watch(outcomes[i], first + i, put_at);
}

void Load::watch(const SyncOutcome& outcome, std::uint64_t number, steady_clock::time_point put_at) {
  outcome.on_ready([&fates = fates_, number, put_at](const RecordResult& result) {
    fates.latency.add(steady_clock::now() - put_at);
    if (fates.resolved.set(number)) ++fates.twice;
    if (result.success) fates.stored.set(number);
    ++(result.success ? fates.successes : fates.failures);
  });
}

}  // namespace aiokpl::soak
