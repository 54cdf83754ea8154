#include "pipeline/strategy_watch.hpp"

#include <algorithm>
#include <ostream>
#include <utility>

namespace aiokpl::pipeline {

bool DescribeBudget::take(TimePoint now) noexcept {
  if (now < ready_at()) return false;
  allowed_[oldest_] = later(now, span);
  oldest_ = (oldest_ + 1) % calls;
  return true;
}

std::ostream& operator<<(std::ostream& out, Distribution distribution) {
  switch (distribution) {
    case Distribution::unknown:
      return out << "unknown";
    case Distribution::by_key:
      return out << "by_key";
    case Distribution::automatic:
      return out << "automatic";
  }
  return out;
}

std::ostream& operator<<(std::ostream& out, const StreamTraits& traits) {
  out << traits.distribution << ", record limit ";
  return traits.record_limit ? out << *traits.record_limit : out << "unknown";
}

StrategyWatch::StrategyWatch(Config config, TimePoint start, Random random) noexcept
    : config_{config},
      random_{random},
      asks_{config.strategy == DistributionStrategy::detect || config.learn_record_limit},
      due_{start},
      wait_{std::min(first_wait, config.interval)} {}

void StrategyWatch::suspect(TimePoint request_sent) noexcept {
  if (config_.strategy != DistributionStrategy::detect) return;
  if (answer_started_ > request_sent || (in_flight_ && call_started_ > request_sent)) return;
  suspected_ = true;
}

bool StrategyWatch::next_call(TimePoint now, DescribeBudget& budget) {
  if (in_flight_ || now < due() || !budget.take(now)) return false;
  call_by_suspicion_ = !(active_ && due_ <= now);
  in_flight_ = true;
  failed_in_passing_ = false;
  active_ = suspected_ = false;
  call_started_ = now;
  return true;
}

TimePoint StrategyWatch::next(const DescribeBudget& budget) const noexcept {
  const TimePoint moment = due();
  return moment == never ? never : std::max(moment, budget.ready_at());
}

bool StrategyWatch::answered(const StreamTraits& traits, TimePoint now) {
  const Distribution before = distribution();
  const std::optional<std::size_t> limit_before = known_.record_limit;
  known_.distribution = traits.distribution;
  if (traits.record_limit) known_.record_limit = traits.record_limit;
  const bool changed = distribution() != before || known_.record_limit != limit_before;
  answer_started_ = call_started_;
  settled_ = true;
  ended(now);
  if (changed || !call_by_suspicion_) {
    wait_ = std::min(first_wait, config_.interval);
    suspect_not_before_ = now;
  } else {
    suspect_not_before_ = later(now, next_wait());
  }
  return changed;
}

void StrategyWatch::refused(TimePoint now) {
  settled_ = true;
  ended(now);
  suspect_not_before_ = due_;
}

void StrategyWatch::failed(TimePoint now) {
  ended(now);
  // The first answer is worth trying for even without traffic.
  active_ = active_ || !settled_;
  suspected_ = suspected_ || call_by_suspicion_;
  due_ = suspect_not_before_ = later(now, next_wait());
  failed_in_passing_ = true;
}

void StrategyWatch::try_now(TimePoint now) noexcept {
  if (!std::exchange(failed_in_passing_, false)) return;
  due_ = suspect_not_before_ = now;
  wait_ = std::min(first_wait, config_.interval);
}

Distribution StrategyWatch::distribution() const noexcept {
  switch (config_.strategy) {
    case DistributionStrategy::detect:
      return known_.distribution;
    case DistributionStrategy::user_partition_key:
      return Distribution::by_key;
    case DistributionStrategy::automatic:
      return Distribution::automatic;
  }
  return known_.distribution;
}

TimePoint StrategyWatch::due() const noexcept {
  if (in_flight_ || !asks_) return never;
  const TimePoint by_traffic = active_ ? due_ : never;
  const TimePoint by_suspicion = suspected_ ? suspect_not_before_ : never;
  return std::min(by_traffic, by_suspicion);
}

void StrategyWatch::ended(TimePoint now) noexcept {
  in_flight_ = false;
  due_ = later(now, std::chrono::duration_cast<Duration>(config_.interval * random_.between(0.8, 1.2)));
}

Duration StrategyWatch::next_wait() noexcept {
  const Duration wait = wait_;
  wait_ = std::min(2 * wait_, config_.interval);
  return wait;
}

}  // namespace aiokpl::pipeline
