#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "pipeline/back_pressure.hpp"
#include "pipeline/stream_pipeline.hpp"
#include "producer/brief_lock.hpp"
#include "producer/open_batches.hpp"

namespace aiokpl::detail {

/// A stream of a producer: its open batches, which callers fill, and its pipeline, which the engine's thread drives.
struct Stream {
  Stream(std::string stream_name, const pipeline::StreamSettings& settings, pipeline::TimePoint start,
         std::uint64_t seed, pipeline::BatchSource& source)
      : name{std::move(stream_name)}, pipeline{name, settings, start, seed}, open{source, pipeline.plan(), seed + 1} {}

  /// Name or ARN, as the caller gave it.
  const std::string name;

  // The engine's thread.
  pipeline::StreamPipeline pipeline;
  /// Whether the engine's thread has met it.
  bool known = false;
  /// When there is something to do; the engine passes it by until then.
  pipeline::TimePoint wake = pipeline::TimePoint::min();
  /// Records of closed batches that have not ended, by the round of flushing in which their batch was closed.
  std::map<std::uint64_t, std::uint64_t> unsettled;
  std::uint64_t flush_round = 0;
  /// For the metrics: records that have ended, and those that were counted as received.
  std::uint64_t ended = 0;
  std::uint64_t received = 0;
  /// Flushes under way.
  std::size_t flushes = 0;

  // Any thread.
  OpenBatches<BriefLock> open;
  /// Largest record that is accepted.
  std::atomic<std::uint64_t> record_limit;
  /// Whether records with tags are refused at the call.
  std::atomic<bool> refuses_tags = false;

  // Under the engine's lock for places.
  pipeline::StreamUsage usage;
};

}  // namespace aiokpl::detail
