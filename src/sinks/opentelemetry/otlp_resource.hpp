#pragma once

#include <map>
#include <string>
#include <vector>

#include "aws/environment.hpp"
#include "sinks/opentelemetry/otlp_settings.hpp"

namespace aiokpl::sinks {

/// The attributes that say where metrics come from. The later of two wins: what the library knows, then
/// OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME, and the options.
[[nodiscard]] std::map<std::string, std::string> resolve_resource(const OpenTelemetrySinkOptions& options,
                                                                  const aws::Environment& environment,
                                                                  const ProcessIdentity& process,
                                                                  std::vector<std::string>& problems);

}  // namespace aiokpl::sinks
