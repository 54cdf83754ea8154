#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include <aiokpl/producer.hpp>

#include "soak/bits.hpp"
#include "soak/latency.hpp"

namespace aiokpl::soak {

/// What was put, and what became of it.
struct Fates {
  explicit Fates(std::uint64_t capacity) : resolved{capacity}, stored{capacity} {}

  /// The number of the next record: all below it are accepted, once the callers have ended.
  std::atomic<std::uint64_t> next = 0;
  std::atomic<std::uint64_t> bytes = 0;
  Bits resolved;
  Bits stored;
  std::atomic<std::uint64_t> successes = 0;
  std::atomic<std::uint64_t> failures = 0;
  /// Outcomes that resolved more than once.
  std::atomic<std::uint64_t> twice = 0;
  Latency latency;
};

/// Callers that put as a production does: one to four of them at a time, singly and in bulk, steadily and in bursts.
class Load {
 public:
  /// `records_per_second`: of each caller, bursts aside.
  Load(SyncProducer& producer, Fates& fates, double records_per_second);
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  ~Load() { end(); }

  /// No more records; returns when the last call has.
  void end();

 private:
  void run(std::size_t caller);
  void put_one();
  void put_bulk(std::uint64_t count);
  void watch(const SyncOutcome& outcome, std::uint64_t number, std::chrono::steady_clock::time_point put_at);

  SyncProducer& producer_;
  Fates& fates_;
  double records_per_second_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::atomic<bool> ended_ = false;
  std::vector<std::thread> callers_;
};

}  // namespace aiokpl::soak
