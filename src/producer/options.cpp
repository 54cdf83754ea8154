#include "producer/options.hpp"

#include "producer/option_builders.hpp"

namespace aiokpl::detail {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t mib = 1024 * kib;
// Far beyond use, near enough that sums of limits and of times never overflow.
constexpr std::uint64_t most_records = 1'000'000'000'000;
constexpr std::uint64_t most_bytes = mib * mib;
constexpr double highest_rate = 1e15;
constexpr std::chrono::nanoseconds longest = 365 * 24h;

std::vector<Option> batching_options() {
  std::vector<Option> list;
  list.push_back(boolean_option("aggregation_enabled", &Config::aggregation_enabled,
                                "Pack many user records into one Kinesis record (the KPL's format). Switch it off for "
                                "consumers that cannot unpack it, or for records above some 100 KiB."));
  list.push_back(count_option("aggregation_max_count", &Config::aggregation_max_count, {1, ~std::uint64_t{0}},
                              "Most user records in one aggregated record. Size and time are the limits that matter."));
  list.push_back(size_option("aggregation_max_size", &Config::aggregation_max_size, {64, 10 * mib},
                             "Bytes of an aggregated record, its 20 bytes of framing included. A larger user record "
                             "goes alone; the stream's own record limit caps it."));
  list.push_back(duration_option("record_max_buffered_time", &Config::record_max_buffered_time, {0ns, longest},
                                 "How long a record may wait for others before it is sent on; 0 sends it at once.",
                                 Bound::record_ttl));
  list.push_back(duration_option("record_ttl", &Config::record_ttl, {100ms, longest},
                                 "After this time a record that was not stored fails as `Expired`."));
  list.push_back(count_option("collection_max_count", &Config::collection_max_count, {1, 500},
                              "Most Kinesis records in one PutRecords request; 500 is the service's limit."));
  list.push_back(size_option("collection_max_size", &Config::collection_max_size, {51 * kib, 10 * mib},
                             "Bytes, data and partition keys, in one PutRecords request; 10 MiB is the service's "
                             "limit. A larger record goes alone."));
  return list;
}

std::vector<Option> pacing_options() {
  std::vector<Option> list;
  list.push_back(rate_option("rate_limit_records_per_sec_per_shard", &Config::rate_limit_records_per_sec_per_shard,
                             {0.001, highest_rate}, "records/s",
                             "Kinesis records a second and shard; 1,000 is the service's limit. Lower it to leave room "
                             "for other producers on the same shards."));
  list.push_back(rate_option("rate_limit_bytes_per_sec_per_shard", &Config::rate_limit_bytes_per_sec_per_shard,
                             {1, highest_rate}, "bytes/s",
                             "Bytes a second and shard; 1,048,576 (1 MiB) is the service's limit."));
  list.push_back(duration_option("drain_interval", &Config::drain_interval, {1ms, 1s},
                                 "Longest wait between two looks at a record that the limiter holds back."));
  list.push_back(boolean_option("fail_if_throttled", &Config::fail_if_throttled,
                                "A throttled record fails at once instead of being sent again."));
  list.push_back(duration_option("retry_deadline", &Config::retry_deadline, {0ns, longest},
                                 "A record that is sent again waits this long for others; also where backing off from "
                                 "a failing service starts.",
                                 Bound::record_ttl));
  list.push_back(count_option("max_outstanding_records", &Config::max_outstanding_records, {1, most_records},
                              "Records accepted and not yet resolved; beyond, `put_record` waits."));
  return list;
}

std::vector<Option> service_options() {
  std::vector<Option> list;
  list.push_back(text_option("endpoint_url", &Config::endpoint_url, "URL", "http:// or https:// URL", "(the region's)",
                             "Instead of the region's endpoint: a VPC endpoint or a local Kinesis. "
                             "Absent: AWS_ENDPOINT_URL_KINESIS, then AWS_ENDPOINT_URL.",
                             problem_of_url));
  list.push_back(boolean_option("verify_ssl", &Config::verify_ssl,
                                "Check the endpoint's certificate. Switch it off for tests only."));
  list.push_back(credential_option("aws_access_key_id", &Config::aws_access_key_id,
                                   "Explicit credentials, together with `aws_secret_access_key`. Absent: "
                                   "AWS_ACCESS_KEY_ID and its companions in the environment."));
  list.push_back(
      credential_option("aws_secret_access_key", &Config::aws_secret_access_key, "Belongs to `aws_access_key_id`."));
  list.push_back(credential_option("aws_session_token", &Config::aws_session_token,
                                   "For temporary credentials (STS, SSO), beside the other two."));
  list.push_back(metrics_level_option());
  list.push_back(object_option("metrics_sink", "Where metrics go, beside `Producer::metrics`.", "(none)",
                               [](const Config& config) { return config.metrics_sink != nullptr; }));
  list.push_back(duration_option("metrics_upload_interval", &Config::metrics_upload_interval, {1ms, 60s},
                                 "How often metrics go to the sink."));
  return list;
}

std::vector<Option> network_options() {
  std::vector<Option> list;
  list.push_back(switch_option("use_fips_endpoint", &Config::use_fips_endpoint, "AWS_USE_FIPS_ENDPOINT",
                               "The region's FIPS endpoint. Not beside `endpoint_url`."));
  list.push_back(switch_option("use_dualstack_endpoint", &Config::use_dualstack_endpoint, "AWS_USE_DUALSTACK_ENDPOINT",
                               "The region's endpoint with IPv6 addresses too. Not beside `endpoint_url`."));
  list.push_back(
      text_option("proxy_host", &Config::proxy_host, "HOST", "a host name or an IP address", "(from the environment)",
                  "HTTP proxy to every endpoint that is not on this machine. Absent: HTTPS_PROXY (http_proxy "
                  "for http), ALL_PROXY and NO_PROXY.",
                  problem_of_host));
  list.push_back(proxy_port_option());
  Option user_name =
      text_option("proxy_user_name", &Config::proxy_user_name, "NAME", "up to 256 printable ASCII characters", "(none)",
                  "For a proxy that wants to know who one is.", problem_of_user_name);
  user_name.check = [alone = user_name.check](const Config& config) {
    auto problem = alone(config);
    if (problem || !config.proxy_user_name || config.proxy_host) return problem;
    return std::optional<std::string>{"proxy_user_name: given without proxy_host"};
  };
  list.push_back(std::move(user_name));
  list.push_back(proxy_password_option());
  return list;
}

// Beyond the first release's table; the order of Config.
std::vector<Option> newer_options() {
  std::vector<Option> list;
  list.push_back(size_option("max_outstanding_bytes", &Config::max_outstanding_bytes, {1, most_bytes},
                             "Bytes (data, key and 64 for each record) accepted and not yet resolved; beyond, "
                             "`put_record` waits. A record larger than this passes when it is alone."));
  list.push_back(max_record_size_option());
  list.push_back(max_connections_option());
  list.push_back(duration_option("connect_timeout", &Config::connect_timeout, {100ms, 300s},
                                 "How long making a connection may take, TLS included."));
  list.push_back(duration_option("request_timeout", &Config::request_timeout, {100ms, 600s},
                                 "From the last byte that moved, either way, to giving up on a request."));
  list.push_back(shutdown_timeout_option(longest));
  list.push_back(strategy_option());
  list.push_back(duration_option("describe_stream_interval", &Config::describe_stream_interval, {1s, 24h},
                                 "How often the strategy of a stream with traffic is asked for (+- 20 %)."));
  list.push_back(protocol_option());
  list.push_back(text_option("ca_bundle", &Config::ca_bundle, "FILE", "path of a PEM file", "(the system's)",
                             "Certificate authorities, the only ones to trust. Absent: AWS_CA_BUNDLE, then "
                             "SSL_CERT_FILE, then the system's.",
                             problem_of_path));
  for (Option& option : network_options())
    list.push_back(std::move(option));
  list.push_back(metrics_granularity_option());
  list.push_back(additional_dimensions_option());
  list.push_back(text_option("profile", &Config::profile, "NAME", "the name of a profile", "(the environment's)",
                             "Profile of the shared AWS files, for credentials, region and endpoint: docs/aws.md.",
                             problem_of_profile));
  list.push_back(credentials_provider_option());
  list.push_back(text_option("user_agent_suffix", &Config::user_agent_suffix, "TEXT",
                             "up to 256 printable ASCII characters", "(none)", "Added to the User-Agent header.",
                             problem_of_user_agent));
  list.push_back(object_option("logger",
                               "Where the library's words go. Absent: stderr at the level that AIOKPL_LOG "
                               "(debug, info, warning, error) in the environment names, else nowhere.",
                               "(silent)", [](const Config& config) { return config.logger != nullptr; }));
  list.push_back(object_option("executor", "Where coroutines resume and callbacks run.",
                               "(the library's completion thread)",
                               [](const Config& config) { return config.executor != nullptr; }));
  return list;
}

std::vector<Option> all_options() {
  std::vector<Option> all;
  all.push_back(text_option("region", &Config::region, "REGION",
                            "a region such as us-east-1: up to 63 lower-case letters, digits and hyphens",
                            "(from the environment)",
                            "AWS region. Absent: AWS_REGION, AWS_DEFAULT_REGION, the profile's, the instance's; a "
                            "loopback endpoint needs none.",
                            problem_of_region));
  for (auto part : {batching_options, pacing_options, service_options, newer_options}) {
    for (Option& option : part())
      all.push_back(std::move(option));
  }
  return all;
}

}  // namespace

std::span<const Option> options() {
  static const std::vector<Option> list = all_options();
  return list;
}

const Option* find_option(std::string_view name) {
  if (name.empty()) return nullptr;  // or it would find the first without a flag
  for (const Option& option : options()) {
    if (option.name == name || option.python == name || option.flag == name || option.negative_flag == name) {
      return &option;
    }
  }
  return nullptr;
}

}  // namespace aiokpl::detail
