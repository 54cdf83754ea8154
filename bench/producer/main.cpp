// A producer to be measured, in a process of its own: bench_producer MODE --stream S --endpoint-url U [flags].
// It says {"event": "ready"} when it has warmed up, goes on with a line on stdin, and ends with what it found as JSON.
#include <cstdio>
#include <exception>
#include <iostream>

#include "producer/modes.hpp"
#include "producer/records.hpp"

namespace {

nlohmann::ordered_json write_records(const aiokpl::bench::Settings& settings) {
  const aiokpl::bench::RecordPool pool{settings.stream, settings.pool, settings.record_size, settings.keys};
  pool.write(settings.records_file);
  return {{"event", "done"}, {"records", pool.size()}};
}

nlohmann::ordered_json measure(const aiokpl::bench::Settings& settings) {
  using aiokpl::bench::Mode;
  switch (settings.mode) {
    case Mode::latency:
      return measure_latency(settings);
    case Mode::idle:
      return measure_idle(settings);
    case Mode::memory:
      return measure_memory(settings);
    case Mode::records:
      return write_records(settings);
    default:
      return measure_throughput(settings);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  std::cout << measure(aiokpl::bench::parse_settings(argc, argv)).dump() << std::endl;
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_producer: %s\n", error.what());
  return 1;
}
