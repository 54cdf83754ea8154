#include "sinks/opentelemetry/otlp_resource.hpp"

#include <cerrno>
#include <cstdint>
#include <random>

#include <aiokpl/version.hpp>

#include "codec/utf8.hpp"
#include "sinks/opentelemetry/pair_list.hpp"

namespace aiokpl::sinks {
namespace {

/// A UUID of version 4.
std::string random_uuid() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::random_device source;
  std::string uuid;
  for (int byte = 0; byte < 16; ++byte) {
    if (byte == 4 || byte == 6 || byte == 8 || byte == 10) uuid += '-';
    unsigned value = source() & 0xFFU;
    if (byte == 6) value = (value & 0x0FU) | 0x40U;
    if (byte == 8) value = (value & 0x3FU) | 0x80U;
    uuid += digits[value >> 4];
    uuid += digits[value & 0xFU];
  }
  return uuid;
}

void add_given(std::string_view field, const std::string& name, const std::string& value,
               std::map<std::string, std::string>& resource, std::vector<std::string>& problems) {
  if (name.empty() || !codec::valid_utf8(name) || !codec::valid_utf8(value)) {
    problems.push_back(std::string{field} + ": names must not be empty, names and values must be UTF-8, got others");
  } else {
    resource[name] = value;
  }
}

}  // namespace

ProcessIdentity process_identity() {
  return {.program = program_invocation_short_name, .instance = random_uuid()};
}

std::map<std::string, std::string> resolve_resource(const OpenTelemetrySinkOptions& options,
                                                    const aws::Environment& environment, const ProcessIdentity& process,
                                                    std::vector<std::string>& problems) {
  constexpr const char* attributes = "OTEL_RESOURCE_ATTRIBUTES";
  constexpr const char* service = "OTEL_SERVICE_NAME";
  // The name "opentelemetry" is for OpenTelemetry's own SDKs.
  std::map<std::string, std::string> resource{
      {"service.instance.id", process.instance},
      {"service.name", process.program.empty() ? "unknown_service" : "unknown_service:" + process.program},
      {"telemetry.sdk.language", "cpp"},
      {"telemetry.sdk.name", "aiokpl"},
      {"telemetry.sdk.version", std::string{version}}};
  if (const auto value = environment(attributes)) {
    const PairList list = parse_pair_list(*value);
    if (!list.problem.empty()) {
      problems.push_back(std::string{attributes} + ": must be name=value pairs between commas, but " + list.problem);
    }
    for (const auto& [name, given] : list.pairs)
      add_given(attributes, name, given, resource, problems);
  }
  if (const auto value = environment(service)) add_given(service, "service.name", *value, resource, problems);
  for (const auto& [name, value] : options.resource_attributes)
    add_given("resource_attributes", name, value, resource, problems);
  if (options.service_name) add_given("service_name", "service.name", *options.service_name, resource, problems);
  return resource;
}

}  // namespace aiokpl::sinks
