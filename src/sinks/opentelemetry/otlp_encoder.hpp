#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <aiokpl/metrics.hpp>
#include <aiokpl/opentelemetry_sink.hpp>

namespace aiokpl::sinks {

/// Turns what came since the last export into requests, and remembers what cumulative series need: when they began, and
/// what they have come to. For one thread at a time.
class OtlpEncoder {
 public:
  using TimePoint = std::chrono::system_clock::time_point;

  struct Options {
    std::map<std::string, std::string> resource = {};
    std::string instrument_prefix = {};
    OtlpTemporality temporality = OtlpTemporality::cumulative;
    /// Of one request, before compression. The protocol recommends to stay below 20 MiB; some services take less.
    std::size_t most_bytes = std::size_t{1} << 20;
  };

  explicit OtlpEncoder(Options options);

  /// The bodies. Every cumulative series is in them, whether anything came for it or not: a receiver takes one that is
  /// no longer told of for one that has ended. When it throws, nothing is remembered.
  [[nodiscard]] std::vector<std::string> encode(std::span<const MetricSnapshot> snapshots, TimePoint now);

  /// Cumulative series, each of which stays for as long as the encoder does.
  [[nodiscard]] std::size_t remembered() const noexcept { return series_.size(); }

 private:
  using Key = std::pair<std::string, std::vector<MetricDimension>>;
  using SeriesByKey = std::map<Key, MetricSnapshot>;

  [[nodiscard]] bool is_cumulative(const MetricSnapshot& series) const noexcept;
  [[nodiscard]] TimePoint time_of(std::span<const MetricSnapshot> snapshots, TimePoint now) const noexcept;
  static void remember(SeriesByKey& all, const MetricSnapshot& series);

  Options options_;
  SeriesByKey series_;
  /// Of the last export: the time of a cumulative series never goes back.
  TimePoint latest_{};
};

}  // namespace aiokpl::sinks
