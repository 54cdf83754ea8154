#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <aiokpl/config.hpp>

namespace aiokpl::bench {

enum class Mode { throughput, latency, idle, memory, records };
/// How records are put, and what becomes of their outcomes.
enum class Calls {
  awaited,    ///< SyncProducer::put_record; a window of outcomes, waited for in order.
  bulk,       ///< SyncProducer::put_records, outcomes likewise.
  coroutine,  ///< Producer in one coroutine, outcomes awaited likewise.
  polled,     ///< As `awaited`, but asks only whether the outcome is there; failures come to `on_failed`.
  forgotten,  ///< SyncProducer::put_record; the outcome is dropped at once, failures come to `on_failed`.
};

struct Settings {
  Mode mode = Mode::throughput;
  Calls calls = Calls::awaited;
  /// A producer that does nothing instead.
  bool nothing = false;
  std::string stream;
  std::string endpoint_url;
  std::string ca_file;
  /// Where the records are written instead, for programs of other languages to put.
  std::string records_file;
  bool json = false;
  bool aggregation = true;
  bool keys = true;
  /// With a sink that counts what it gets, every second.
  MetricsLevel metrics = MetricsLevel::none;
  /// Nominal bytes of data; a record has a fifth more or less.
  std::size_t record_size = 200;
  std::size_t callers = 1;
  /// Records in a call of put_records.
  std::size_t bulk_size = 1'000;
  /// The limit of outstanding records, and with it of the outcomes held by all callers.
  std::size_t outstanding = 100'000;
  /// Different records; 0: as many as may be outstanding, as long as they stay within 64 MiB.
  std::size_t pool = 0;
  /// Throughput: of CPU time, at least; otherwise of the clock.
  double seconds = 2;
  double warm_up_seconds = 0.3;
  double records_per_second = 1'000;
};

/// Exits with a word for flags that are none.
[[nodiscard]] Settings parse_settings(int argc, char** argv);
/// The producer's configuration: the defaults, but for the limits of the shards, which are lifted.
[[nodiscard]] Config make_config(const Settings& settings);

}  // namespace aiokpl::bench
