#include "sinks/opentelemetry/otlp_encoder.hpp"

#include <algorithm>
#include <map>

#include "sinks/opentelemetry/otlp_message.hpp"

namespace aiokpl::sinks {

OtlpEncoder::OtlpEncoder(Options options) : options_{std::move(options)} {}

/// A state that goes up and down is cumulative whatever is preferred: nobody could tell it from its changes alone.
bool OtlpEncoder::is_cumulative(const MetricSnapshot& series) const noexcept {
  const Instrument instrument = instrument_of(series);
  return instrument == Instrument::up_down_counter ||
         (instrument != Instrument::gauge && options_.temporality == OtlpTemporality::cumulative);
}

OtlpEncoder::TimePoint OtlpEncoder::time_of(std::span<const MetricSnapshot> snapshots, TimePoint now) const noexcept {
  if (snapshots.empty()) return std::max(latest_, now);
  return std::max(latest_, std::ranges::max_element(snapshots, {}, &MetricSnapshot::window_end)->window_end);
}

void OtlpEncoder::remember(SeriesByKey& all, const MetricSnapshot& series) {
  const auto [place, is_new] = all.try_emplace(Key{series.name, series.dimensions}, series);
  if (is_new) return;
  MetricSnapshot& known = place->second;
  // A series that began earlier than it did would look like another one. Another producer's window may.
  const TimePoint start = known.window_start;
  known.merge(series);
  known.last = series.last;
  known.window_start = start;
}

std::vector<std::string> OtlpEncoder::encode(std::span<const MetricSnapshot> snapshots, TimePoint now) {
  SeriesByKey series = series_;
  // By name, so that the points of one metric stand together.
  std::multimap<std::string_view, std::pair<const MetricSnapshot*, Aggregation>> points;
  for (const MetricSnapshot& snapshot : snapshots) {
    if (snapshot.count == 0) continue;
    if (is_cumulative(snapshot)) {
      remember(series, snapshot);
    } else {
      points.emplace(snapshot.name, std::pair{&snapshot, Aggregation::delta});
    }
  }
  const TimePoint time = time_of(snapshots, now);
  for (auto& [key, known] : series) {
    known.window_end = time;
    points.emplace(key.first, std::pair{&known, Aggregation::cumulative});
  }
  OtlpRequests requests{options_.resource, options_.instrument_prefix, options_.most_bytes};
  for (const auto& [name, point] : points)
    requests.add(*point.first, point.second);
  std::vector<std::string> bodies = requests.finish();
  series_ = std::move(series);
  latest_ = time;
  return bodies;
}

}  // namespace aiokpl::sinks
