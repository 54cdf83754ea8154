#include "sinks/opentelemetry/otlp_settings.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string_view>
#include <utility>

#include <aiokpl/error.hpp>

#include "codec/ascii.hpp"
#include "sinks/opentelemetry/otlp_resource.hpp"
#include "sinks/opentelemetry/otlp_url.hpp"
#include "sinks/opentelemetry/pair_list.hpp"

namespace aiokpl::sinks {
namespace {

using Problems = std::vector<std::string>;

constexpr std::size_t longest_prefix = 100;
constexpr std::chrono::nanoseconds least_timeout = std::chrono::milliseconds{1};
constexpr std::chrono::nanoseconds most_timeout = std::chrono::minutes{10};

/// A variable that is set, and its name.
struct Variable {
  std::string name;
  std::string value;
};

std::string quoted(std::string_view value) {
  return std::string{", got \""}.append(value) + "\"";
}

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// The variable for metrics goes before the one for all that OpenTelemetry sends.
std::optional<Variable> find_variable(const aws::Environment& environment, const std::string& what) {
  for (const std::string& name : {"OTEL_EXPORTER_OTLP_METRICS_" + what, "OTEL_EXPORTER_OTLP_" + what}) {
    if (auto value = environment(name.c_str())) return Variable{name, std::move(*value)};
  }
  return std::nullopt;
}

std::string resolve_url(const OpenTelemetrySinkOptions& options, const aws::Environment& environment,
                        Problems& problems) {
  if (options.endpoint) return metrics_url("endpoint", *options.endpoint, UrlUse::base, problems);
  // An endpoint in the code is one for this sink. One in the environment is for whatever the environment says is
  // spoken.
  if (const auto protocol = find_variable(environment, "PROTOCOL"); protocol && protocol->value != "http/protobuf") {
    problems.push_back(protocol->name + ": must be http/protobuf, which is all that this sink speaks" +
                       quoted(protocol->value));
  }
  constexpr const char* own = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";
  constexpr const char* common = "OTEL_EXPORTER_OTLP_ENDPOINT";
  if (const auto value = environment(own)) return metrics_url(own, *value, UrlUse::as_it_is, problems);
  if (const auto value = environment(common)) return metrics_url(common, *value, UrlUse::base, problems);
  return "http://localhost:4318/v1/metrics";
}

bool is_header_name(std::string_view name) {
  static constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return is_letter_or_digit(c) || others.find(c) != std::string_view::npos;
  });
}

/// Printable, spaces and tabs inside; beyond ASCII anything. An empty one would take a header away in libcurl.
bool is_header_value(std::string_view value) {
  return !value.empty() &&
         std::ranges::none_of(value, [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == '\x7F'; });
}

void add_header(std::string_view field, const std::string& name, const std::string& value,
                std::vector<std::string>& headers, Problems& problems) {
  constexpr std::string_view own[] = {"content-type", "content-encoding", "content-length", "transfer-encoding"};
  // What stands where a name should be may be a secret that lost its name, and a value is always one.
  if (!is_header_name(name)) {
    problems.push_back(std::string{field} + ": names must be made of the letters that HTTP allows there, got another");
  } else if (std::ranges::find(own, codec::to_lower(name)) != std::end(own)) {
    problems.push_back(std::string{field} + ": must not hold what the sink itself says of the body, got " + name);
  } else if (!is_header_value(value)) {
    problems.push_back(std::string{field} + ": values must be text on one line, got another for " + name);
  } else {
    headers.push_back(name + ": " + value);
  }
}

std::vector<std::string> resolve_headers(const OpenTelemetrySinkOptions& options, const aws::Environment& environment,
                                         Problems& problems) {
  std::vector<std::string> headers;
  if (options.headers) {
    for (const auto& [name, value] : *options.headers)
      add_header("headers", name, value, headers, problems);
  } else if (const auto variable = find_variable(environment, "HEADERS")) {
    const PairList list = parse_pair_list(variable->value);
    if (!list.problem.empty()) {
      problems.push_back(variable->name + ": must be name=value pairs between commas, but " + list.problem);
    }
    for (const auto& [name, value] : list.pairs)
      add_header(variable->name, name, value, headers, problems);
  }
  return headers;
}

