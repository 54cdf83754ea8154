#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <aiokpl/producer.hpp>

#include "soak/load.hpp"

namespace aiokpl::soak {

/// What the producer's process was like, and what it did, for a second.
struct Sample {
  double at = 0;  // seconds since the start
  std::string_view phase;
  std::uint64_t resident = 0;
  std::uint64_t descriptors = 0;
  std::uint64_t outstanding = 0;
  double seconds = 0;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::uint64_t retried = 0;
  double p50 = 0;
  double p99 = 0;
};

/// The same for a minute, or what there was of the last one.
struct Minute {
  double seconds = 0;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::uint64_t retried = 0;
  double p50 = 0;
  double p90 = 0;
  double p99 = 0;
  double p999 = 0;
  double most = 0;
  double resident = 0;     // on average
  double descriptors = 0;  // on average
};

/// A straight line through values over time, by least squares.
struct Trend {
  double mean = 0;
  /// From the beginning of the line to its end.
  double growth = 0;
  double seconds = 0;
};
[[nodiscard]] Trend trend_of(const std::vector<Sample>& samples, double from, double until,
                             std::uint64_t Sample::* value);

/// Looks at this process once a second.
class Watch {
 public:
  /// `seconds`: how long it will be, for the memory that it needs.
  Watch(const SyncProducer& producer, Fates& fates, double seconds);

  void sample(std::string_view phase);
  /// Ends the minute that has begun.
  void finish();
  [[nodiscard]] double seconds() const;
  [[nodiscard]] const std::vector<Sample>& samples() const noexcept { return samples_; }
  [[nodiscard]] const std::vector<Minute>& minutes() const noexcept { return minutes_; }

 private:
  void end_minute();

  const SyncProducer& producer_;
  Fates& fates_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  Latency second_;
  Latency minute_;
  std::uint64_t records_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t retried_ = 0;
  double sampled_ = 0;
  std::size_t minute_begins_ = 0;  // its first sample
  std::vector<Sample> samples_;
  std::vector<Minute> minutes_;
};

}  // namespace aiokpl::soak
