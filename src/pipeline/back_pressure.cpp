#include "pipeline/back_pressure.hpp"

#include <algorithm>
#include <cassert>

namespace aiokpl::pipeline {

bool BackPressure::admit(StreamUsage& stream, std::uint64_t records, std::uint64_t bytes) noexcept {
  if (stream.first_ != nullptr) return false;
  const Amount amount{records, bytes};
  const bool within = turn_ == nullptr && fits_within(amount);
  if (!within && !fits_reserve(stream, amount)) return false;
  take(stream, amount, !within);
  return true;
}

void BackPressure::release(StreamUsage& stream, std::uint64_t records, std::uint64_t bytes) noexcept {
  assert(records <= stream.records && bytes <= stream.bytes);
  if (!active(stream)) return;
  // The reserve first, so that it is there for the next one who needs it.
  const Amount beyond{std::min(records, stream.reserve_records_), std::min(bytes, stream.reserve_bytes_)};
  stream.reserve_records_ -= beyond.records;
  stream.reserve_bytes_ -= beyond.bytes;
  beyond_.records -= beyond.records;
  beyond_.bytes -= beyond.bytes;
  within_.records -= records - beyond.records;
  within_.bytes -= bytes - beyond.bytes;
  stream.records -= records;
  stream.bytes -= bytes;
  if (!active(stream)) --active_;
}

void BackPressure::wait(Waiter& waiter) noexcept {
  assert(!waiter.waiting_);
  StreamUsage& stream = *waiter.stream;
  if (!active(stream)) ++active_;
  if (stream.first_ == nullptr) join_circle(stream);
  waiter.waiting_ = true;
  waiter.next_ = nullptr;
  waiter.previous_ = stream.last_;
  (stream.last_ == nullptr ? stream.first_ : stream.last_->next_) = &waiter;
  stream.last_ = &waiter;
}

void BackPressure::withdraw(Waiter& waiter) noexcept {
  if (waiter.waiting_) unlink(waiter);
}

Waiter* BackPressure::next_admissible() noexcept {
  if (turn_ == nullptr) return nullptr;
  if (fits_within({turn_->first_->records, turn_->first_->bytes})) return serve(*turn_, false);
  if (beyond_.records >= reserve_.records || beyond_.bytes >= reserve_.bytes) return nullptr;
  StreamUsage* stream = turn_;
  do {
    if (fits_reserve(*stream, {stream->first_->records, stream->first_->bytes})) return serve(*stream, true);
    stream = stream->next_;
  } while (stream != turn_);
  return nullptr;
}

bool BackPressure::fits_within(Amount amount) const noexcept {
  if (within_.records == 0) return true;
  return amount.records <= max_.records && within_.records <= max_.records - amount.records &&
         amount.bytes <= max_.bytes && within_.bytes <= max_.bytes - amount.bytes;
}

bool BackPressure::fits_reserve(const StreamUsage& stream, Amount amount) const noexcept {
  if (amount.records > reserve_.records || beyond_.records > reserve_.records - amount.records) return false;
  if (amount.bytes > reserve_.bytes || beyond_.bytes > reserve_.bytes - amount.bytes) return false;
  if (stream.records == 0 && amount.records == 1) return true;
  const std::uint64_t streams = active_ + (active(stream) ? 0 : 1);
  return stream.records + amount.records <= reserve_.records / streams &&
         stream.bytes + amount.bytes <= reserve_.bytes / streams;
}

void BackPressure::take(StreamUsage& stream, Amount amount, bool from_reserve) noexcept {
  if (!active(stream)) ++active_;
  stream.records += amount.records;
  stream.bytes += amount.bytes;
  Amount& taken = from_reserve ? beyond_ : within_;
  taken.records += amount.records;
  taken.bytes += amount.bytes;
  if (from_reserve) {
    stream.reserve_records_ += amount.records;
    stream.reserve_bytes_ += amount.bytes;
  }
}

Waiter* BackPressure::serve(StreamUsage& stream, bool from_reserve) noexcept {
  Waiter* waiter = stream.first_;
  take(stream, {waiter->records, waiter->bytes}, from_reserve);
  unlink(*waiter);
  if (stream.first_ != nullptr) {
    leave_circle(stream);
    join_circle(stream);
  }
  return waiter;
}

void BackPressure::unlink(Waiter& waiter) noexcept {
  StreamUsage& stream = *waiter.stream;
  (waiter.previous_ == nullptr ? stream.first_ : waiter.previous_->next_) = waiter.next_;
  (waiter.next_ == nullptr ? stream.last_ : waiter.next_->previous_) = waiter.previous_;
  waiter.previous_ = waiter.next_ = nullptr;
  waiter.waiting_ = false;
  if (stream.first_ != nullptr) return;
  leave_circle(stream);
  if (!active(stream)) --active_;
}

/// Its turn comes last.
void BackPressure::join_circle(StreamUsage& stream) noexcept {
  if (turn_ == nullptr) {
    turn_ = stream.previous_ = stream.next_ = &stream;
    return;
  }
  stream.next_ = turn_;
  stream.previous_ = turn_->previous_;
  turn_->previous_->next_ = &stream;
  turn_->previous_ = &stream;
}

void BackPressure::leave_circle(StreamUsage& stream) noexcept {
  if (stream.next_ == &stream) {
    turn_ = nullptr;
  } else {
    stream.previous_->next_ = stream.next_;
    stream.next_->previous_ = stream.previous_;
    if (turn_ == &stream) turn_ = stream.next_;
  }
  stream.previous_ = stream.next_ = nullptr;
}

}  // namespace aiokpl::pipeline
