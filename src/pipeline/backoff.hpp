#pragma once

#include <chrono>

#include "pipeline/random.hpp"
#include "pipeline/time.hpp"

namespace aiokpl::pipeline {

/// What a stream does after whole requests failed that may pass: it waits from `first` on, doubling to 2 s, with half
/// jitter (between half of the wait and all of it), and then sends one request as a probe; new requests wait too until
/// one succeeds.
///
/// Requests that were under way when the back-off began tell nothing new: when several fail together, that counts
/// once.
class Backoff {
 public:
  static constexpr Duration longest = std::chrono::seconds{2};
  /// Who wants retries at once still backs off from a service that is in trouble: doubling needs something to double.
  static constexpr Duration shortest = std::chrono::milliseconds{10};

  Backoff(Duration first, Random random) noexcept;

  /// A request that started at `started` failed. The probe is told like any other.
  void failed(TimePoint started, TimePoint now);
  /// A request succeeded, or failed in a way that shows the service to be there.
  void succeeded() noexcept;

  /// Whether a request may be sent; while backing off, as the probe.
  [[nodiscard]] bool may_send(TimePoint now) const noexcept { return !active_ || (!probing_ && now >= until_); }
  /// A request was sent. While backing off, it is the probe; else nothing changes.
  void probe_started(TimePoint now) noexcept;
  /// What went wrong may be over: the next probe may go now. Not while one is under way.
  void try_now(TimePoint now) noexcept;
  /// The probe will never be told: what it was to carry is gone.
  void probe_abandoned() noexcept { probing_ = false; }

  /// When the next probe may go; `never` while there is no back-off, or a probe is under way.
  [[nodiscard]] TimePoint next() const noexcept { return active_ && !probing_ ? until_ : never; }
  [[nodiscard]] bool active() const noexcept { return active_; }
  [[nodiscard]] bool probing() const noexcept { return probing_; }

 private:
  Random random_;
  Duration first_;
  Duration wait_;
  bool active_ = false;
  bool probing_ = false;
  TimePoint probe_started_ = TimePoint::min();
  TimePoint until_ = TimePoint::min();
};

}  // namespace aiokpl::pipeline