OtlpCompression resolve_compression(const OpenTelemetrySinkOptions& options, const aws::Environment& environment,
                                    Problems& problems) {
  if (options.compression) return *options.compression;
  const auto variable = find_variable(environment, "COMPRESSION");
  if (!variable || variable->value == "none") return OtlpCompression::none;
  if (variable->value != "gzip") {
    problems.push_back(variable->name + ": must be gzip or none" + quoted(variable->value));
  }
  return OtlpCompression::gzip;
}

std::chrono::nanoseconds resolve_timeout(const OpenTelemetrySinkOptions& options, const aws::Environment& environment,
                                         Problems& problems) {
  constexpr std::string_view allowed = ": must be 1 ms to 10 minutes";
  if (options.timeout) {
    if (*options.timeout < least_timeout || *options.timeout > most_timeout) {
      problems.push_back(std::string{"timeout"}.append(allowed) + ", got " + std::to_string(options.timeout->count()) +
                         " ns");
    }
    return *options.timeout;
  }
  const auto variable = find_variable(environment, "TIMEOUT");
  if (!variable) return std::chrono::seconds{10};
  std::int64_t milliseconds = 0;
  const char* end = variable->value.data() + variable->value.size();
  const auto [stopped, error] = std::from_chars(variable->value.data(), end, milliseconds);
  const bool fits = milliseconds >= 1 && milliseconds <= std::chrono::milliseconds{std::chrono::minutes{10}}.count();
  if (error != std::errc{} || stopped != end || !fits) {
    problems.push_back(variable->name + std::string{allowed} + ", as whole milliseconds" + quoted(variable->value));
    return std::chrono::seconds{10};
  }
  return std::chrono::milliseconds{milliseconds};
}

std::optional<std::string> resolve_certificate(const OpenTelemetrySinkOptions& options,
                                               const aws::Environment& environment, Problems& problems) {
  if (options.certificate) {
    if (options.certificate->empty()) problems.emplace_back("certificate: must be the path of a PEM file, got \"\"");
    return options.certificate;
  }
  auto variable = find_variable(environment, "CERTIFICATE");
  return variable ? std::optional{std::move(variable->value)} : std::nullopt;
}

OtlpTemporality resolve_temporality(const OpenTelemetrySinkOptions& options, const aws::Environment& environment,
                                    Problems& problems) {
  if (options.temporality) return *options.temporality;
  constexpr const char* name = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE";
  const auto value = environment(name);
  if (!value) return OtlpTemporality::cumulative;
  const std::string wanted = codec::to_lower(*value);
  if (wanted == "cumulative") return OtlpTemporality::cumulative;
  if (wanted != "delta" && wanted != "lowmemory") {
    problems.push_back(std::string{name} + ": must be cumulative, delta or lowmemory" + quoted(*value));
  }
  // With lowmemory only instruments that are asked for their value are cumulative; counts and distributions are not.
  return OtlpTemporality::delta;
}

void check_prefix(const std::string& prefix, Problems& problems) {
  const auto fits = [](char c) { return is_letter_or_digit(c) || c == '_' || c == '.' || c == '-' || c == '/'; };
  const bool begins_well =
      prefix.empty() || (is_letter_or_digit(prefix.front()) && (prefix.front() < '0' || prefix.front() > '9'));
  if (prefix.size() > longest_prefix || !begins_well || !std::ranges::all_of(prefix, fits)) {
    problems.push_back("instrument_prefix: must be at most 100 letters, digits, '_', '.', '-' and '/', a letter first" +
                       quoted(prefix));
  }
}

}  // namespace

OtlpSettings resolve_otlp_settings(const OpenTelemetrySinkOptions& options, const aws::Environment& environment,
                                   const ProcessIdentity& process) {
  Problems problems;
  OtlpSettings settings{.url = resolve_url(options, environment, problems),
                        .headers = resolve_headers(options, environment, problems),
                        .compression = resolve_compression(options, environment, problems),
                        .timeout = resolve_timeout(options, environment, problems),
                        .certificate = resolve_certificate(options, environment, problems),
                        .temporality = resolve_temporality(options, environment, problems),
                        .instrument_prefix = options.instrument_prefix,
                        .resource = resolve_resource(options, environment, process, problems)};
  check_prefix(options.instrument_prefix, problems);
  if (!problems.empty()) throw ConfigError{std::move(problems)};
  return settings;
}

}  // namespace aiokpl::sinks
