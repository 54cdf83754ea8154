#include "pipeline/request_pacer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace aiokpl::pipeline {

namespace {

/// Seconds after which a measurement counts half.
constexpr double half_life = 5.0;

double seconds(Duration span) noexcept {
  return std::chrono::duration<double>{span}.count();
}

}  // namespace

RequestPacer::RequestPacer(std::size_t max_connections, Duration request_timeout) noexcept
    : max_connections_{max_connections}, request_timeout_{request_timeout}, allowed_{max_connections} {}

void RequestPacer::started(TimePoint now) noexcept {
  pass_time(now);
  ++in_flight_;
}

void RequestPacer::finished(std::size_t bytes, Duration duration, TimePoint now) noexcept {
  const bool used = 2 * in_flight_ >= allowed_;
  ended(now);
  moved_bytes_ += static_cast<double>(bytes);
  const TimePoint start = now - duration;
  // What was under way at the timeout went out under the old limits.
  if (start < halved_at_) return;
  // A line that needs half of the timeout for what it is given now is given no more.
  if (used && allowed_ < max_connections_ && duration <= request_timeout_ / 2) ++allowed_;
  if (max_bytes_ == unlimited || start < doubled_at_ || bytes < max_bytes_ / 2) return;
  if (2 * duration > request_timeout_ / 2) return;
  max_bytes_ = 2 * max_bytes_ > most_request_bytes ? unlimited : 2 * max_bytes_;
  doubled_at_ = now;
}

void RequestPacer::timed_out(std::size_t bytes_moved, Duration duration, TimePoint now) noexcept {
  const std::size_t were_in_flight = in_flight_;
  ended(now);
  moved_bytes_ += static_cast<double>(bytes_moved);
  if (now - duration < halved_at_) return;
  allowed_ = std::max<std::size_t>(1, std::min(allowed_, were_in_flight) / 2);
  const double share = measured_rate() * seconds(request_timeout_) / 2 / static_cast<double>(allowed_);
  const double limit = std::max(share, static_cast<double>(least_request_bytes));
  if (limit < static_cast<double>(std::min(max_bytes_, most_request_bytes))) {
    max_bytes_ = static_cast<std::size_t>(limit);
  }
  halved_at_ = doubled_at_ = now;
}

void RequestPacer::ended(TimePoint now) noexcept {
  pass_time(now);
  if (in_flight_ != 0) --in_flight_;
}

double RequestPacer::measured_rate() const noexcept {
  return busy_seconds_ > 0 ? moved_bytes_ / busy_seconds_ : 0.0;
}

void RequestPacer::pass_time(TimePoint now) noexcept {
  if (now <= last_event_) return;
  if (in_flight_ != 0) {
    const double elapsed = seconds(now - last_event_);
    const double fading = std::exp2(-elapsed / half_life);
    moved_bytes_ *= fading;
    busy_seconds_ = busy_seconds_ * fading + elapsed;
  }
  last_event_ = now;
}

}  // namespace aiokpl::pipeline
