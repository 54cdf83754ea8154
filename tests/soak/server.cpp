// The local Kinesis of the soak, and a consumer of each stream that looks at every record, in a process of their own.
//
// Usage: aiokpl_soak_server CAPACITY CA_FILE; CAPACITY: records that there may be at most.
// It answers lines on stdin with lines of JSON on stdout, and ends with its input:
//   (at the start)   {"url": the endpoint, in HTTPS}
//   phase NAME       {}, when it has begun: see phases.hpp
//   compare FILE     what became of the records whose bits are set in FILE, after all that is stored was read
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include <aiokpl/emulator.hpp>

#include "soak/auditor.hpp"
#include "soak/numbered.hpp"
#include "soak/phases.hpp"

namespace {

using namespace std::chrono_literals;
using aiokpl::emulator::LocalKinesis;
using aiokpl::emulator::ShardInfo;
using aiokpl::soak::Auditor;
using aiokpl::soak::Found;

aiokpl::emulator::Options options_of(std::uint16_t port, std::uint16_t tls_port) {
  aiokpl::emulator::Options options{.port = port, .tls = true, .tls_port = tls_port};
  for (const auto& stream : aiokpl::soak::streams)
    options.streams.push_back({.name = std::string{stream.name}, .shards = stream.shards});
  options.retention_bytes = std::uint64_t{192} << 20U;  // the consumers are a few seconds behind
  options.threads = 2;
  return options;
}

/// Ports that stay the same through restarts.
aiokpl::emulator::Options with_fixed_ports() {
  LocalKinesis probe{options_of(0, 0)};
  probe.start();
  return options_of(probe.port(), probe.tls_port());
}

std::vector<ShardInfo> open_shards(const LocalKinesis& kinesis, std::string_view stream) {
  std::map<aiokpl::HashKey, ShardInfo> by_place;
  for (const ShardInfo& shard : kinesis.shards(stream)) {
    if (shard.open()) by_place.emplace(shard.range.first, shard);
  }
  std::vector<ShardInfo> shards;
  for (auto& [first, shard] : by_place)
    shards.push_back(std::move(shard));
  return shards;
}

std::uint64_t width_of(const ShardInfo& shard) {
  return shard.range.last.high - shard.range.first.high;
}

/// The widest shard of each stream.
void split(LocalKinesis& kinesis) {
  for (const auto& stream : aiokpl::soak::streams) {
    const std::vector<ShardInfo> shards = open_shards(kinesis, stream.name);
    kinesis.split_shard(stream.name, std::ranges::max_element(shards, {}, width_of)->id);
  }
}

/// The two neighbours of each stream that are the narrowest together.
void merge(LocalKinesis& kinesis) {
  for (const auto& stream : aiokpl::soak::streams) {
    const std::vector<ShardInfo> shards = open_shards(kinesis, stream.name);
    std::size_t best = 1;
    for (std::size_t i = 2; i < shards.size(); ++i) {
      if (width_of(shards[i - 1]) + width_of(shards[i]) < width_of(shards[best - 1]) + width_of(shards[best])) best = i;
    }
    kinesis.merge_shards(stream.name, shards[best - 1].id, shards[best].id);
  }
}

void begin(LocalKinesis& kinesis, std::string_view name) {
  for (const auto& phase : aiokpl::soak::phases()) {
    if (phase.name != name) continue;
    kinesis.set_faults(phase.faults);
    if (phase.splits) split(kinesis);
    if (phase.merges) merge(kinesis);
    if (phase.restarts) {
      kinesis.stop();
      std::this_thread::sleep_for(300ms);  // the port refuses meanwhile
      kinesis.start();
    }
    return;
  }
  throw std::invalid_argument{"no such phase: " + std::string{name}};
}

/// Waits until each stream was read beyond this moment; forty seconds at most.
bool read_everything(const std::vector<std::unique_ptr<Auditor>>& auditors) {
  const auto now = Auditor::Clock::now();
  while (Auditor::Clock::now() < now + 40s) {
    if (std::ranges::all_of(auditors, [&](const auto& auditor) { return auditor->read_up_to() > now; })) return true;
    std::this_thread::sleep_for(20ms);
  }
  return false;
}

nlohmann::ordered_json compare(const Found& found, const std::string& file, bool complete) {
  aiokpl::soak::Bits stored{found.seen.capacity() - 1};
  stored.read(file);
  std::uint64_t missing = 0;
  for (std::uint64_t number = 0; number < stored.capacity(); ++number)
    missing += stored.test(number) && !found.seen.test(number) ? 1U : 0U;
  return {{"complete", complete},
          {"records", found.records.load()},
          {"different", found.seen.count()},
          {"again", found.again.load()},
          {"missing", missing},
          {"damaged", found.damaged.load()},
          {"dropped_aggregates", found.dropped_aggregates.load()}};
}

void serve(std::uint64_t capacity, const std::string& ca_file) {
  LocalKinesis kinesis{with_fixed_ports()};
  kinesis.start();
  std::ofstream{ca_file} << kinesis.certificate_pem();
  Found found{capacity};
  std::vector<std::unique_ptr<Auditor>> auditors;
  for (const auto& stream : aiokpl::soak::streams)
    auditors.push_back(std::make_unique<Auditor>(std::string{stream.name}, kinesis.endpoint_url(), found));
  std::cout << nlohmann::json{{"url", kinesis.tls_endpoint_url()}} << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    if (line.starts_with("phase ")) {
      begin(kinesis, std::string_view{line}.substr(6));
      std::cout << "{}" << std::endl;
    } else if (line.starts_with("compare ")) {
      const bool complete = read_everything(auditors);
      std::cout << compare(found, line.substr(8), complete) << std::endl;
    } else {
      throw std::invalid_argument{"no such command: " + line};
    }
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) throw std::invalid_argument{"usage: aiokpl_soak_server CAPACITY CA_FILE"};
  serve(std::stoull(argv[1]), argv[2]);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "aiokpl_soak_server: %s\n", error.what());
  return 1;
}
