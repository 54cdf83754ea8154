#include "pipeline/shard_map_refresh.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <ostream>
#include <utility>

#include "pipeline/shard_map.hpp"

namespace aiokpl::pipeline {

namespace {

std::vector<ShardRange> open_ranges(const std::vector<ListedShard>& shards) {
  std::vector<ShardRange> open;
  for (const ListedShard& shard : shards) {
    if (shard.open) open.push_back({.id = shard.id, .range = shard.range});
  }
  return open;
}

/// The same for the same shards in any order.
std::uint64_t fingerprint_of(const std::vector<ShardRange>& shards) {
  std::uint64_t sum = shards.size();
  for (const ShardRange& shard : shards) {
    Random mixer{std::hash<std::string>{}(shard.id) ^ shard.range.first.high};
    mixer = Random{mixer.next() ^ shard.range.first.low ^ shard.range.last.high};
    sum += Random{mixer.next() ^ shard.range.last.low}.next();
  }
  return sum;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const ListedShard& shard) {
  return out << shard.id << " [" << shard.range.first.to_decimal() << ", " << shard.range.last.to_decimal() << "] "
             << (shard.open ? "open" : "closed");
}

std::ostream& operator<<(std::ostream& out, const ListCall& call) {
  out << "ListShards" << (call.include_closed ? " with closed ones" : "");
  return call.next_token ? out << " from " << *call.next_token : out;
}

ShardMapRefresh::ShardMapRefresh(TimePoint start, Duration record_ttl, Random random) noexcept
    : random_{random},
      start_wait_{std::min(longest_start, record_ttl / 2)},
      start_limit_{later(start, start_wait_)},
      not_before_{start} {}

void ShardMapRefresh::begin_anew(TimePoint now) noexcept {
  start_limit_ = later(now, start_wait_);
  has_map_ = refused_ = false;
  want_open_ = true;
  want_closed_ = false;
  answer_is_outdated_ = in_flight_;
  not_before_ = now;
  wait_ = first_wait;
  next_token_.reset();
  collected_.clear();
}

void ShardMapRefresh::want(TimePoint request_sent) noexcept {
  if (has_map_since(request_sent)) return;
  if (in_progress() && listing_started_ > request_sent) return;
  want_open_ = true;
}

std::optional<ListCall> ShardMapRefresh::next_call(TimePoint now) {
  if (now < next()) return std::nullopt;
  in_flight_ = true;
  failed_in_passing_ = false;
  if (next_token_) return ListCall{listing_closed_, next_token_};
  // A list with the closed shards holds the open ones too. What is wanted from here on is wanted of the next list.
  listing_closed_ = want_closed_;
  want_open_ = want_closed_ = false;
  listing_started_ = now;
  pages_ = 0;
  return ListCall{listing_closed_, std::nullopt};
}

TimePoint ShardMapRefresh::next() const noexcept {
  if (in_flight_ || !wanted()) return never;
  return next_token_ ? listing_started_ : not_before_;
}

std::optional<Listing> ShardMapRefresh::page(std::vector<ListedShard> shards, std::optional<std::string> next_token,
                                             TimePoint now) {
  if (!in_flight_) return std::nullopt;
  in_flight_ = false;
  if (std::exchange(answer_is_outdated_, false)) return std::nullopt;
  std::ranges::move(shards, std::back_inserter(collected_));
  if (!next_token) return complete(now);
  if (next_token == next_token_ || ++pages_ == most_pages) {
    problem_ = "the pages come to no end";
    start_over(later(now, next_wait()));
    return std::nullopt;
  }
  next_token_ = std::move(next_token);
  return std::nullopt;
}

void ShardMapRefresh::failed(bool for_good, TimePoint now) {
  if (!in_flight_) return;
  in_flight_ = false;
  problem_.clear();
  if (std::exchange(answer_is_outdated_, false)) return;
  if (for_good) refused_ = true;
  failed_in_passing_ = !for_good;
  start_over(later(now, for_good ? longest_wait : next_wait()));
}

void ShardMapRefresh::try_now(TimePoint now) noexcept {
  if (!std::exchange(failed_in_passing_, false)) return;
  not_before_ = std::min(not_before_, now);
  wait_ = first_wait;
}

std::optional<Listing> ShardMapRefresh::complete(TimePoint now) {
  const std::vector<ShardRange> open = open_ranges(collected_);
  problem_ = ShardMap::problem_of(open);
  if (!problem_.empty()) {
    start_over(later(now, next_wait()));
    return std::nullopt;
  }
  const std::uint64_t fingerprint = fingerprint_of(open);
  const bool unchanged = has_map_ && fingerprint == fingerprint_;
  fingerprint_ = fingerprint;
  not_before_ = unchanged ? later(now, unchanged_pause) : now;
  wait_ = first_wait;
  has_map_ = true;
  refused_ = false;
  map_started_ = listing_started_;
  next_token_.reset();
  return Listing{.included_closed = listing_closed_, .shards = std::exchange(collected_, {})};
}

void ShardMapRefresh::start_over(TimePoint not_before) {
  want_open_ = want_open_ || !listing_closed_;
  want_closed_ = want_closed_ || listing_closed_;
  next_token_.reset();
  collected_.clear();
  not_before_ = not_before;
}

Duration ShardMapRefresh::next_wait() noexcept {
  const Duration wait = wait_;
  wait_ = std::min(2 * wait_, longest_wait);
  return std::chrono::duration_cast<Duration>(wait * random_.between(0.5, 1.0));
}

}  // namespace aiokpl::pipeline
