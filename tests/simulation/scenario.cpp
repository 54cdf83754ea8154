#include "scenario.hpp"

#include <algorithm>
#include <cstdio>

#include "dice.hpp"

namespace aiokpl::simulation {

namespace {

using namespace std::chrono_literals;

struct FaultTraits {
  std::string_view name;
  bool lasts;
  /// How often it is chosen.
  std::uint32_t weight;
};

constexpr std::array<FaultTraits, fault_count> traits{{
    {"records throttled", true, 10},
    {"records failed", true, 10},
    {"requests throttled", true, 6},
    {"requests failed", true, 6},
    {"PutRecords forbidden", true, 2},
    {"other writers", true, 6},
    {"poisonous record", false, 6},
    {"answers lost", true, 8},
    {"answers missing", true, 6},
    {"answers truncated", true, 6},
    {"answers garbage", true, 6},
    {"answers for too few", true, 4},
    {"answers late", true, 8},
    {"connections refused", true, 6},
    {"unreachable", true, 5},
    {"network stopped", true, 6},
    {"network slow", true, 6},
    {"one stream stuck", true, 6},
    {"split", false, 10},
    {"merge", false, 10},
    {"rescaled", false, 6},
    {"strategy switched", false, 6},
    {"deleted and created again", true, 5},
    {"ListShards stale", true, 6},
    {"ListShards failing", true, 6},
    {"ListShards forbidden", true, 4},
    {"DescribeStreamSummary forbidden", true, 4},
    {"time of day jumped", false, 3},
    {"process suspended", true, 4},
    {"burst", false, 5},
    {"flush", false, 10},
    {"close", false, 1},
    {"abort", false, 1},
}};

/// No stream is created again sooner: sequence numbers tell incarnations apart by their time.
constexpr Duration recreation_gap = 3s;
/// Of calm before the probes: longer than any back-off, pause between questions, or debt of a bucket.
constexpr Duration calm_before_probes = 100s;

Config make_config(Dice& dice) {
  Config config;
  config.region = "us-east-1";
  config.endpoint_url = "https://kinesis.us-east-1.amazonaws.com";
  config.aws_access_key_id = "AKIDEXAMPLE";
  config.aws_secret_access_key = "secret";
  config.aggregation_enabled = dice.chance(0.85);
  if (dice.chance(0.3)) config.aggregation_max_count = dice.from_to(1, 50);
  config.aggregation_max_size = dice.one_of<std::uint64_t>({64, 500, 5'000, 51'200, 51'200, 200'000});
  config.record_ttl = dice.from_to(2s, 20s);
  // Time for several tries is left.
  config.record_max_buffered_time =
      std::min(dice.one_of<Duration>({0ms, 10ms, 100ms, 100ms, 500ms, 2s}), Duration{config.record_ttl / 4});
  config.collection_max_count = dice.one_of<std::uint64_t>({1, 7, 100, 500, 500});
  config.collection_max_size = dice.one_of<std::uint64_t>({52'224, 262'144, 1'048'576, 5'242'880, 5'242'880});
  config.rate_limit_records_per_sec_per_shard = dice.one_of({100.0, 500.0, 1'000.0, 1'000.0});
  config.rate_limit_bytes_per_sec_per_shard = dice.one_of({100'000.0, 1'048'576.0, 1'048'576.0});
  config.fail_if_throttled = dice.chance(0.1);
  config.retry_deadline = dice.one_of<Duration>({0ms, 50ms, 50ms, 300ms});
  config.max_outstanding_records = dice.one_of<std::uint64_t>({20, 300, 1'000, 100'000, 100'000});
  config.max_outstanding_bytes = dice.one_of<std::uint64_t>({5'000, 200'000, 268'435'456, 268'435'456});
  config.max_connections = static_cast<std::uint32_t>(dice.one_of<std::uint64_t>({1, 3, 24, 24}));
  config.connect_timeout = dice.from_to(500ms, 6s);
  config.request_timeout = dice.from_to(500ms, 6s);
  if (dice.chance(0.3)) config.describe_stream_interval = dice.from_to(1s, 20s);
  if (dice.chance(0.15)) config.record_distribution_strategy = DistributionStrategy::user_partition_key;
  if (dice.chance(0.3)) config.wire_protocol = WireProtocol::json;
  return config;
}

Puts make_puts(Dice& dice, const Scenario& scenario, Duration span) {
  Puts puts;
  puts.at = dice.from_to(0s, span);
  puts.stream = dice.below(scenario.streams.size());
  puts.caller = static_cast<std::uint32_t>(dice.below(3));
  puts.count = static_cast<std::uint32_t>(dice.from_to(10, 250));
  puts.spacing = dice.one_of<Duration>({0us, 100us, 1ms, 5ms, 30ms});
  puts.way = dice.one_of({Way::without_waiting, Way::waiting, Way::waiting, Way::in_bulk});
  puts.keys = static_cast<std::uint32_t>(dice.one_of<std::uint64_t>({1, 5, 100, 100'000}));
  puts.least_size = 12;
  puts.most_size = static_cast<std::uint32_t>(dice.one_of<std::uint64_t>({12, 40, 250, 250, 250, 3'000}));
  if (dice.chance(0.02)) {
    puts.most_size = static_cast<std::uint32_t>(dice.one_of<std::uint64_t>({60'000, 400'000}));
    puts.count = static_cast<std::uint32_t>(dice.from_to(1, 8));
  }
  puts.keyless = dice.chance(0.2) ? static_cast<std::uint32_t>(dice.from_to(1, 100)) : 0;
  puts.with_hash_key = dice.chance(0.2) ? static_cast<std::uint32_t>(dice.from_to(1, 100)) : 0;
  puts.with_tags = dice.chance(0.1) ? static_cast<std::uint32_t>(dice.from_to(1, 100)) : 0;
  return puts;
}

Fault choose_fault(Dice& dice) {
  std::uint64_t weights = 0;
  for (const FaultTraits& fault : traits)
    weights += fault.weight;
  std::uint64_t chosen = dice.below(weights);
  for (std::size_t i = 0; i < fault_count; ++i) {
    if (chosen < traits[i].weight) return static_cast<Fault>(i);
    chosen -= traits[i].weight;
  }
  return Fault::flush;
}

/// Then streams have to be as the producer was told that they are.
bool is_told_the_strategy(const Scenario& scenario) noexcept {
  return scenario.config.record_distribution_strategy != DistributionStrategy::detect;
}

Disturbance make_disturbance(Dice& dice, const Scenario& scenario, Duration span) {
  Disturbance made;
  made.fault = choose_fault(dice);
  if (made.fault == Fault::strategy_switched && is_told_the_strategy(scenario)) made.fault = Fault::split;
  made.at = dice.from_to(0s, span);
  made.stream = dice.below(scenario.streams.size());
  if (lasts(made.fault)) made.length = dice.from_to(100ms, dice.chance(0.1) ? 120s : 6s);
  made.amount = dice.one_of<std::uint64_t>({5, 20, 50, 100});
  switch (made.fault) {
    case Fault::recreated:
      made.length = scenario.transition + dice.from_to(recreation_gap, recreation_gap + 5s);
      made.amount = dice.from_to(1, 6);
      break;
    case Fault::rescaled:
      made.amount = dice.from_to(1, 8);
      break;
    case Fault::process_suspended:
      made.length = dice.from_to(100ms, 30s);
      break;
    default:
      break;
  }
  return made;
}

void add_burst(Dice& dice, Scenario& scenario, const Disturbance& burst) {
  Puts puts = make_puts(dice, scenario, 0s);
  puts.at = burst.at;
  puts.stream = burst.stream;
  puts.count = static_cast<std::uint32_t>(dice.from_to(300, 1'500));
  puts.most_size = std::min(puts.most_size, 3'000U);
  puts.spacing = 0s;
  scenario.puts.push_back(puts);
}

void add_poison(Dice& dice, Scenario& scenario, const Disturbance& poison) {
  Puts puts = make_puts(dice, scenario, 0s);
  puts.at = poison.at;
  puts.stream = poison.stream;
  puts.count = 1;
  puts.poisonous = true;
  scenario.puts.push_back(puts);
}

void add_probes(Scenario& scenario, Duration span) {
  for (const Disturbance& one : scenario.disturbances)
    span = std::max(span, one.at + one.length);
  for (const Puts& one : scenario.puts)
    span = std::max(span, one.at + one.count * one.spacing);
  span += scenario.config.record_ttl + calm_before_probes;
  for (std::size_t stream = 0; stream < scenario.streams.size(); ++stream) {
    scenario.puts.push_back({.at = span,
                             .stream = stream,
                             .count = 20,
                             .spacing = 10ms,
                             .way = Way::waiting,
                             .keys = 10,
                             .least_size = 12,
                             .most_size = 100,
                             .probe = true});
  }
}

}  // namespace

std::string_view name_of(Fault fault) noexcept {
  return traits[static_cast<std::size_t>(fault)].name;
}

bool lasts(Fault fault) noexcept {
  return traits[static_cast<std::size_t>(fault)].lasts;
}

Scenario make_scenario(std::uint64_t seed) {
  Dice dice{seed};
  Scenario scenario{.seed = seed, .config = make_config(dice)};
  const std::uint64_t streams = dice.from_to(1, 4);
  for (std::uint64_t i = 0; i < streams; ++i) {
    scenario.streams.push_back({.name = "stream-" + std::to_string(i),
                                .shards = static_cast<std::uint32_t>(dice.one_of<std::uint64_t>({1, 2, 3, 8})),
                                .automatic_distribution = dice.chance(0.1) && !is_told_the_strategy(scenario)});
  }
  scenario.transition = std::chrono::milliseconds{dice.one_of<std::int64_t>({0, 300, 2'000})};
  scenario.round_trip = dice.one_of<Duration>({1ms, 10ms, 80ms});
  scenario.bandwidth = dice.one_of({1e6, 1e7, 1e8});
  scenario.all_listen = dice.chance(0.6);
  scenario.hears_failures = dice.chance(0.3);

  const Duration span = dice.from_to(4s, 30s);
  std::uint64_t records = 0;
  for (const std::uint64_t wanted = dice.from_to(1'000, 2'200); records < wanted;) {
    scenario.puts.push_back(make_puts(dice, scenario, span));
    records += scenario.puts.back().count;
  }
  for (std::uint64_t left = dice.from_to(12, 20); left > 0; --left) {
    const Disturbance made = make_disturbance(dice, scenario, span);
    scenario.disturbances.push_back(made);
    if (made.fault == Fault::burst) add_burst(dice, scenario, made);
    if (made.fault == Fault::poison) {
      add_poison(dice, scenario, made);
      scenario.config.wire_protocol = WireProtocol::cbor;  // the service of the simulation sees it in plain bytes only
    }
  }
  add_probes(scenario, span);
  scenario.config.metrics_level =
      dice.one_of({MetricsLevel::none, MetricsLevel::summary, MetricsLevel::detailed, MetricsLevel::detailed});
  if (dice.chance(0.5)) scenario.config.metrics_granularity = MetricsGranularity::shard;
  return scenario;
}

std::string show(Duration duration) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6f s", std::chrono::duration<double>{duration}.count());
  return text.data();
}

std::string describe(const Disturbance& one) {
  std::string text{name_of(one.fault)};
  text += " (stream " + std::to_string(one.stream) + ", amount " + std::to_string(one.amount) + ")";
  if (lasts(one.fault)) text += " for " + show(one.length);
  return text;
}

std::vector<std::string> describe(const Scenario& scenario) {
  const Config& config = scenario.config;
  std::vector<std::string> lines;
  lines.push_back("ttl " + show(config.record_ttl) + ", buffered " + show(config.record_max_buffered_time) +
                  ", connect timeout " + show(config.connect_timeout) + ", request timeout " +
                  show(config.request_timeout) + ", retry deadline " + show(config.retry_deadline) +
                  (config.aggregation_enabled ? "" : ", aggregation off") +
                  (config.fail_if_throttled ? ", fails if throttled" : "") +
                  (config.wire_protocol == WireProtocol::json ? ", JSON" : ", CBOR") +
                  (config.record_distribution_strategy == DistributionStrategy::detect ? "" : ", told to go by key"));
  lines.push_back("aggregates of " + std::to_string(config.aggregation_max_count) + " records and " +
                  std::to_string(config.aggregation_max_size) + " bytes, requests of " +
                  std::to_string(config.collection_max_count) + " and " + std::to_string(config.collection_max_size) +
                  ", places " + std::to_string(config.max_outstanding_records) + " and " +
                  std::to_string(config.max_outstanding_bytes) + ", " +
                  std::to_string(config.rate_limit_records_per_sec_per_shard) + " records and " +
                  std::to_string(config.rate_limit_bytes_per_sec_per_shard) +
                  " bytes a second and shard, connections " + std::to_string(config.max_connections));
  lines.push_back("transition " + show(scenario.transition) + ", round trip " + show(scenario.round_trip) +
                  ", bytes a second " + std::to_string(scenario.bandwidth));
  for (const emulator::StreamSpec& stream : scenario.streams) {
    lines.push_back(stream.name + ": shards " + std::to_string(stream.shards) +
                    (stream.automatic_distribution ? ", AUTO" : ""));
  }
  for (const Puts& one : scenario.puts) {
    lines.push_back(show(one.at) + ": stream " + std::to_string(one.stream) + ", caller " + std::to_string(one.caller) +
                    ": " + std::to_string(one.count) + (one.poisonous ? " poisonous" : "") +
                    (one.probe ? " probing" : "") + " records of " + std::to_string(one.least_size) + " to " +
                    std::to_string(one.most_size) + " bytes, one every " + show(one.spacing) + ", keys " +
                    std::to_string(one.keys));
  }
  for (const Disturbance& one : scenario.disturbances)
    lines.push_back(show(one.at) + ": " + describe(one));
  return lines;
}

}  // namespace aiokpl::simulation
