#include "producer/settings.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>

#include <CLI/CLI.hpp>

namespace aiokpl::bench {
namespace {

/// Unlike NullSink, which nothing is even gathered for.
class DroppingSink final : public MetricsSink {
 public:
  void export_metrics(std::span<const MetricSnapshot> /*snapshots*/) override {}
};

}  // namespace

using namespace std::chrono_literals;

Settings parse_settings(int argc, char** argv) {
  Settings settings;
  CLI::App app{"A producer to be measured; JSON on stdout."};
  const std::map<std::string, Mode> modes{{"throughput", Mode::throughput},
                                          {"latency", Mode::latency},
                                          {"idle", Mode::idle},
                                          {"memory", Mode::memory},
                                          {"records", Mode::records}};
  const std::map<std::string, Calls> calls{{"awaited", Calls::awaited},
                                           {"bulk", Calls::bulk},
                                           {"coroutine", Calls::coroutine},
                                           {"polled", Calls::polled},
                                           {"forgotten", Calls::forgotten}};
  const std::map<std::string, MetricsLevel> levels{
      {"none", MetricsLevel::none}, {"summary", MetricsLevel::summary}, {"detailed", MetricsLevel::detailed}};
  app.add_option("mode", settings.mode, "What is measured")->transform(CLI::CheckedTransformer(modes));
  app.add_option("--calls", settings.calls, "How records are put")->transform(CLI::CheckedTransformer(calls));
  app.add_flag("--nothing", settings.nothing, "A producer that does nothing");
  app.add_option("--stream", settings.stream, "The stream's name");
  app.add_option("--endpoint-url", settings.endpoint_url, "The server");
  app.add_option("--ca-file", settings.ca_file, "The authority to trust");
  app.add_option("--records-file", settings.records_file, "Where the records go (with the mode `records`)");
  app.add_flag("--json", settings.json, "JSON on the wire, not CBOR");
  app.add_flag("--aggregation,!--no-aggregation", settings.aggregation, "Aggregate");
  app.add_flag("--keys,!--no-keys", settings.keys, "Give partition keys");
  app.add_option("--metrics", settings.metrics, "The level of metrics, exported every second to a sink that drops them")
      ->transform(CLI::CheckedTransformer(levels));
  app.add_option("--record-size", settings.record_size, "Nominal bytes of data")->check(CLI::Range(5, 1 << 20));
  app.add_option("--callers", settings.callers, "Threads that put")->check(CLI::Range(1, 64));
  app.add_option("--bulk-size", settings.bulk_size, "Records a call")->check(CLI::Range(1, 100'000));
  app.add_option("--outstanding", settings.outstanding, "Most records outstanding")->check(CLI::PositiveNumber);
  app.add_option("--pool", settings.pool, "Different records");
  app.add_option("--seconds", settings.seconds, "How long")->check(CLI::Range(0.01, 600.0));
  app.add_option("--warm-up", settings.warm_up_seconds, "How long before it counts")->check(CLI::Range(0.0, 60.0));
  app.add_option("--rate", settings.records_per_second, "Records a second")->check(CLI::Range(1.0, 1e7));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error));  // NOLINT(concurrency-mt-unsafe): no other thread has started
  }
  if (settings.pool == 0) {
    constexpr std::size_t pool_bytes = std::size_t{64} << 20U;
    settings.pool = std::clamp(pool_bytes / settings.record_size, std::size_t{1'000}, settings.outstanding);
  }
  return settings;
}

Config make_config(const Settings& settings) {
  Config config;
  config.region = "us-east-1";
  config.endpoint_url = settings.endpoint_url;
  config.aws_access_key_id = "bench";
  config.aws_secret_access_key = "bench";
  config.aggregation_enabled = settings.aggregation;
  config.rate_limit_records_per_sec_per_shard = 1e15;
  config.rate_limit_bytes_per_sec_per_shard = 1e15;
  config.max_outstanding_records = settings.outstanding;
  // More records than usual need more bytes than usual.
  if (settings.outstanding > 100'000) config.max_outstanding_bytes = std::uint64_t{1} << 32U;
  if (!settings.ca_file.empty()) config.ca_bundle = settings.ca_file;
  config.metrics_level = settings.metrics;
  if (settings.metrics != MetricsLevel::none) {
    config.metrics_sink = std::make_shared<DroppingSink>();
    config.metrics_upload_interval = 1s;
  }
  if (settings.json) config.wire_protocol = WireProtocol::json;
  if (settings.mode == Mode::memory) {
    // The server stands still meanwhile.
    config.record_ttl = 1h;
    config.request_timeout = 10min;
  }
  return config;
}

}  // namespace aiokpl::bench
