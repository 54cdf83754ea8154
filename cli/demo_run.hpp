#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "cli/demo_compare.hpp"
#include "cli/demo_read.hpp"

namespace aiokpl::cli {

struct DemoOptions {
  std::size_t copies = 30;
  std::uint32_t shards = 2;
};

/// What happened.
struct DemoStory {
  DemoOptions options = {};
  std::string endpoint_url = {};
  std::size_t lines = 0;
  std::size_t put = 0;
  /// Data and keys.
  std::uint64_t put_bytes = 0;
  std::chrono::nanoseconds put_time{};
  std::size_t not_stored = 0;
  std::string first_failure = {};
  /// Records that took more than one attempt.
  std::size_t sent_again = 0;

  std::uint64_t kinesis_records = 0;
  std::uint64_t requests = 0;
  std::uint64_t request_bytes = 0;

  std::string split_shard = {};
  /// Records that were under way when the shard was split.
  std::uint64_t outstanding_at_split = 0;
  std::size_t open_shards_before = 0;
  std::size_t open_shards_after = 0;

  DemoReading reading = {};
  std::chrono::nanoseconds read_time{};
  DemoComparison comparison = {};

  [[nodiscard]] bool identical() const noexcept { return not_stored == 0 && comparison.identical(); }
};

/// Puts the sample text into a local Kinesis of its own, splits a shard on the way, reads everything back. Throws
/// CommandError for what cannot be told as part of the story.
[[nodiscard]] DemoStory run_demo(const DemoOptions& options);

/// The story for somebody who hears of all this for the first time.
[[nodiscard]] std::string tell(const DemoStory& story);

}  // namespace aiokpl::cli
