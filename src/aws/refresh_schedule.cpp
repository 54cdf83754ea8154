#include "aws/refresh_schedule.hpp"

#include <algorithm>
#include <utility>

#include "aws/timestamps.hpp"

namespace aiokpl::aws {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr nanoseconds advisory = 15min;   // before the end: a fetch is welcome
constexpr nanoseconds mandatory = 10min;  // and here it has begun
constexpr nanoseconds first_pause = 1s;
constexpr nanoseconds longest_pause = 60s;
constexpr nanoseconds longest_pause_while_all_wait = 5s;
constexpr nanoseconds shortest_pause = 50ms;
/// What is refused so soon after it came will be refused again.
constexpr nanoseconds soon = 1min;

nanoseconds part_of(nanoseconds span, double part) {
  return std::chrono::duration_cast<nanoseconds>(std::chrono::duration<double, std::nano>{span} * part);
}

}  // namespace

RefreshSchedule::RefreshSchedule(std::string source, std::function<double()> dice)
    : source_{std::move(source)}, dice_{std::move(dice)} {}

nanoseconds RefreshSchedule::until_fetch(const Moment& now) const {
  if (fetching_) return never;
  if (not_before_) return *not_before_ - now.steady;
  if (!current_ || rejected_) return nanoseconds::zero();
  if (!current_->expires) return never;
  return renew_at_ - now.wall;
}

bool RefreshSchedule::usable(const Moment& now) const {
  return current_ && !rejected_ && (!current_->expires || now.wall < *current_->expires);
}

CredentialsOutcome RefreshSchedule::outcome(const Moment& now) const {
  if (usable(now)) return {.credentials = current_};
  CredentialsOutcome outcome;
  if (rejected_) {
    outcome.reason = "those of " + source_ + " were refused as expired";
  } else if (current_) {
    outcome.reason = "those of " + source_ + " expired at " + write_timestamp(*current_->expires);
  } else {
    outcome.reason = "those of " + source_;
  }
  outcome.pending = !failure_ || failure_->temporary;
  if (!failure_) {
    outcome.reason += current_ ? ", and are being renewed" : " are being fetched";
    return outcome;
  }
  outcome.misconfigured = !outcome.pending && failure_->misconfigured;
  outcome.reason = current_ ? outcome.reason + "; " + failure_->reason : failure_->reason;
  return outcome;
}

void RefreshSchedule::succeeded(const Credentials& credentials, const Moment& now) {
  if (credentials.expires && *credentials.expires <= now.wall) {
    failed({.reason = source_ + ": what came expired at " + write_timestamp(*credentials.expires), .temporary = true},
           now);
    return;
  }
  fetching_ = false;
  current_ = credentials;
  came_at_ = now.steady;
  failure_.reset();
  failures_ = 0;
  not_before_.reset();
  if (!rejected_) rejections_ = 0;  // those before were good until they were renewed
  rejected_ = false;
  if (!credentials.expires) return;
  const nanoseconds lifetime = *credentials.expires - now.wall;
  const nanoseconds early = std::min(advisory, lifetime / 2);
  const nanoseconds late = std::min(mandatory, lifetime / 3);
  renew_at_ = *credentials.expires -
              std::chrono::duration_cast<std::chrono::system_clock::duration>(early - part_of(early - late, dice_()));
}

void RefreshSchedule::failed(FetchFailure failure, const Moment& now) {
  fetching_ = false;
  failure_ = std::move(failure);
  if (std::exchange(failed_with_some_, usable(now)) && !failed_with_some_) failures_ = 0;
  ++failures_;
  not_before_ = now.steady + pause(failures_, now);
}

bool RefreshSchedule::rejected(std::string_view access_key_id, const Moment& now) {
  if (!current_ || rejected_) return false;
  if (!access_key_id.empty() && access_key_id != current_->access_key_id) return false;
  rejected_ = true;
  rejections_ = now.steady - came_at_ < soon ? rejections_ + 1 : 0;
  if (rejections_ > 0 && !not_before_) not_before_ = now.steady + pause(rejections_, now);
  return true;
}

nanoseconds RefreshSchedule::pause(int failures, const Moment& now) const {
  const bool all_wait = !usable(now) && (!failure_ || failure_->temporary);
  const nanoseconds longest = all_wait ? longest_pause_while_all_wait : longest_pause;
  nanoseconds length = first_pause;
  for (int i = 1; i < failures && length < longest; ++i)
    length *= 2;
  length = std::min(length, longest);
  length -= part_of(length / 2, dice_());
  if (usable(now) && current_->expires) {
    length = std::min<nanoseconds>(length, (*current_->expires - now.wall) / 4);
  }
  return std::max(length, shortest_pause);
}

}  // namespace aiokpl::aws
