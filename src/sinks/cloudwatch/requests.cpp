#include "sinks/cloudwatch/requests.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include "aws/timestamps.hpp"
#include "aws/web_url.hpp"
#include "sinks/cloudwatch/values.hpp"
#include "sinks/web/gzip.hpp"

namespace aiokpl::sinks {
namespace {

/// Where AWS's own clients begin to compress.
constexpr std::size_t smallest_packed = 10'240;
constexpr std::size_t longest_dimension_value = 1'024;
constexpr std::string_view gzip_magic{"\x1F\x8B", 2};

struct KplName {
  std::string_view name;
  std::string_view kpl;
};
constexpr std::array<KplName, 2> kpl_names{
    {{metric::buffered_time, "BufferingTime"}, {metric::expired_records, "UserRecordExpired"}}};

std::vector<std::string_view> names_of(const MetricSnapshot& series, CloudWatchNames which) {
  const auto* const found = std::ranges::find(kpl_names, series.name, &KplName::name);
  if (found == kpl_names.end() || which == CloudWatchNames::page) return {series.name};
  if (which == CloudWatchNames::kpl) return {found->kpl};
  return {series.name, found->kpl};
}

std::string_view unit_name(MetricUnit unit) {
  switch (unit) {
    case MetricUnit::bytes:
      return "Bytes";
    case MetricUnit::milliseconds:
      return "Milliseconds";
    case MetricUnit::count:
      break;
  }
  return "Count";
}

/// One datum that CloudWatch does not take makes it refuse the whole request, and an error code is whatever a service
/// or something before it answered.
std::string dimension_value(std::string_view value) {
  std::string text{value.substr(0, longest_dimension_value)};
  std::ranges::replace_if(text, [](char c) { return c < ' ' || c > '~'; }, '?');
  return text.find_first_not_of(' ') == std::string::npos ? "-" : text;
}

/// Writes requests one datum after the other.
class RequestWriter {
 public:
  explicit RequestWriter(const RequestSettings& settings) : settings_{settings} {}

  void add(std::string_view name, const MetricSnapshot& series, const std::vector<CountedValue>& values) {
    if (data_ == most_data) finish();
    if (data_ == 0) begin();
    const std::size_t before = body_.size();
    write_datum(name, series, values);
    if (body_.size() <= most_request_bytes || data_ == 1) return;
    body_.resize(before);
    finish();
    begin();
    write_datum(name, series, values);
  }

  [[nodiscard]] std::vector<std::string> take() {
    if (data_ != 0) finish();
    return std::move(bodies_);
  }

 private:
  void begin() {
    body_ = "Action=PutMetricData&Version=2010-08-01&Namespace=";
    body_ += aws::percent_encoded(settings_.name_space);
  }

  void finish() {
    bodies_.push_back(std::move(body_));
    body_.clear();
    data_ = 0;
  }

  void write_datum(std::string_view name, const MetricSnapshot& series, const std::vector<CountedValue>& values) {
    prefix_ = "&MetricData.member." + std::to_string(++data_) + ".";
    field("MetricName", name);
    for (std::size_t i = 0; i < series.dimensions.size(); ++i) {
      const std::string member = "Dimensions.member." + std::to_string(i + 1);
      field(member + ".Name", series.dimensions[i].name);
      field(member + ".Value", dimension_value(series.dimensions[i].value));
    }
    // The end of the time that was measured: as good as the time of the upload where that works at once, and still true
    // where it has to wait. CloudWatch takes what is up to two weeks old.
    field("Timestamp", aws::write_timestamp(series.window_end));
    field("Unit", unit_name(series.unit));
    if (values.empty()) {
      write_statistics(series);
    } else {
      write_values(values);
    }
    if (settings_.high_resolution) field("StorageResolution", "1");
  }

  void write_statistics(const MetricSnapshot& series) {
    number("StatisticValues.SampleCount", series.count);
    number("StatisticValues.Sum", series.sum);
    number("StatisticValues.Minimum", series.min);
    number("StatisticValues.Maximum", series.max);
  }

  void write_values(const std::vector<CountedValue>& values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::string member = "member." + std::to_string(i + 1);
      number("Values." + member, values[i].value);
      number("Counts." + member, values[i].count);
    }
  }

  void field(std::string_view name, std::string_view value) {
    body_.append(prefix_).append(name).append(1, '=');
    body_ += aws::percent_encoded(value);
  }

  template <typename Number>
  void number(std::string_view name, Number value) {
    std::array<char, 32> text{};
    char* const end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    field(name, {text.data(), end});
  }

  const RequestSettings& settings_;
  std::vector<std::string> bodies_;
  std::string body_;
  std::string prefix_;
  std::size_t data_ = 0;
};

}  // namespace

std::vector<std::string> put_metric_data(std::span<const MetricSnapshot> series, const RequestSettings& settings) {
  RequestWriter writer{settings};
  for (const MetricSnapshot& one : series) {
    const std::vector<CountedValue> values = values_of(one);
    for (const std::string_view name : names_of(one, settings.names))
      writer.add(name, one, values);
  }
  return writer.take();
}

std::string pack(std::string body) {
  return body.size() < smallest_packed ? std::move(body) : gzip(body);
}

bool is_packed(std::string_view body) noexcept {
  return body.starts_with(gzip_magic);
}

}  // namespace aiokpl::sinks
