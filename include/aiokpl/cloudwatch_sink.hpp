#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include <aiokpl/export.hpp>
#include <aiokpl/metrics.hpp>

namespace aiokpl {

/// Which names the two metrics have that the getting-started page calls BufferedTime and ExpiredRecords, and the KPL
/// BufferingTime and UserRecordExpired. All others have one name.
enum class CloudWatchNames {
  both,  ///< Each of the two metrics under both names: dashboards of either kind work.
  page,  ///< BufferedTime, ExpiredRecords.
  kpl,   ///< BufferingTime, UserRecordExpired.
};

/// What a CloudWatchSink can be told. Everything has a default; what is absent comes from the producer or the
/// environment.
struct AIOKPL_EXPORT CloudWatchSinkOptions {
  /// AWS region, such as "us-east-1". Empty: the producer's, then AWS_REGION, then AWS_DEFAULT_REGION; a loopback
  /// endpoint needs none.
  std::string region = {};
  /// CloudWatch's namespace: 1 to 255 of letters, digits, space and . - _ / # :, beginning neither with a colon nor
  /// with "AWS/", which is Amazon's own.
  std::string name_space = "aiokpl";
  /// An http or https URL instead of the region's endpoint. Absent: AWS_ENDPOINT_URL_CLOUDWATCH, then AWS_ENDPOINT_URL
  /// (neither when AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is true), then https://monitoring.<region>.amazonaws.com. The
  /// producer's own `endpoint_url` is Kinesis's, and means nothing here.
  std::optional<std::string> endpoint_url = std::nullopt;
  /// False: accept any certificate. For tests. Absent: as the producer does.
  std::optional<bool> verify_ssl = std::nullopt;
  /// PEM file of certificate authorities. Absent: the producer's.
  std::optional<std::string> ca_bundle = std::nullopt;
  /// Credentials of the sink's own. When none of the three is given: the producer's, then the environment's.
  std::optional<std::string> aws_access_key_id = std::nullopt;
  std::optional<std::string> aws_secret_access_key = std::nullopt;
  std::optional<std::string> aws_session_token = std::nullopt;
  CloudWatchNames names = CloudWatchNames::both;
  /// CloudWatch keeps what it gets by the second instead of by the minute, for an upload interval below a minute.
  bool high_resolution = false;
};

/// Uploads metrics to Amazon CloudWatch with PutMetricData.
///
/// CloudWatch does not add up over dimensions. Hence each metric is uploaded at every level that its series have: for
/// the producer as a whole, per stream, and per shard, with ErrorCode at each level where the metric has it. A
/// dimension of `Config::additional_dimensions` is there from its own granularity on.
///
/// Counts, states and distributions without buckets arrive as statistics (number, sum, least, greatest); distributions
/// with buckets as values, of which CloudWatch makes percentiles.
///
/// What CloudWatch is too busy or too far away for waits in memory (16 MiB, the oldest are given up first) and is sent
/// with the next export; that, and what CloudWatch refuses, is told by ExportDeferred. Without credentials an ordinary
/// exception is thrown, and nothing is taken. A request whose answer was lost is sent again: CloudWatch then counts
/// twice what it had taken.
///
/// Any thread. Producers may share a sink: region, credentials, certificates and timeouts are then those of the one
/// that started first, and the granularities of their additional dimensions must agree. Their exports wait for each
/// other.
class AIOKPL_EXPORT CloudWatchSink final : public MetricsSink {
 public:
  /// Throws ConfigError with every option that is wrong.
  explicit CloudWatchSink(CloudWatchSinkOptions options = {});
  ~CloudWatchSink() override;

  /// Throws ConfigError when there is no region, or an environment variable is wrong. Connects to nothing, unless only
  /// the instance can say what the region is.
  void start(const Config& producer) override;
  /// Throws ExportDeferred when something waits or was refused; std::runtime_error when there are no credentials, and
  /// std::logic_error before `start`, with nothing taken.
  void export_metrics(std::span<const MetricSnapshot> snapshots) override;
  /// Tries once more what waits, and closes the connection. Throws ExportDeferred when something waits still: it goes
  /// with the next export of another producer, or is lost with the sink.
  void stop() override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aiokpl
