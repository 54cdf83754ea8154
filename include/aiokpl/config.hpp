#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <aiokpl/credentials.hpp>
#include <aiokpl/executor.hpp>
#include <aiokpl/export.hpp>
#include <aiokpl/logger.hpp>
#include <aiokpl/metrics.hpp>

namespace aiokpl {

enum class WireProtocol {
  cbor,  ///< application/x-amz-cbor-1.1: data as raw bytes. `AWS_CBOR_DISABLE` in the environment switches to JSON.
  json,  ///< application/x-amz-json-1.1: data in base64.
};

/// How a stream spreads records over its shards.
enum class DistributionStrategy {
  detect,              ///< Ask DescribeStreamSummary; by key while that is refused.
  user_partition_key,  ///< By the hash of the partition key, as ever.
  automatic,           ///< AUTO: the service ignores the key, so that nothing is aggregated or predicted.
};

/// Everything tunable. Set once, hand to the producer. Ranges and defaults of every field: docs/options.md.
struct AIOKPL_EXPORT Config {
  /// AWS region, such as "us-east-1". Empty: AWS_REGION, AWS_DEFAULT_REGION, the profile's; then the instance's, which
  /// the producer's constructor asks for, a second where nobody answers. A loopback endpoint needs none.
  std::string region = {};
  /// Pack many user records into one Kinesis record (the KPL's format).
  bool aggregation_enabled = true;
  /// Most user records in one aggregated record.
  std::uint64_t aggregation_max_count = 4'294'967'295;
  /// Bytes of an aggregated record, its 20 bytes of framing included. 50 KiB, as in the KPL.
  std::uint64_t aggregation_max_size = 51'200;
  /// How long a record may wait for others before it is sent on.
  std::chrono::nanoseconds record_max_buffered_time = std::chrono::milliseconds{100};
  /// After this time a record that was not stored fails as `Expired`.
  std::chrono::nanoseconds record_ttl = std::chrono::seconds{30};
  /// Most Kinesis records in one PutRecords request; 500 is the service's limit.
  std::uint64_t collection_max_count = 500;
  /// Bytes (data and partition keys) in one PutRecords request; the service takes up to 10 MiB.
  std::uint64_t collection_max_size = 5'242'880;
  /// Kinesis records a second and shard; 1,000 is the service's limit.
  double rate_limit_records_per_sec_per_shard = 1'000.0;
  /// Bytes a second and shard; 1 MiB is the service's limit.
  double rate_limit_bytes_per_sec_per_shard = 1'048'576.0;
  /// Longest wait between two looks at a record that the limiter holds back.
  std::chrono::nanoseconds drain_interval = std::chrono::milliseconds{25};
  /// A throttled record fails instead of being sent again.
  bool fail_if_throttled = false;
  /// A record that is sent again waits this long for others; also where backing off from a failing service starts.
  std::chrono::nanoseconds retry_deadline = std::chrono::milliseconds{50};
  /// Records accepted and not yet resolved; beyond, `put_record` waits.
  std::uint64_t max_outstanding_records = 100'000;
  /// Instead of the region's endpoint: an http or https URL.
  std::optional<std::string> endpoint_url = std::nullopt;
  /// False: accept any certificate. For tests.
  bool verify_ssl = true;
  /// The secret and the token are never in a message. The library wipes its own copies of them when it drops them, not
  /// these strings, which are the caller's.
  std::optional<std::string> aws_access_key_id = std::nullopt;
  std::optional<std::string> aws_secret_access_key = std::nullopt;
  std::optional<std::string> aws_session_token = std::nullopt;
  /// How much is measured. `Producer::metrics` shows it, a sink gets it.
  MetricsLevel metrics_level = MetricsLevel::none;
  /// Where metrics go, beside `Producer::metrics`. Absent: nowhere.
  std::shared_ptr<MetricsSink> metrics_sink = nullptr;
  /// From one export to the next.
  std::chrono::nanoseconds metrics_upload_interval = std::chrono::minutes{1};

  // Beyond the page's table.

  /// Bytes (data, key and 64 for each record) accepted and not yet resolved; beyond, `put_record` waits.
  std::uint64_t max_outstanding_bytes = 268'435'456;
  /// Largest user record, data and partition key. Absent: the stream's own limit where it may be asked, else 1 MiB.
  std::optional<std::uint64_t> max_record_size = std::nullopt;
  /// Connections to the service, which is requests in flight.
  std::uint32_t max_connections = 24;
  std::chrono::nanoseconds connect_timeout = std::chrono::seconds{6};
  /// From the last byte that moved, either way, to giving up on a request.
  std::chrono::nanoseconds request_timeout = std::chrono::seconds{6};
  /// How long the destructor waits for outstanding records. Absent: `record_ttl`.
  std::optional<std::chrono::nanoseconds> shutdown_timeout = std::nullopt;
  DistributionStrategy record_distribution_strategy = DistributionStrategy::detect;
  /// How often the strategy of a stream with traffic is asked for (+- 20 %).
  std::chrono::nanoseconds describe_stream_interval = std::chrono::seconds{60};
  WireProtocol wire_protocol = WireProtocol::cbor;
  /// PEM file of certificate authorities, the only ones that are trusted. Absent: AWS_CA_BUNDLE, then SSL_CERT_FILE,
  /// then the system's.
  std::optional<std::string> ca_bundle = std::nullopt;
  /// The region's FIPS endpoint. Absent: AWS_USE_FIPS_ENDPOINT, else no. An error beside an endpoint_url.
  std::optional<bool> use_fips_endpoint = std::nullopt;
  /// The region's endpoint with IPv6 addresses too. Absent: AWS_USE_DUALSTACK_ENDPOINT, else no. An error beside an
  /// endpoint_url.
  std::optional<bool> use_dualstack_endpoint = std::nullopt;
  /// HTTP proxy, a name or an address, to all endpoints but those on this machine. It wins over the environment, whose
  /// NO_PROXY does not count then. Absent: HTTPS_PROXY (HTTP_PROXY in lower case for http), ALL_PROXY and NO_PROXY.
  std::optional<std::string> proxy_host = std::nullopt;
  std::uint32_t proxy_port = 443;
  /// For a proxy that wants to know who one is (the scheme Basic).
  std::optional<std::string> proxy_user_name = std::nullopt;
  /// A secret as those of the credentials.
  std::optional<std::string> proxy_password = std::nullopt;
  /// How finely metrics are told apart. Absent: by stream at MetricsLevel::summary, by shard at detailed.
  std::optional<MetricsGranularity> metrics_granularity = std::nullopt;
  /// Dimensions of one's own on the metrics.
  std::vector<AdditionalDimension> additional_dimensions = {};
  /// Profile of the shared AWS files, for credentials, region and endpoint. Absent: AWS_DEFAULT_PROFILE, AWS_PROFILE,
  /// else "default". One that is given here comes before the environment's keys.
  std::optional<std::string> profile = std::nullopt;
  /// Where credentials come from, in place of everything else; not beside `aws_access_key_id`.
  std::shared_ptr<CredentialsProvider> credentials_provider = nullptr;
  /// Added to the User-Agent header.
  std::string user_agent_suffix = {};
  /// Silent when absent, but for AIOKPL_LOG in the environment.
  std::shared_ptr<Logger> logger = nullptr;
  /// Where coroutines resume and callbacks run; the library's completion thread when absent.
  std::shared_ptr<Executor> executor = nullptr;

  /// Throws ConfigError with every wrong field, its range and its value. Runs when a producer is made.
  void validate() const;
};

}  // namespace aiokpl
