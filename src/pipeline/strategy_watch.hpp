#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <iosfwd>
#include <optional>

#include <aiokpl/config.hpp>

#include "pipeline/random.hpp"
#include "pipeline/time.hpp"

namespace aiokpl::pipeline {

/// At most two DescribeStreamSummary in any second, for all streams of a producer: an account has 20 a second for
/// everybody.
class DescribeBudget {
 public:
  static constexpr std::size_t calls = 2;
  static constexpr Duration span = std::chrono::seconds{1};

  [[nodiscard]] bool take(TimePoint now) noexcept;
  /// When a call is allowed.
  [[nodiscard]] TimePoint ready_at() const noexcept { return allowed_[oldest_]; }

 private:
  // When each of the last calls is a second old.
  std::array<TimePoint, calls> allowed_{TimePoint::min(), TimePoint::min()};
  std::size_t oldest_ = 0;
};

/// What is known of how a stream spreads its records.
enum class Distribution { unknown, by_key, automatic };

std::ostream& operator<<(std::ostream& out, Distribution distribution);

/// What a DescribeStreamSummary told, as far as it matters here.
struct StreamTraits {
  /// `by_key` where the answer names no strategy: only on-demand streams have one.
  Distribution distribution = Distribution::unknown;
  /// Bytes of data and key; absent where the answer does not say.
  std::optional<std::size_t> record_limit = std::nullopt;
  /// Tells the stream from earlier ones of its name; empty where the answer does not say.
  std::string created = {};

  friend bool operator==(const StreamTraits&, const StreamTraits&) = default;
};

std::ostream& operator<<(std::ostream& out, const StreamTraits& traits);

/// Decides when to call DescribeStreamSummary for one stream and keeps what it told: at the start, then every interval
/// +- 20 % while there is traffic, and at once when predictions fail.
class StrategyWatch {
 public:
  /// A call that failed in passing, and a suspicion that came to nothing, wait this long before the next, doubling to
  /// the interval.
  static constexpr Duration first_wait = std::chrono::seconds{1};

  struct Config {
    /// Anything but `detect` decides the strategy, whatever the service says.
    DistributionStrategy strategy = DistributionStrategy::detect;
    /// Whether the stream's own record limit is to be learned.
    bool learn_record_limit = true;
    Duration interval = std::chrono::seconds{60};
  };

  StrategyWatch(Config config, TimePoint start, Random random) noexcept;

  /// Records came or went.
  void traffic() noexcept { active_ = true; }
  /// Predictions of a request sent at `request_sent` failed. Skipped when what is known is newer than the request.
  void suspect(TimePoint request_sent) noexcept;

  /// Whether to call now; the call counts as in flight from here on.
  [[nodiscard]] bool next_call(TimePoint now, DescribeBudget& budget);
  /// When `next_call` may say yes; `never` while a call is in flight or nothing is wanted.
  [[nodiscard]] TimePoint next(const DescribeBudget& budget) const noexcept;

  /// An answer came. True when it changes what holds.
  bool answered(const StreamTraits& traits, TimePoint now);
  /// No permission: quiet, and not repeated until the next interval.
  void refused(TimePoint now);
  /// Any other failure.
  void failed(TimePoint now);
  /// What made the last call fail may be over: the next one is due now.
  void try_now(TimePoint now) noexcept;

  /// The strategy that holds: the configured one, or what the service told, which may be nothing yet.
  [[nodiscard]] Distribution distribution() const noexcept;
  /// Whether the service places records by itself. While unknown, it is taken not to.
  [[nodiscard]] bool automatic() const noexcept { return distribution() == Distribution::automatic; }
  [[nodiscard]] std::optional<std::size_t> record_limit() const noexcept { return known_.record_limit; }
  /// The first call has neither been answered nor refused.
  [[nodiscard]] bool pending_first_answer() const noexcept { return asks_ && !settled_; }
  [[nodiscard]] bool in_progress() const noexcept { return in_flight_; }

 private:
  [[nodiscard]] TimePoint due() const noexcept;
  void ended(TimePoint now) noexcept;
  Duration next_wait() noexcept;

  Config config_;
  Random random_;
  StreamTraits known_;
  /// False when there is nothing to learn.
  bool asks_;
  bool settled_ = false;
  bool in_flight_ = false;
  bool suspected_ = false;
  /// The call in flight is due to a suspicion only.
  bool call_by_suspicion_ = false;
  /// Something to ask for: the start, or traffic since the last call.
  bool active_ = true;
  TimePoint call_started_ = TimePoint::min();
  TimePoint answer_started_ = TimePoint::min();
  TimePoint due_;
  /// Before this a suspicion has to wait.
  TimePoint suspect_not_before_ = TimePoint::min();
  Duration wait_ = first_wait;
  /// The last call did, and may succeed another time.
  bool failed_in_passing_ = false;
};

}  // namespace aiokpl::pipeline
