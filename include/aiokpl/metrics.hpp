#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <aiokpl/export.hpp>

namespace aiokpl {

struct Config;

namespace detail {
class MetricsHub;
}

/// How much is measured.
enum class MetricsLevel {
  none,      ///< Nothing; costs nothing.
  summary,   ///< What a dashboard needs: what was put, what failed, how long it took.
  detailed,  ///< All of it.
};

/// How finely what is measured is told apart. Each level has the dimensions of the ones before it, too.
enum class MetricsGranularity {
  global,  ///< The producer as a whole.
  stream,  ///< Dimension StreamName.
  shard,   ///< Dimension ShardId, where a metric belongs to a shard.
};

enum class MetricKind {
  count,         ///< A sum of what was counted.
  distribution,  ///< Values: their number, sum, least and greatest, some also in buckets.
  gauge,         ///< A state, looked at now and then.
};

enum class MetricUnit { count, bytes, milliseconds };

/// The names, as the getting-started page and the KPL have them.
namespace metric {
inline constexpr std::string_view user_records_received = "UserRecordsReceived";
inline constexpr std::string_view user_records_pending = "UserRecordsPending";
inline constexpr std::string_view user_records_put = "UserRecordsPut";
inline constexpr std::string_view user_records_data_put = "UserRecordsDataPut";
inline constexpr std::string_view kinesis_records_put = "KinesisRecordsPut";
inline constexpr std::string_view kinesis_records_data_put = "KinesisRecordsDataPut";
inline constexpr std::string_view errors_by_code = "ErrorsByCode";
inline constexpr std::string_view all_errors = "AllErrors";
inline constexpr std::string_view retries_per_record = "RetriesPerRecord";
inline constexpr std::string_view buffered_time = "BufferedTime";  ///< The KPL's BufferingTime.
inline constexpr std::string_view request_time = "RequestTime";
inline constexpr std::string_view delivery_time = "DeliveryTime";         ///< Not in the KPL.
inline constexpr std::string_view expired_records = "ExpiredRecords";     ///< The KPL's UserRecordExpired.
inline constexpr std::string_view oldest_record_age = "OldestRecordAge";  ///< Not in the KPL.
inline constexpr std::string_view user_records_per_kinesis_record = "UserRecordsPerKinesisRecord";
inline constexpr std::string_view kinesis_records_per_request = "KinesisRecordsPerPutRecordsRequest";
inline constexpr std::string_view user_records_per_request = "UserRecordsPerPutRecordsRequest";
}  // namespace metric

/// What is known of a metric beforehand.
struct MetricInfo {
  std::string_view name;
  MetricKind kind;
  MetricUnit unit;
  MetricsLevel level;              ///< The first level at which it is measured.
  MetricsGranularity granularity;  ///< The finest that it has.
  bool buckets;                    ///< Whether its values are also counted in buckets.
  std::string_view meaning;
};

/// Every metric, in a fixed order.
[[nodiscard]] AIOKPL_EXPORT std::span<const MetricInfo> metric_infos() noexcept;
/// By its name; null when there is none.
[[nodiscard]] AIOKPL_EXPORT const MetricInfo* find_metric_info(std::string_view name) noexcept;

/// The names of the library's own dimensions.
namespace dimension {
inline constexpr std::string_view stream_name = "StreamName";
inline constexpr std::string_view shard_id = "ShardId";
inline constexpr std::string_view error_code = "ErrorCode";
}  // namespace dimension

struct MetricDimension {
  std::string name;
  std::string value;
  friend bool operator==(const MetricDimension&, const MetricDimension&) = default;
  friend auto operator<=>(const MetricDimension&, const MetricDimension&) = default;
};

/// A dimension of the user's own, on every metric of this granularity and finer ones.
struct AdditionalDimension {
  std::string name;
  std::string value;
  MetricsGranularity granularity = MetricsGranularity::global;
  friend bool operator==(const AdditionalDimension&, const AdditionalDimension&) = default;
};

/// Upper bounds (inclusive) of the buckets, in the metric's unit, ascending; one more bucket has what is above the
/// last: 1 ms to 60 s, three to a factor of ten and more, fine enough for percentiles within a quarter of their value.
[[nodiscard]] AIOKPL_EXPORT std::span<const double> metric_bucket_bounds() noexcept;

/// One series (a metric and its dimensions) over one span of time.
struct AIOKPL_EXPORT MetricSnapshot {
  std::string name;
  MetricKind kind = MetricKind::count;
  MetricUnit unit = MetricUnit::count;
  /// In this order, each where it applies: the additional ones, StreamName, ShardId, ErrorCode. The finest that the
  /// configured granularity gives, so that adding series up never counts anything twice.
  std::vector<MetricDimension> dimensions;
  /// How many values, their sum, the least and the greatest. A count's value is its `sum`. With a gauge the values are
  /// the looks that were taken at it.
  std::uint64_t count = 0;
  double sum = 0;
  double min = 0;
  double max = 0;
  /// Of a gauge: what was seen last.
  double last = 0;
  /// How many values are in each bucket of `metric_bucket_bounds`, and above; empty for metrics without buckets.
  std::vector<std::uint64_t> buckets;
  std::chrono::system_clock::time_point window_start;
  std::chrono::system_clock::time_point window_end;

