#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <aiokpl/datadog_sink.hpp>

#include "aws/environment.hpp"

namespace aiokpl::sinks {

/// A DatadogSink's options with what the environment adds to them.
struct DatadogSettings {
  std::string api_key = {};
  /// Empty: none.
  std::string app_key = {};
  /// Without a slash at its end.
  std::string endpoint_url = {};
  std::string metric_prefix = {};
  /// As Datadog keeps them.
  std::vector<std::string> tags = {};
  /// Empty: none.
  std::string host = {};
  std::uint32_t max_values_per_point = 0;
};

/// Throws ConfigError with every problem; a key is in none of the messages.
[[nodiscard]] DatadogSettings resolve_settings(const DatadogSinkOptions& options, const aws::Environment& environment);

}  // namespace aiokpl::sinks
