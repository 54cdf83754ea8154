// The local Kinesis in a process of its own, throwing records away: what every row of the benchmark sends to.
//
// Usage: bench_server [--threads N] --ca-file FILE STREAM:SHARDS...
// It listens on plain HTTP and on HTTPS, the latter with TLS_AES_128_GCM_SHA256 and nothing else, so that every client
// is measured with the same cipher. It answers lines on stdin with lines of JSON on stdout, and ends with its input:
//   (at the start)     {"plain": URL, "tls": URL}
//   counters           {"requests": PutRecords, "records": Kinesis records, "bytes": of bodies, "cpu": seconds}
//   stall, go on       {}
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

#include <time.h>

#include <aiokpl/emulator.hpp>

namespace {

using aiokpl::emulator::LocalKinesis;

double process_cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

void print_counters(const LocalKinesis& kinesis) {
  const auto counters = kinesis.counters();
  std::uint64_t requests = 0;
  for (const char* operation : {"PutRecords", "PutRecord"}) {
    if (const auto found = counters.requests.find(operation); found != counters.requests.end()) {
      requests += found->second;
    }
  }
  std::cout << R"({"requests": )" << requests << R"(, "records": )" << counters.records_stored << R"(, "bytes": )"
            << counters.bytes_received << R"(, "cpu": )" << process_cpu_seconds() << "}" << std::endl;
}

void serve(const aiokpl::emulator::Options& options, const std::string& ca_file) {
  LocalKinesis kinesis{options};
  kinesis.start();
  std::ofstream{ca_file} << kinesis.certificate_pem();
  std::cout << R"({"plain": ")" << kinesis.endpoint_url() << R"(", "tls": ")" << kinesis.tls_endpoint_url() << "\"}"
            << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    if (line == "counters") {
      print_counters(kinesis);
    } else if (line == "stall" || line == "go on") {
      kinesis.set_stalled(line == "stall");
      std::cout << "{}" << std::endl;
    } else {
      throw std::invalid_argument{"no such command: " + line};
    }
  }
}

}  // namespace

int main(int argc, char** argv) try {
  aiokpl::emulator::Options options{
      .tls = true, .tls_ciphersuites = "TLS_AES_128_GCM_SHA256", .discard = true, .threads = 1};
  std::string ca_file;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word{argv[i]};
    if (word == "--threads" && i + 1 < argc) {
      options.threads = static_cast<unsigned>(std::strtoul(argv[++i], nullptr, 10));
    } else if (word == "--ca-file" && i + 1 < argc) {
      ca_file = argv[++i];
    } else if (const std::size_t colon = word.find(':'); colon != std::string_view::npos) {
      options.streams.push_back({.name = std::string{word.substr(0, colon)},
                                 .shards = static_cast<std::uint32_t>(std::strtoul(argv[i] + colon + 1, nullptr, 10))});
    } else {
      throw std::invalid_argument{"usage: bench_server [--threads N] --ca-file FILE STREAM:SHARDS..."};
    }
  }
  if (ca_file.empty()) throw std::invalid_argument{"--ca-file FILE is missing"};
  serve(options, ca_file);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_server: %s\n", error.what());
  return 1;
}
