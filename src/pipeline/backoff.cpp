#include "pipeline/backoff.hpp"

#include <algorithm>

namespace aiokpl::pipeline {

Backoff::Backoff(Duration first, Random random) noexcept
    : random_{random}, first_{std::max(first, shortest)}, wait_{first_} {}

void Backoff::failed(TimePoint started, TimePoint now) {
  if (active_) {
    if (!probing_ || started < probe_started_) return;
    wait_ = std::min(2 * wait_, std::max(first_, longest));
  } else {
    wait_ = first_;
  }
  active_ = true;
  probing_ = false;
  until_ = later(now, std::chrono::duration_cast<Duration>(wait_ * random_.between(0.5, 1.0)));
}

void Backoff::succeeded() noexcept {
  active_ = probing_ = false;
}

void Backoff::try_now(TimePoint now) noexcept {
  if (active_ && !probing_) until_ = std::min(until_, now);
}

void Backoff::probe_started(TimePoint now) noexcept {
  if (!active_) return;
  probing_ = true;
  probe_started_ = now;
}

}  // namespace aiokpl::pipeline
