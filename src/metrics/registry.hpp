#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <aiokpl/metrics.hpp>

#include "metrics/series.hpp"
#include "metrics/tally.hpp"

namespace aiokpl::metrics {

using TimePoint = std::chrono::steady_clock::time_point;

/// In the order of metric_infos.
enum class MetricId : std::uint8_t {
  user_records_received,
  user_records_pending,
  user_records_put,
  user_records_data_put,
  kinesis_records_put,
  kinesis_records_data_put,
  errors_by_code,
  all_errors,
  retries_per_record,
  buffered_time,
  request_time,
  delivery_time,
  expired_records,
  oldest_record_age,
  user_records_per_kinesis_record,
  kinesis_records_per_request,
  user_records_per_request,
};
inline constexpr std::size_t metric_count = 17;

struct Hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
};
template <typename Value>
using ByText = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;

/// The series of one place: of a stream's shard, of a stream, or of all.
struct Meter {
  /// What its series have in front of the error code.
  std::vector<MetricDimension> dimensions;
  std::array<std::unique_ptr<Series>, metric_count> series;
  ByText<std::unique_ptr<Series>> errors;
};

/// All that a producer has measured. Moments come in as arguments; for one thread at a time.
class Registry {
 public:
  /// A bound for what a mistake could make: beyond, values are counted without their shard or error code.
  static constexpr std::size_t most_series = 100'000;

  struct Settings {
    MetricsLevel level = MetricsLevel::summary;
    MetricsGranularity granularity = MetricsGranularity::stream;
    std::vector<AdditionalDimension> additional_dimensions = {};
    TimePoint start = {};
    std::size_t most_series = Registry::most_series;
  };
  explicit Registry(Settings settings);

  [[nodiscard]] bool measures(MetricId metric) const noexcept;
  /// Where values of a stream's shard go; without a shard, of the stream. As fine as the granularity is: it may be the
  /// stream's, or that of all. It stays where it is.
  [[nodiscard]] Meter& meter(std::string_view stream, std::string_view shard = {});

  /// The moment of all that is added from here on.
  void set_time(TimePoint now) noexcept;
  // Values of a metric that is not measured at this level are passed by.
  void add(Meter& meter, MetricId metric, const Totals& values);
  void add(Meter& meter, MetricId metric, double value, std::uint64_t times = 1);
  void add(Meter& meter, MetricId metric, const TimeTally& times);
  /// ErrorsByCode and AllErrors.
  void add_error(Meter& meter, std::string_view code, std::uint64_t times = 1);

  // Every series with values, the windows' times as moments of the steady clock to be turned into system time.
  struct Read {
    std::vector<MetricSnapshot> snapshots;
    TimePoint start;
    TimePoint end;
  };
  [[nodiscard]] Read total(TimePoint now) const;
  [[nodiscard]] Read window(std::chrono::seconds length, TimePoint now) const;
  /// What no export has taken yet. It is on its way until `end_export`, one at a time.
  [[nodiscard]] Read begin_export(TimePoint now);
  /// Not taken: the next export has it again.
  void end_export(bool taken);

  [[nodiscard]] std::uint64_t coarsened() const noexcept { return coarsened_; }

 private:
  struct StreamMeters {
    Meter own;
    ByText<std::unique_ptr<Meter>> shards;
  };
  [[nodiscard]] std::vector<MetricDimension> dimensions(MetricsGranularity granularity, std::string_view stream,
                                                        std::string_view shard) const;
  [[nodiscard]] Series* series_of(Meter& meter, MetricId metric);
  [[nodiscard]] bool has_room(std::uint64_t values);
  [[nodiscard]] std::int64_t second_of(TimePoint moment) const noexcept;
  template <typename Visit>
  void for_each_series(Visit visit) const;

  Settings settings_;
  Meter all_;
  ByText<std::unique_ptr<StreamMeters>> streams_;
  std::size_t series_ = 0;
  std::uint64_t coarsened_ = 0;
  std::int64_t second_ = 0;
  TimePoint exported_until_;
  TimePoint exporting_until_;
};

}  // namespace aiokpl::metrics
