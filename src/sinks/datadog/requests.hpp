#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sinks/datadog/gathering.hpp"

namespace aiokpl::sinks {

enum class DatadogIntake : char {
  series = 's',         ///< Counts and gauges.
  distributions = 'd',  ///< Distribution points.
};

/// Below the endpoint's URL.
[[nodiscard]] std::string_view path_of(DatadogIntake intake) noexcept;
/// The API describes its two versions with different names for JSON.
[[nodiscard]] std::string_view content_type_of(DatadogIntake intake) noexcept;

struct DatadogRequest {
  DatadogIntake intake = DatadogIntake::series;
  /// JSON, compressed.
  std::string body;
};

/// "gzip"; /api/v1/distribution_points documents no other encoding than "deflate" (RFC 1950).
[[nodiscard]] std::string_view content_encoding_of(DatadogIntake intake) noexcept;

struct DatadogRequestOptions {
  /// Empty: none.
  std::string host = {};
  std::uint64_t max_values_per_point = 1'000;
  /// A request's most bytes, before and after compression: what Datadog takes. A series that is larger alone is a
  /// request all the same.
  std::size_t most_bytes = 5'242'880 - 1;
  std::size_t most_compressed_bytes = 512'000;
};

/// The requests for all of it; `second` is the time of each point, in POSIX seconds. A distribution comes with a count
/// "<name>.count" of its observations.
[[nodiscard]] std::vector<DatadogRequest> make_requests(const std::vector<DatadogSeries>& gathered, std::int64_t second,
                                                        const DatadogRequestOptions& options);

}  // namespace aiokpl::sinks
