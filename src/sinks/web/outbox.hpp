#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>

namespace aiokpl::sinks {

/// What became of one delivery.
struct Delivery {
  enum class Verdict {
    delivered,
    later,    ///< Not now: the receiver is busy, broken or away. The same request may be sent again.
    refused,  ///< Never: the receiver does not want it.
  };
  Verdict verdict = Verdict::delivered;
  /// In words, when it was not delivered.
  std::string reason = {};
};

/// The usual reading of an HTTP status: 2xx is delivered; 408, 429 and 5xx are for later; the rest is refused.
[[nodiscard]] Delivery::Verdict verdict_of_status(int status) noexcept;

/// Requests that a sink has made of what it was given, each sent until it is delivered or refused: one that has gone
/// through is not sent again because another one has not. Bounded: above the limit the oldest are given up. For one
/// thread at a time.
class Outbox {
 public:
  struct Options {
    std::size_t most_bytes = std::size_t{16} << 20;
    /// Tries of one request in one `deliver`, with a doubled pause between them.
    int tries = 3;
    std::chrono::milliseconds first_pause{100};
    /// Waits; replaced in tests.
    std::function<void(std::chrono::milliseconds)> pause = {};
  };

  Outbox() : Outbox{Options{}} {}
  explicit Outbox(Options options);

  /// Queues a request's body.
  void add(std::string body);
  /// Sends what is queued, in order, until one is not delivered in all its tries; that one and those behind it stay.
  /// Throws ExportDeferred, with the reasons in words, when something stays, was refused, or was given up.
  void deliver(const std::function<Delivery(const std::string& body)>& send);

  [[nodiscard]] std::size_t waiting() const noexcept { return bodies_.size(); }
  [[nodiscard]] std::size_t waiting_bytes() const noexcept { return bytes_; }
  /// Requests that were refused, or given up because too many waited, since the start.
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }

 private:
  [[nodiscard]] Delivery try_one(const std::function<Delivery(const std::string&)>& send) const;
  void drop_front();

  Options options_;
  std::deque<std::string> bodies_;
  std::size_t bytes_ = 0;
  std::uint64_t lost_ = 0;
  /// Given up since the last `deliver`, which tells of them.
  std::uint64_t given_up_ = 0;
};

}  // namespace aiokpl::sinks
