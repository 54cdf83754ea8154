#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <aiokpl/cloudwatch_sink.hpp>
#include <aiokpl/metrics.hpp>

namespace aiokpl::sinks {

/// The service's limits for one PutMetricData request. "1 MB" is taken for the smaller one of the two, and for the size
/// before compression.
inline constexpr std::size_t most_data = 1'000;
inline constexpr std::size_t most_request_bytes = 1'000'000;

/// What the requests say beside the series.
struct RequestSettings {
  std::string name_space = {};
  CloudWatchNames names = CloudWatchNames::both;
  bool high_resolution = false;
};

/// PutMetricData requests of the Query API with all of the series, as form-urlencoded bodies: as few as the limits
/// allow.
[[nodiscard]] std::vector<std::string> put_metric_data(std::span<const MetricSnapshot> series,
                                                       const RequestSettings& settings);

/// Compresses a body that is large enough for it to pay.
[[nodiscard]] std::string pack(std::string body);
/// Whether `pack` compressed it: no form begins like gzip.
[[nodiscard]] bool is_packed(std::string_view body) noexcept;

}  // namespace aiokpl::sinks