  /// Zero when there are no values.
  [[nodiscard]] double mean() const noexcept { return count == 0 ? 0 : sum / static_cast<double>(count); }
  /// The value that a share of the values (0 to 1) does not exceed, from the buckets; nothing without them.
  [[nodiscard]] std::optional<double> percentile(double share) const noexcept;
  /// A dimension's value; nothing where the series has no such dimension.
  [[nodiscard]] std::optional<std::string_view> dimension(std::string_view dimension_name) const noexcept;
  /// Adds what another series of the same metric has counted: of other dimensions, or of another time.
  void merge(const MetricSnapshot& other);
};

/// Where metrics go. A producer calls from a thread of its own, one call at a time, never from the one that sends
/// records: a slow sink delays only the next export, whose data it finds gathered. Producers that share a sink call it
/// side by side.
class AIOKPL_EXPORT MetricsSink {
 public:
  virtual ~MetricsSink();

  /// Once, before the first export: the configuration of the producer, for what the sink shares with it. An exception
  /// is logged and counted, and it is tried again at the next export.
  virtual void start(const Config& producer);
  /// What came since the last export that returned or threw ExportDeferred. Any other exception: nothing was taken; it
  /// is logged and counted, and the same data come again, added to what came meanwhile.
  virtual void export_metrics(std::span<const MetricSnapshot> snapshots) = 0;
  /// Once, after the last export.
  virtual void stop();
};

/// Thrown by a sink that has taken over what it was given, and could not pass it on yet: it is logged and counted, and
/// not given again.
class AIOKPL_EXPORT ExportDeferred : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  ~ExportDeferred() override;
};

/// Takes nothing. The same as no sink.
class AIOKPL_EXPORT NullSink final : public MetricsSink {
 public:
  void export_metrics(std::span<const MetricSnapshot> snapshots) override;
};

/// Keeps every export in memory, for tests and for programs that publish metrics themselves. It grows until `clear`.
/// Any thread.
class AIOKPL_EXPORT InMemorySink final : public MetricsSink {
 public:
  void export_metrics(std::span<const MetricSnapshot> snapshots) override;

  /// In the order in which they came.
  [[nodiscard]] std::vector<std::vector<MetricSnapshot>> exports() const;
  [[nodiscard]] std::vector<MetricSnapshot> all_snapshots() const;
  [[nodiscard]] std::vector<MetricSnapshot> by_name(std::string_view name) const;
  void clear();

 private:
  mutable std::mutex mutex_;
  std::vector<std::vector<MetricSnapshot>> exports_;
};

/// Which series are meant: those that have each value that is given.
struct MetricQuery {
  std::optional<std::string> name = std::nullopt;
  std::optional<std::string> stream = std::nullopt;
  std::optional<std::string> shard = std::nullopt;
  std::optional<std::string> error_code = std::nullopt;
};

/// What a producer has measured. A handle: copies mean the same producer, whose metrics outlive it as long as one of
/// them is there. Any thread.
class AIOKPL_EXPORT Metrics {
 public:
  explicit Metrics(std::shared_ptr<detail::MetricsHub> hub) noexcept : hub_{std::move(hub)} {}

  [[nodiscard]] MetricsLevel level() const noexcept;
  /// Null when there is none.
  [[nodiscard]] std::shared_ptr<MetricsSink> sink() const noexcept;

  /// Since the producer was made.
  [[nodiscard]] std::vector<MetricSnapshot> snapshots(const MetricQuery& which = {}) const;
  /// Over the last 1 to 60 whole seconds and the running one, without buckets. Throws InvalidArgument for another
  /// window.
  [[nodiscard]] std::vector<MetricSnapshot> snapshots(std::chrono::seconds window, const MetricQuery& which = {}) const;
  /// The same in one: all that the query finds, added up; `name` must be given. Nothing when there is nothing.
  [[nodiscard]] std::optional<MetricSnapshot> snapshot(const MetricQuery& which) const;
  [[nodiscard]] std::optional<MetricSnapshot> snapshot(std::chrono::seconds window, const MetricQuery& which) const;

  /// Exports that ended in an exception.
  [[nodiscard]] std::uint64_t failed_exports() const noexcept;
  /// Values that fell under the table of series being full and were counted without their shard or error code.
  [[nodiscard]] std::uint64_t coarsened_values() const noexcept;

 private:
  std::shared_ptr<detail::MetricsHub> hub_;
};

}  // namespace aiokpl
