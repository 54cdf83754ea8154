#include "producer/engine_settings.hpp"

#include "aws/credentials.hpp"
#include "aws/kinesis_protocol.hpp"
#include "producer/network_settings.hpp"

namespace aiokpl::detail {

namespace {

/// A shard's buckets hold less than the service's second: its bucket counts arrivals, ours departures, and a request
/// that is slower on its way than the next one would otherwise be throttled at the limit.
constexpr std::chrono::milliseconds shard_burst{900};

}  // namespace

pipeline::StreamSettings stream_settings(const Config& config, pipeline::SystemTime system_time) {
  return {.aggregation_enabled = config.aggregation_enabled,
          .batch = {.max_size = config.aggregation_max_size, .max_count = config.aggregation_max_count},
          .request = {.max_count = config.collection_max_count, .max_size = config.collection_max_size},
          .limiter = {.records_per_second = config.rate_limit_records_per_sec_per_shard,
                      .bytes_per_second = config.rate_limit_bytes_per_sec_per_shard,
                      .drain_interval = config.drain_interval,
                      .burst = shard_burst},
          .record_ttl = config.record_ttl,
          .retry_deadline = config.retry_deadline,
          .fail_if_throttled = config.fail_if_throttled,
          .strategy = {.strategy = config.record_distribution_strategy,
                       .learn_record_limit = !config.max_record_size,
                       .interval = config.describe_stream_interval},
          .max_record_size = config.max_record_size,
          .system_time = system_time};
}

aws::ClientOptions client_options(const Config& config, const aws::Environment& environment) {
  const aws::ProfileSettings profile = profile_of(config.profile, environment);
  const aws::Endpoint endpoint = endpoint_of(config, profile, environment);
  const aws::HttpOptions http = http_options(config, environment, endpoint.scheme == "https", profile.ca_bundle);
  return {.endpoint = endpoint,
          .protocol = aws::effective_protocol(config.wire_protocol, environment),
          .http = http,
          .user_agent_suffix = config.user_agent_suffix,
          .credentials = aws::default_credentials(credentials_settings(config, endpoint.loopback, http), environment)};
}

}  // namespace aiokpl::detail
