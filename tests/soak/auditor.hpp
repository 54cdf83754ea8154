#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "cli/shard_walk.hpp"
#include "cli/tail_reader.hpp"
#include "soak/bits.hpp"

namespace aiokpl::soak {

/// What was found in the streams.
struct Found {
  explicit Found(std::uint64_t capacity) : seen{capacity} {}

  Bits seen;
  std::atomic<std::uint64_t> records = 0;
  /// Seen before: their answer was lost.
  std::atomic<std::uint64_t> again = 0;
  /// Not what their number says, in bytes, key or stream.
  std::atomic<std::uint64_t> damaged = 0;
  /// Aggregates that a consumer by the KCL's rule drops.
  std::atomic<std::uint64_t> dropped_aggregates = 0;
};

/// Reads a stream as consumers do, through GetRecords and from parents to children, and looks at each record. In a
/// thread of its own, until it is destroyed.
class Auditor {
 public:
  using Clock = std::chrono::steady_clock;

  Auditor(std::string stream, std::string endpoint, Found& found);
  Auditor(const Auditor&) = delete;
  Auditor& operator=(const Auditor&) = delete;
  ~Auditor();

  /// All that was stored before this moment was read.
  [[nodiscard]] Clock::time_point read_up_to() const noexcept { return Clock::time_point{read_up_to_.load()}; }

 private:
  struct Reading {
    std::unique_ptr<cli::ShardReader> reader;
    Clock::time_point next = Clock::time_point::min();
    /// When it was last at the shard's end.
    Clock::time_point tip = Clock::time_point::min();
  };

  void run();
  void list(const cli::ServiceCall& call);
  /// False when the shard was read to its end.
  bool step(Reading& reading, const cli::ServiceCall& call);
  void look_at(const cli::ShardToRead& shard, const cli::KinesisRecord& record);
  void note_progress();

  std::string stream_;
  std::string endpoint_;
  Found& found_;
  cli::ShardWalk walk_{cli::Begin::oldest};
  std::vector<Reading> readings_;
  bool complete_ = false;  // the list of shards is whole, as of the last look at it
  std::atomic<Clock::duration> read_up_to_ = Clock::time_point::min().time_since_epoch();
  std::atomic<bool> ended_ = false;
  std::thread thread_;
};

}  // namespace aiokpl::soak
