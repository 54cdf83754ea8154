#pragma once

#include <cstddef>
#include <cstdint>

namespace aiokpl::pipeline {

class BackPressure;
struct StreamUsage;

/// A caller that waits for places. It stays where it is until it was admitted or withdrawn.
struct Waiter {
  StreamUsage* stream = nullptr;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;

 private:
  friend class BackPressure;
  Waiter* previous_ = nullptr;
  Waiter* next_ = nullptr;
  bool waiting_ = false;
};

/// What a stream holds, and who waits for it. Owned by the caller; it stays where it is while it holds anything.
struct StreamUsage {
  StreamUsage() = default;
  StreamUsage(const StreamUsage&) = delete;
  StreamUsage& operator=(const StreamUsage&) = delete;

  std::uint64_t records = 0;
  std::uint64_t bytes = 0;

  [[nodiscard]] bool has_waiters() const noexcept { return first_ != nullptr; }

 private:
  friend class BackPressure;
  /// The part of it that came out of the reserve.
  std::uint64_t reserve_records_ = 0;
  std::uint64_t reserve_bytes_ = 0;
  Waiter* first_ = nullptr;
  Waiter* last_ = nullptr;
  /// The circle of the streams that have waiters.
  StreamUsage* previous_ = nullptr;
  StreamUsage* next_ = nullptr;
};

/// Gives out places for records and their bytes, to all streams of a producer together.
///
/// There are the places of the limits, and a tenth of them beyond: the reserve.
/// - The limits' places are given in turns: one waiter of each stream that has some, first come first served within a
///   stream. The stream whose turn it is keeps it until its first waiter fits, and nobody overtakes it there: a large
///   record is not starved by small ones.
/// - The reserve's places are given out of turn, to a stream that would hold no more than its even share of the reserve
///   in all: reserve / (streams that hold or wait for something, the asking one included). A stream that holds
///   nothing may have one record there even if its share is less. So a stream that is stuck, and holds all of the
///   limits, does not stand in the way of the others.
/// - What is larger than the limits passes when no place of the limits is taken.
/// Thus at most 1.1 x the limits are held, and one record that is larger than they are.
///
/// A newcomer takes places only when its stream has no waiters; the limits' places only when nobody waits at all.
/// Whoever has many records to place should wait for one of them and then ask for more: a large slice does not fit
/// into a small share. After `release` and `withdraw` ask `next_admissible` until it gives null. The caller
/// serialises the calls.
class BackPressure {
 public:
  /// What a record takes beside its data and key.
  static constexpr std::uint64_t bytes_per_record = 64;

  BackPressure(std::uint64_t max_records, std::uint64_t max_bytes) noexcept
      : max_{max_records, max_bytes}, reserve_{max_records / 10, max_bytes / 10} {}

  /// Takes places now, or none. The caller that got none may `wait`.
  [[nodiscard]] bool admit(StreamUsage& stream, std::uint64_t records, std::uint64_t bytes) noexcept;
  /// Gives places back: some or all of those that the stream holds.
  void release(StreamUsage& stream, std::uint64_t records, std::uint64_t bytes) noexcept;

  /// Queues behind the other waiters of its stream.
  void wait(Waiter& waiter) noexcept;
  /// Takes a waiter out; nothing if it does not wait.
  void withdraw(Waiter& waiter) noexcept;
  /// The next waiter that has its places now; it waits no more. Null when there is none.
  [[nodiscard]] Waiter* next_admissible() noexcept;

  [[nodiscard]] std::uint64_t records() const noexcept { return within_.records + beyond_.records; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return within_.bytes + beyond_.bytes; }
  [[nodiscard]] bool has_waiters() const noexcept { return turn_ != nullptr; }

 private:
  struct Amount {
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
  };

  [[nodiscard]] bool fits_within(Amount amount) const noexcept;
  [[nodiscard]] bool fits_reserve(const StreamUsage& stream, Amount amount) const noexcept;
  void take(StreamUsage& stream, Amount amount, bool from_reserve) noexcept;
  /// Takes the stream's first waiter off, and lets the stream's next turn come last.
  Waiter* serve(StreamUsage& stream, bool from_reserve) noexcept;
  void unlink(Waiter& waiter) noexcept;
  void join_circle(StreamUsage& stream) noexcept;
  void leave_circle(StreamUsage& stream) noexcept;
  [[nodiscard]] static bool active(const StreamUsage& stream) noexcept {
    return stream.records != 0 || stream.first_ != nullptr;
  }

  Amount max_;
  Amount reserve_;
  /// Taken of the limits' places and of the reserve.
  Amount within_;
  Amount beyond_;
  /// Streams that hold or wait for something.
  std::uint64_t active_ = 0;
  StreamUsage* turn_ = nullptr;
};

}  // namespace aiokpl::pipeline
