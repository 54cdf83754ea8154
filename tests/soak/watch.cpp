#include "soak/watch.hpp"

#include "integration/process_state.hpp"

namespace aiokpl::soak {

Trend trend_of(const std::vector<Sample>& samples, double from, double until, std::uint64_t Sample::* value) {
  double count = 0;
  double times = 0;
  double values = 0;
  const auto wanted = [&](const Sample& sample) { return sample.at >= from && sample.at < until; };
  for (const Sample& sample : samples) {
    if (!wanted(sample)) continue;
    ++count;
    times += sample.at;
    values += static_cast<double>(sample.*value);
  }
  if (count < 2) return {};
  double products = 0;
  double squares = 0;
  for (const Sample& sample : samples) {
    if (!wanted(sample)) continue;
    const double time = sample.at - times / count;
    products += time * (static_cast<double>(sample.*value) - values / count);
    squares += time * time;
  }
  return {.mean = values / count, .growth = products / squares * (until - from), .seconds = until - from};
}

Watch::Watch(const SyncProducer& producer, Fates& fates, double seconds) : producer_{producer}, fates_{fates} {
  // None of it grows later, where it would look like the producer's.
  samples_.reserve(static_cast<std::size_t>(seconds) * 2 + 100);
  minutes_.reserve(static_cast<std::size_t>(seconds / 60) + 10);
}

double Watch::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

void Watch::sample(std::string_view phase) {
  fates_.latency.take(second_);
  minute_.add(second_);
  const std::uint64_t records = fates_.successes + fates_.failures;
  const std::uint64_t bytes = fates_.bytes;
  const std::uint64_t retried = producer_.retried_records();
  const double now = seconds();
  samples_.push_back({.at = now,
                      .phase = phase,
                      .resident = testing::resident_bytes(),
                      .descriptors = testing::open_descriptors(),
                      .outstanding = producer_.outstanding_records(),
                      .seconds = now - sampled_,
                      .records = records - records_,
                      .bytes = bytes - bytes_,
                      .retried = retried - retried_,
                      .p50 = second_.within(0.5),
                      .p99 = second_.within(0.99)});
  records_ = records;
  bytes_ = bytes;
  retried_ = retried;
  sampled_ = now;
  if (now >= 60.0 * static_cast<double>(minutes_.size() + 1)) end_minute();
}

void Watch::finish() {
  if (minute_begins_ < samples_.size()) end_minute();
}

void Watch::end_minute() {
  Minute minute{.p50 = minute_.within(0.5),
                .p90 = minute_.within(0.9),
                .p99 = minute_.within(0.99),
                .p999 = minute_.within(0.999),
                .most = minute_.within(1)};
  const auto count = static_cast<double>(samples_.size() - minute_begins_);
  for (std::size_t i = minute_begins_; i < samples_.size(); ++i) {
    minute.seconds += samples_[i].seconds;
    minute.records += samples_[i].records;
    minute.bytes += samples_[i].bytes;
    minute.retried += samples_[i].retried;
    minute.resident += static_cast<double>(samples_[i].resident) / count;
    minute.descriptors += static_cast<double>(samples_[i].descriptors) / count;
  }
  minutes_.push_back(minute);
  minute_.clear();
  minute_begins_ = samples_.size();
}

}  // namespace aiokpl::soak
