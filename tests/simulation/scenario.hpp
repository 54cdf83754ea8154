#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <aiokpl/config.hpp>
#include <aiokpl/emulator.hpp>

#include "world_time.hpp"

namespace aiokpl::simulation {

/// What goes wrong, or is asked for at a bad moment.
enum class Fault : std::uint8_t {
  // The service.
  records_throttled,
  records_failed,
  requests_throttled,
  requests_failed,
  puts_forbidden,
  other_writers,
  poison,
  // Its answers: the records were stored.
  answers_lost,
  answers_missing,
  answers_truncated,
  answers_garbage,
  answers_miscounted,
  answers_late,
  // The network.
  connections_refused,
  unreachable,
  network_stopped,
  network_slow,
  stream_stuck,
  // The stream.
  split,
  merge,
  rescaled,
  strategy_switched,
  recreated,
  list_stale,
  list_failing,
  list_forbidden,
  describe_forbidden,
  // The process.
  time_of_day_jumped,
  process_suspended,
  burst,
  flush,
  close,
  abort,
};
inline constexpr std::size_t fault_count = static_cast<std::size_t>(Fault::abort) + 1;
[[nodiscard]] std::string_view name_of(Fault fault) noexcept;
/// Whether it starts and ends, instead of happening once.
[[nodiscard]] bool lasts(Fault fault) noexcept;

/// Since the world's start.
struct Disturbance {
  Duration at{};
  Fault fault{};
  /// Which stream, where it concerns one.
  std::size_t stream = 0;
  Duration length{};
  /// How bad it is, in what is usual for it: a rate in percent, a number of shards.
  std::uint64_t amount = 0;
};

/// Which way records come in.
enum class Way : std::uint8_t { without_waiting, waiting, in_bulk };

/// Records that one caller puts, one like the other.
struct Puts {
  Duration at{};
  std::size_t stream = 0;
  std::uint32_t caller = 0;
  std::uint32_t count = 0;
  /// Between one record (or one slice of a bulk) and the next.
  Duration spacing{};
  Way way = Way::without_waiting;
  std::uint32_t keys = 1;
  std::uint32_t least_size = 0;
  std::uint32_t most_size = 0;
  // Shares of the records, in percent.
  std::uint32_t keyless = 0;
  std::uint32_t with_hash_key = 0;
  std::uint32_t with_tags = 0;
  /// The service refuses every request with one of these.
  bool poisonous = false;
  /// Put when all is well, and has to be stored.
  bool probe = false;
};

/// All that a simulation needs: what the producer is told, what it is asked to do, and what goes wrong meanwhile.
struct Scenario {
  std::uint64_t seed = 0;
  Config config;
  std::vector<emulator::StreamSpec> streams;
  /// How long a stream is CREATING, UPDATING or DELETING.
  std::chrono::milliseconds transition{};
  Duration round_trip{};
  /// Bytes a second of a connection.
  double bandwidth = 0;
  /// Whether somebody waits for each record's fate; else fates are looked at later.
  bool all_listen = false;
  /// Whether a handler for failed records is set.
  bool hears_failures = false;
  std::vector<Puts> puts;
  std::vector<Disturbance> disturbances;
};

/// The same for the same seed, on every machine.
[[nodiscard]] Scenario make_scenario(std::uint64_t seed);
/// In words, one thing a line.
[[nodiscard]] std::vector<std::string> describe(const Scenario& scenario);
[[nodiscard]] std::string describe(const Disturbance& disturbance);
[[nodiscard]] std::string show(Duration duration);

}  // namespace aiokpl::simulation
