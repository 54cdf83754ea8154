#include "sinks/datadog/requests.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <concepts>
#include <span>
#include <stdexcept>

#include <zlib.h>

#include "codec/json_writer.hpp"
#include "sinks/web/gzip.hpp"
#include "sinks/web/representative_values.hpp"

namespace aiokpl::sinks {
namespace {

constexpr std::string_view begin_of_body = R"({"series":[)";
constexpr std::string_view end_of_body = "]}";
// Of the API's types of metrics.
constexpr int type_count = 1;
constexpr int type_gauge = 3;

template <typename Number>
  requires std::integral<Number> || std::floating_point<Number>
void append_number(std::string& json, Number number) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  json.append(digits.data(), end);
}

void append_text(std::string& json, std::string_view text) {
  const std::size_t before = json.size();
  json.resize(before + text.size() * codec::json::max_growth + 2);
  const char* const end = codec::json::write_string(json.data() + before, text);
  json.resize(static_cast<std::size_t>(end - json.data()));
}

void append_tags(std::string& json, const std::vector<std::string>& tags) {
  json += R"(,"tags":[)";
  for (const std::string& tag : tags) {
    if (&tag != tags.data()) json += ',';
    append_text(json, tag);
  }
  json += ']';
}

/// The whole seconds that a count covers; Datadog makes rates with them.
std::int64_t interval_of(const MetricSnapshot& data) {
  const auto covered = std::chrono::round<std::chrono::seconds>(data.window_end - data.window_start);
  return std::max<std::int64_t>(covered.count(), 1);
}

std::string_view unit_of(MetricUnit unit) {
  switch (unit) {
    case MetricUnit::bytes:
      return "byte";
    case MetricUnit::milliseconds:
      return "millisecond";
    case MetricUnit::count:
      break;
  }
  return {};
}

struct Point {
  std::string_view metric;
  int type = type_count;
  double value = 0;
  MetricUnit unit = MetricUnit::count;
};

/// A count or a gauge, with what else is known of it from the series that it is of.
std::string series_json(const Point& point, const DatadogSeries& of, std::int64_t second, const std::string& host) {
  std::string json = R"({"metric":)";
  append_text(json, point.metric);
  json += R"(,"type":)";
  append_number(json, point.type);
  if (point.type == type_count) {
    json += R"(,"interval":)";
    append_number(json, interval_of(of.data));
  }
  json += R"(,"points":[{"timestamp":)";
  append_number(json, second);
  json += R"(,"value":)";
  append_number(json, point.value);
  json += "}]";
  append_tags(json, of.tags);
  if (const std::string_view unit = unit_of(point.unit); !unit.empty()) {
    json += R"(,"unit":)";
    append_text(json, unit);
  }
  if (!host.empty()) {
    json += R"(,"resources":[{"name":)";
    append_text(json, host);
    json += R"(,"type":"host"}])";
  }
  return json += '}';
}

std::string distribution_json(const DatadogSeries& series, std::int64_t second, const DatadogRequestOptions& options) {
  std::string json = R"({"metric":)";
  append_text(json, series.metric);
  json += R"(,"type":"distribution","points":[[)";
  append_number(json, second);
  json += ",[";
  for (const ValueRun& run : representative_values(series.data, options.max_values_per_point)) {
    for (std::uint64_t i = 0; i < run.times; ++i) {
      append_number(json, run.value);
      json += ',';
    }
  }
  json.back() = ']';  // there is a value in every distribution
  json += "]]";
  append_tags(json, series.tags);
  if (!options.host.empty()) {
    json += R"(,"host":)";
    append_text(json, options.host);
  }
  return json += '}';
}

std::string deflated(std::string_view plain) {
  uLongf size = compressBound(plain.size());
  std::string packed(size, '\0');
  const int result = compress(reinterpret_cast<Bytef*>(packed.data()), &size,
                              reinterpret_cast<const Bytef*>(plain.data()), plain.size());
  if (result != Z_OK) throw std::runtime_error{"zlib has no memory"};
  packed.resize(size);
  return packed;
}

/// Requests with all of the elements, in order, none larger than the limits.
class Packer {
 public:
  Packer(DatadogIntake intake, const DatadogRequestOptions& options, std::vector<DatadogRequest>& requests)
      : intake_{intake}, options_{options}, requests_{requests} {}

  void pack(std::span<const std::string> elements) {
    std::size_t from = 0;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < elements.size(); ++i) {
      const std::size_t more = elements[i].size() + 1;
      if (i != from && bytes + more + begin_of_body.size() + end_of_body.size() > options_.most_bytes) {
        pack_small(elements.subspan(from, i - from));
        from = i;
        bytes = 0;
      }
      bytes += more;
    }
    if (from != elements.size()) pack_small(elements.subspan(from));
  }

 private:
  /// How far text shrinks is known afterwards only.
  void pack_small(std::span<const std::string> elements) {
    std::string plain{begin_of_body};
    for (const std::string& element : elements) {
      if (&element != elements.data()) plain += ',';
      plain += element;
    }
    plain += end_of_body;
    std::string packed = intake_ == DatadogIntake::series ? gzip(plain) : deflated(plain);
    if (packed.size() > options_.most_compressed_bytes && elements.size() > 1) {
      const std::size_t half = elements.size() / 2;
      pack_small(elements.first(half));
      pack_small(elements.subspan(half));
      return;
    }
    requests_.push_back({.intake = intake_, .body = std::move(packed)});
  }

  DatadogIntake intake_;
  const DatadogRequestOptions& options_;
  std::vector<DatadogRequest>& requests_;
};

}  // namespace

std::string_view path_of(DatadogIntake intake) noexcept {
  return intake == DatadogIntake::series ? "/api/v2/series" : "/api/v1/distribution_points";
}

std::string_view content_type_of(DatadogIntake intake) noexcept {
  return intake == DatadogIntake::series ? "application/json" : "text/json";
}

std::string_view content_encoding_of(DatadogIntake intake) noexcept {
  return intake == DatadogIntake::series ? "gzip" : "deflate";
}

std::vector<DatadogRequest> make_requests(const std::vector<DatadogSeries>& gathered, std::int64_t second,
                                          const DatadogRequestOptions& options) {
  std::vector<std::string> series;
  std::vector<std::string> distributions;
  for (const DatadogSeries& one : gathered) {
    Point point{.metric = one.metric, .value = one.data.sum, .unit = one.data.unit};
    const std::string name_of_count = one.metric + ".count";
    switch (one.data.kind) {
      case MetricKind::count:
        break;
      case MetricKind::gauge:
        point.type = type_gauge;
        point.value = one.data.last;
        break;
      case MetricKind::distribution:
        distributions.push_back(distribution_json(one, second, options));
        point = {.metric = name_of_count, .value = static_cast<double>(one.data.count)};
        break;
    }
    series.push_back(series_json(point, one, second, options.host));
  }
  std::vector<DatadogRequest> requests;
  Packer{DatadogIntake::series, options, requests}.pack(series);
  Packer{DatadogIntake::distributions, options, requests}.pack(distributions);
  return requests;
}

}  // namespace aiokpl::sinks
