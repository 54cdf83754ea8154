#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <aiokpl/export.hpp>

namespace aiokpl {

/// The error codes that the library itself gives; every other code is the service's own word.
namespace error_code {
/// The record's TTL ran out before it was stored.
inline constexpr std::string_view expired = "Expired";
/// An aggregate was stored on a shard whose range leaves out one of its records: consumers drop it, so it is sent
/// again.
inline constexpr std::string_view wrong_shard = "Wrong Shard";
/// The service answered for another number of records than were sent.
inline constexpr std::string_view record_count_mismatch = "Record Count Mismatch";
/// A whole request failed without a code of the service: connection, timeout, unreadable answer.
inline constexpr std::string_view internal = "Internal";
/// The record has tags, and its stream does not take aggregated records.
inline constexpr std::string_view tags_not_supported = "TagsNotSupported";
/// The record is larger than its stream's limit, learned after it was accepted.
inline constexpr std::string_view record_too_large = "RecordTooLarge";
/// No credentials were found to sign the request with.
inline constexpr std::string_view no_credentials = "NoCredentials";
/// The producer was closed or aborted before the record reached its end.
inline constexpr std::string_view aborted = "Aborted";
/// Kinesis's answer for a shard above its limits.
inline constexpr std::string_view throttled = "ProvisionedThroughputExceededException";
}  // namespace error_code

/// One try to store a record, or the reason for which none was made.
struct AIOKPL_EXPORT Attempt {
  /// System time, derived from the steady clock: a jump of the system's clock does not disorder attempts.
  std::chrono::system_clock::time_point started_at = {};
  std::chrono::system_clock::time_point ended_at = {};
  bool success = false;
  /// On success, and where an aggregate was stored on a shard that it does not belong to.
  std::optional<std::string> shard_id = std::nullopt;
  std::optional<std::string> sequence_number = std::nullopt;
  /// On failure: see `error_code`, else the service's own code and message.
  std::string error_code = {};
  std::string error_message = {};

  /// How long the attempt took.
  [[nodiscard]] std::chrono::system_clock::duration duration() const noexcept { return ended_at - started_at; }
  friend bool operator==(const Attempt&, const Attempt&) = default;
};

/// A record's attempts, in order. It cannot be changed, and all records that made an attempt together share it: a copy
/// costs a reference or two. Elements stay where they are while a copy of the list lives. Any thread.
class AIOKPL_EXPORT Attempts {
 public:
  using Pointer = std::shared_ptr<const Attempt>;

  class Iterator {
   public:
    using iterator_category = std::random_access_iterator_tag;
    using value_type = Attempt;
    using difference_type = std::ptrdiff_t;
    using pointer = const Attempt*;
    using reference = const Attempt&;

    Iterator() noexcept = default;
    explicit Iterator(const Pointer* at) noexcept : at_{at} {}
    reference operator*() const noexcept { return **at_; }
    pointer operator->() const noexcept { return at_->get(); }
    reference operator[](difference_type distance) const noexcept { return *at_[distance]; }
    Iterator& operator+=(difference_type distance) noexcept {
      at_ += distance;
      return *this;
    }
    Iterator& operator-=(difference_type distance) noexcept { return *this += -distance; }
    Iterator& operator++() noexcept { return *this += 1; }
    Iterator& operator--() noexcept { return *this -= 1; }
    Iterator operator++(int) noexcept { return Iterator{at_++}; }
    Iterator operator--(int) noexcept { return Iterator{at_--}; }
    friend Iterator operator+(Iterator at, difference_type distance) noexcept { return at += distance; }
    friend Iterator operator+(difference_type distance, Iterator at) noexcept { return at += distance; }
    friend Iterator operator-(Iterator at, difference_type distance) noexcept { return at -= distance; }
    friend difference_type operator-(Iterator left, Iterator right) noexcept { return left.at_ - right.at_; }
    friend auto operator<=>(Iterator, Iterator) noexcept = default;

   private:
    const Pointer* at_ = nullptr;
  };
  using value_type = Attempt;
  using const_iterator = Iterator;

  Attempts() noexcept = default;
  Attempts(std::initializer_list<Attempt> attempts);
  explicit Attempts(const std::vector<Attempt>& attempts);
  explicit Attempts(Pointer only) noexcept : only_{std::move(only)} {}
  explicit Attempts(std::vector<Pointer> attempts);

  [[nodiscard]] std::size_t size() const noexcept { return many_ ? many_->size() : only_ ? 1 : 0; }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  [[nodiscard]] Iterator begin() const noexcept { return Iterator{first()}; }
  [[nodiscard]] Iterator end() const noexcept { return Iterator{first() + size()}; }
  [[nodiscard]] const Attempt& operator[](std::size_t index) const noexcept { return *first()[index]; }
  /// Throws std::out_of_range.
  [[nodiscard]] const Attempt& at(std::size_t index) const;
  [[nodiscard]] const Attempt& front() const noexcept { return *first()[0]; }
  [[nodiscard]] const Attempt& back() const noexcept { return *first()[size() - 1]; }

  /// The same attempts, wherever they are kept.
  friend bool operator==(const Attempts& left, const Attempts& right) { return left.equals(right); }

 private:
  [[nodiscard]] bool equals(const Attempts& other) const;
  [[nodiscard]] const Pointer* first() const noexcept { return many_ ? many_->data() : &only_; }

  // Nearly every record makes one attempt: no list is made for that.
  Pointer only_;
  std::shared_ptr<const std::vector<Pointer>> many_;
};

/// What became of a record. A failed one has at least one attempt.
struct AIOKPL_EXPORT RecordResult {
  bool success = false;
  /// Where it is stored, on success. Views into the last attempt: valid while this result, or a copy of it, lives.
  std::optional<std::string_view> shard_id = std::nullopt;
  std::optional<std::string_view> sequence_number = std::nullopt;
  /// In order. Of more than 100 attempts the first 10 and the last 90 are kept.
  Attempts attempts = {};
  /// How many attempts were left out of `attempts`.
  std::uint64_t attempts_omitted = 0;

  friend bool operator==(const RecordResult&, const RecordResult&) = default;
};

AIOKPL_EXPORT std::ostream& operator<<(std::ostream& out, const Attempt& attempt);
AIOKPL_EXPORT std::ostream& operator<<(std::ostream& out, const RecordResult& result);
[[nodiscard]] AIOKPL_EXPORT std::string to_string(const Attempt& attempt);
[[nodiscard]] AIOKPL_EXPORT std::string to_string(const RecordResult& result);

}  // namespace aiokpl
