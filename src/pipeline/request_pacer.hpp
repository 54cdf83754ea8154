#pragma once

#include <cstddef>
#include <cstdint>

#include "pipeline/time.hpp"

namespace aiokpl::pipeline {

/// How many requests a producer has in flight, and how large they are. A line that cannot move them all within the
/// request timeout would otherwise be filled with requests that all time out, again and again.
///
/// After a timeout half as many requests are in flight, down to one; together they carry what the line has moved of
/// late in half the timeout. Both recover: one more request for each success while the allowance is used, twice the
/// size for each round of successes that used at least half of it. But only while that would take no more than half of
/// the timeout: else a slow line would be overfilled again every few rounds.
class RequestPacer {
 public:
  static constexpr std::size_t unlimited = ~std::size_t{0};
  /// The size limit goes no lower. A request takes one Kinesis record in any case.
  static constexpr std::size_t least_request_bytes = 16'384;
  /// The service takes no larger requests: a limit above this is none.
  static constexpr std::size_t most_request_bytes = 10'485'760;

  RequestPacer(std::size_t max_connections, Duration request_timeout) noexcept;

  void started(TimePoint now) noexcept;
  /// A request was answered, whatever the answer.
  void finished(std::size_t bytes, Duration duration, TimePoint now) noexcept;
  void timed_out(std::size_t bytes_moved, Duration duration, TimePoint now) noexcept;
  /// A request ended otherwise: no connection, or given up. Says nothing about the line.
  void ended(TimePoint now) noexcept;

  [[nodiscard]] bool may_start() const noexcept { return in_flight_ < allowed_; }
  [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_; }
  [[nodiscard]] std::size_t allowed_in_flight() const noexcept { return allowed_; }
  /// Bytes that one request may carry.
  [[nodiscard]] std::size_t max_request_bytes() const noexcept { return max_bytes_; }
  /// Bytes a second over all connections, of late; 0 while nothing was measured.
  [[nodiscard]] double measured_rate() const noexcept;

 private:
  void pass_time(TimePoint now) noexcept;

  std::size_t max_connections_;
  Duration request_timeout_;
  std::size_t in_flight_ = 0;
  std::size_t allowed_;
  std::size_t max_bytes_ = unlimited;
  TimePoint halved_at_ = TimePoint::min();
  TimePoint doubled_at_ = TimePoint::min();
  // Bytes that moved, and seconds in which at least one request was in flight; what is old counts less and less.
  double moved_bytes_ = 0.0;
  double busy_seconds_ = 0.0;
  TimePoint last_event_ = TimePoint::min();
};

}  // namespace aiokpl::pipeline
