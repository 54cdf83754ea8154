#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include <aiokpl/config.hpp>
#include <aiokpl/executor.hpp>

#include "aws/kinesis_client.hpp"
#include "pipeline/time.hpp"

namespace aiokpl::detail {

/// Where a producer has the time from. Any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual pipeline::TimePoint now() const noexcept = 0;
  [[nodiscard]] virtual std::chrono::system_clock::time_point time_of_day() const noexcept = 0;
};

/// What an engine meets outside of itself: a simulation makes these of its own.
struct Surroundings {
  std::shared_ptr<const Clock> clock;
  std::unique_ptr<aws::KinesisClient> client;
  /// Runs what belongs on the completion thread, in its place. Null: there is such a thread.
  std::shared_ptr<Executor> completions;
  /// Of jitter, and of where keyless records go.
  std::uint64_t random_seed = 0;
};

/// The machine's clocks, and the service that the configuration and the environment name. Throws ConfigError when there
/// is no region.
[[nodiscard]] Surroundings real_surroundings(const Config& config);

}  // namespace aiokpl::detail
