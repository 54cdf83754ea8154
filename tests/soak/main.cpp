// The soak: a load as a production has it, for as long as is wanted, against a local Kinesis in another process whose
// faults change all the while. Nothing may be lost, and neither memory nor open files may grow.
//
// Usage: aiokpl_soak --server FILE --out FOLDER [--seconds N] [--rate RECORDS_PER_SECOND_AND_CALLER]
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include <nlohmann/json.hpp>

#include <aiokpl/aiokpl.hpp>

#include "integration/child.hpp"
#include "integration/process_state.hpp"
#include "soak/load.hpp"
#include "soak/phases.hpp"
#include "soak/report.hpp"
#include "soak/watch.hpp"

namespace {

using namespace std::chrono_literals;
using namespace aiokpl::soak;
using aiokpl::testing::Child;
using Json = nlohmann::ordered_json;

struct Settings {
  std::string server;
  std::string folder;
  double seconds = 600;
  double rate = 1'500;
};

Settings parse(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view flag{argv[i]};
    if (flag == "--server") settings.server = argv[i + 1];
    if (flag == "--out") settings.folder = argv[i + 1];
    if (flag == "--seconds") settings.seconds = std::stod(argv[i + 1]);
    if (flag == "--rate") settings.rate = std::stod(argv[i + 1]);
  }
  if (settings.server.empty() || settings.folder.empty() || settings.seconds <= 0 || settings.rate <= 0) {
    throw std::invalid_argument{"usage: aiokpl_soak --server FILE --out FOLDER [--seconds N] [--rate N]"};
  }
  return settings;
}

Json hear(Child& server) {
  const std::string line = server.line();
  if (line.empty()) throw std::runtime_error{"the server has ended"};
  return Json::parse(line);
}

/// As a production would set it, but for smaller queues: bursts have to be felt.
aiokpl::Config config_for(const std::string& url, const std::string& ca_file) {
  aiokpl::Config config;
  config.endpoint_url = url;
  config.ca_bundle = ca_file;
  config.record_ttl = 60s;
  config.max_outstanding_records = 20'000;
  config.max_outstanding_bytes = std::uint64_t{32} << 20U;
  config.connect_timeout = 2s;
  config.request_timeout = 2s;
  config.describe_stream_interval = 20s;
  return config;
}

/// Long enough for a cycle of all faults, short enough for many of them.
double seconds_of_cycle(const Settings& settings) {
  return std::min(settings.seconds, 60.0);
}

/// Walks through the faults, a sample a second; each fault begins at the server's word.
void go_through(const Settings& settings, Child& server, Watch& watch) {
  const double in_phase = seconds_of_cycle(settings) / static_cast<double>(phases().size());
  std::size_t begun = 0;
  while (watch.seconds() < settings.seconds) {
    const auto due = static_cast<std::size_t>(watch.seconds() / in_phase);
    const Phase& phase = phases()[due % phases().size()];
    if (due >= begun) {
      server.say("phase " + std::string{phase.name});
      hear(server);
      begun = due + 1;
    }
    const double next = std::min({watch.seconds() + 1, static_cast<double>(begun) * in_phase, settings.seconds});
    std::this_thread::sleep_for(std::chrono::duration<double>(std::max(next - watch.seconds(), 0.01)));
    watch.sample(phase.name);
  }
  server.say("phase calm");
  hear(server);
}

/// Whole cycles after the first three tenths, so that like is compared with like: what a cycle needs at its most is had
/// by then.
void judge(const Settings& settings, const Watch& watch, Report& report) {
  const double cycle = seconds_of_cycle(settings);
  const double cycles = std::floor(settings.seconds / cycle);
  const double warm = std::max(1.0, std::ceil(cycles * 0.3)) * cycle;
  if (cycles * cycle - warm < 2 * cycle || aiokpl::testing::sanitized) return;
  report.resident = trend_of(watch.samples(), warm, cycles * cycle, &Sample::resident);
  report.descriptors = trend_of(watch.samples(), warm, cycles * cycle, &Sample::descriptors);
}

int soak(const Settings& settings) {
  // Four callers, and bursts on top; the sum never comes near it.
  const auto capacity = static_cast<std::uint64_t>((settings.seconds + 10) * settings.rate * 8);
  const std::string ca_file = settings.folder + "/ca.pem";
  Child server{{settings.server, std::to_string(capacity), ca_file}};
  aiokpl::SyncProducer producer{config_for(hear(server).at("url"), ca_file)};
  Fates fates{capacity};
  Watch watch{producer, fates, settings.seconds};
  Report report;
  {
    Load load{producer, fates, settings.rate};
    go_through(settings, server, watch);
    load.end();
  }
  report.seconds = watch.seconds();
  producer.close();
  watch.sample("closed");
  watch.finish();
  report.accepted = fates.next;
  // A closed producer has told every outcome; the last callbacks may still run.
  for (int i = 0; i < 500 && fates.successes + fates.failures < report.accepted; ++i)
    std::this_thread::sleep_for(10ms);
  report.stored = fates.successes;
  report.failed = fates.failures;
  report.unresolved = report.accepted - fates.resolved.count();
  report.twice = fates.twice;
  report.retried = producer.retried_records();
  judge(settings, watch, report);

  const std::string bits = settings.folder + "/stored.bits";
  fates.stored.write(bits);
  server.say("compare " + bits);
  const Json compared = hear(server);
  const auto violations = violations_of(report, compared);
  const std::string table = table_of(report, compared, watch.minutes(), violations);
  std::cout << table;
  std::ofstream{settings.folder + "/table.md"} << table;
  std::ofstream{settings.folder + "/results.json"} << json_of(report, compared, watch, violations).dump(1) << '\n';
  std::remove(bits.c_str());
  return violations.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) try { return soak(parse(argc, argv)); } catch (const std::exception& error) {
  std::fprintf(stderr, "aiokpl_soak: %s\n", error.what());
  return 2;
}
