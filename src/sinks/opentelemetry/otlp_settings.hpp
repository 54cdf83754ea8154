#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <aiokpl/opentelemetry_sink.hpp>

#include "aws/environment.hpp"

namespace aiokpl::sinks {

/// What an OpenTelemetrySink goes by, once its options and the environment are read.
struct OtlpSettings {
  std::string url = {};
  std::vector<std::string> headers = {};  ///< "Name: value"
  OtlpCompression compression = OtlpCompression::none;
  std::chrono::nanoseconds timeout{};
  std::optional<std::string> certificate = std::nullopt;
  OtlpTemporality temporality = OtlpTemporality::cumulative;
  std::string instrument_prefix = {};
  std::map<std::string, std::string> resource = {};
};

/// What the process says of itself, where nobody says anything else.
struct ProcessIdentity {
  std::string program = {};
  std::string instance = {};
};

/// The name of the running program, and an instance of its own for each call: a random UUID.
[[nodiscard]] ProcessIdentity process_identity();

/// Throws ConfigError with all that is wrong.
[[nodiscard]] OtlpSettings resolve_otlp_settings(const OpenTelemetrySinkOptions& options,
                                                 const aws::Environment& environment, const ProcessIdentity& process);

}  // namespace aiokpl::sinks
