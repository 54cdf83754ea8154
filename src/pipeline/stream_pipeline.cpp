#include "pipeline/stream_pipeline.hpp"

#include <algorithm>
#include <iterator>
#include <ostream>
#include <type_traits>
#include <utility>

#include <aiokpl/result.hpp>

#include "codec/aggregate_format.hpp"

namespace aiokpl::pipeline {

namespace {

/// A container of waiting records holds about as much as they would fill in a request to one shard.
constexpr std::size_t waiting_batch_size = 262'144;

}  // namespace

std::size_t Request::size() const noexcept {
  std::size_t size = 0;
  for (const BatchPtr& batch : batches)
    size += batch->kinesis_size();
  return size;
}

TimePoint Request::oldest() const noexcept {
  TimePoint oldest = never;
  for (const BatchPtr& batch : batches)
    oldest = std::min(oldest, batch->oldest());
  return oldest;
}

std::ostream& operator<<(std::ostream& out, PlacementMode mode) {
  switch (mode) {
    case PlacementMode::waiting:
      return out << "waiting";
    case PlacementMode::by_key:
      return out << "by_key";
    case PlacementMode::raw:
      return out << "raw";
    case PlacementMode::automatic:
      return out << "automatic";
  }
  return out;
}

StreamPipeline::StreamPipeline(std::string name, StreamSettings settings, TimePoint start, std::uint64_t seed)
    : name_{std::move(name)},
      settings_{settings},
      limiter_{settings.limiter},
      collector_{settings.request},
      backoff_{settings.retry_deadline, Random{seed}},
      refresh_{start, settings.record_ttl, Random{seed + 1}},
      watch_{settings.strategy, start, Random{seed + 2}} {
  plan_.mode = mode(start);
  plan_.limits = batch_limits();
}

void StreamPipeline::closed(BatchPtr batch, TimePoint now) {
  watch_.traffic();
  if (plan_.mode == PlacementMode::waiting) {
    parked_.push_back(std::move(batch));
  } else {
    place(std::move(batch), now);
  }
}

void StreamPipeline::listed(std::vector<ListedShard> page, std::optional<std::string> next_token, TimePoint now) {
  std::optional<Listing> listing = refresh_.page(std::move(page), std::move(next_token), now);
  if (!listing) {
    if (!refresh_.problem().empty()) {
      effects_.push_back(Warned{"shard-map/" + name_,
                                "stream " + name_ + ": the list of its shards is inconsistent: " + refresh_.problem()});
    }
    return;
  }
  std::vector<ShardRange> open;
  for (ListedShard& shard : listing->shards) {
    const ShardNumber number = numbers_.learn(shard.id, shard.range, now);
    if (shard.open) open.push_back({std::move(shard.id), shard.range, number});
  }
  list_not_found_ = false;
  std::optional<ShardMap> map = ShardMap::make(std::move(open));
  if (!map) return;  // the refresh checked it
  numbers_.observe(*map, now);
  limiter_.set_open_shards(map->size(), now);
  const bool same = map_ && map_->same_shards(*map);
  if (!same) map_ = std::make_shared<const ShardMap>(std::move(*map));
  replan(now);
  decide_undecided(now);
  // Those that waited for a newer map, be it the same as before.
  if (plan_.mode != PlacementMode::waiting) place_again(std::exchange(parked_, {}), now);
}

void StreamPipeline::list_failed(const RequestFailure& failure, TimePoint now) {
  const bool for_good = failure.kind == FailureKind::lasting || failure.kind == FailureKind::not_found;
  refresh_.failed(for_good, now);
  list_not_found_ = failure.kind == FailureKind::not_found;
  if (list_not_found_) forget_shards();
  if (refresh_.refused()) decide_undecided(now);
  // A map that has misled an aggregate and cannot be renewed would mislead it for ever.
  if (refresh_.refused() && !parked_.empty()) map_ = nullptr;
  replan(now);
}

void StreamPipeline::described(const StreamTraits& traits, TimePoint now) {
  if (!traits.created.empty()) {
    const std::string before = std::exchange(created_, traits.created);
    if (!before.empty() && before != created_) {
      effects_.push_back(Warned{"created-anew/" + name_,
                                "stream " + name_ + " was deleted and created anew: its shards are listed again"});
      list_anew(now);
    }
  }
  const bool was_automatic = watch_.automatic();
  if (watch_.answered(traits, now) && watch_.automatic()) {
    effects_.push_back(Warned{"strategy/" + name_, "stream " + name_ +
                                                       " distributes its records itself (AUTO): they are sent without "
                                                       "aggregation, and keys do not place them"});
  }
  // No misprediction tells of a resharding there; the shards' number is the rate, and after a switch back they place.
  if (map_ && (was_automatic || watch_.automatic())) refresh_.want(now);
  replan(now);
}

void StreamPipeline::describe_failed(const RequestFailure& failure, TimePoint now) {
  if (failure.kind == FailureKind::passing) {
    watch_.failed(now);
  } else {
    watch_.refused(now);
  }
  replan(now);
}

void StreamPipeline::tick(TimePoint now) {
  replan(now);
  expire(now);
  limiter_.admit(now, admitted_);
  for (BatchPtr& batch : admitted_)
    collector_.add(std::move(batch));
  admitted_.clear();
  if (hurry_) collector_.hurry();
}

void StreamPipeline::try_now(TimePoint now) noexcept {
  backoff_.try_now(now);
  refresh_.try_now(now);
  watch_.try_now(now);
  collector_.hurry();
}

void StreamPipeline::set_hurry(bool hurry) noexcept {
  hurry_ = hurry;
  if (hurry) collector_.hurry();
}

std::optional<Request> StreamPipeline::next_request(TimePoint now, std::size_t max_bytes) {
  while (request_due() <= now) {
    Request request{.started = now, .automatic = plan_.mode == PlacementMode::automatic};
    if (!halves_.empty()) {
      request.batches = std::move(halves_.front());
      halves_.pop_front();
    } else {
      request.batches = collector_.take(now, max_bytes);
    }
    // What expired meanwhile is taken out, the others of its batch are packed again.
    for (BatchPtr& batch : request.batches) {
      if (later(batch->oldest(), settings_.record_ttl) > now) continue;
      const TimePoint deadline = batch->deadline;
      expire_members(std::move(batch), deadline, now);
    }
    std::erase(request.batches, nullptr);
    if (request.batches.empty()) continue;
    backoff_.probe_started(now);
    ++in_flight_;
    return request;
  }
  return std::nullopt;
}

TimePoint StreamPipeline::request_due() const {
  TimePoint due = halves_.empty() ? collector_.next() : TimePoint::min();
  if (due == never) return never;
  if (backoff_.active()) due = std::max(due, backoff_.next());
  if (not_found_at_ && in_flight_ != 0) return never;  // one request finds out whether the stream is there by now
  if (not_found_at_) due = std::max(due, later(*not_found_at_, not_found_wait));
  return due;
}

std::optional<Inquiry> StreamPipeline::next_inquiry(TimePoint now, DescribeBudget& budget) {
  if (watch_.next_call(now, budget)) return DescribeCall{};
  if (auto call = refresh_.next_call(now)) return *std::move(call);
  return std::nullopt;
}

TimePoint StreamPipeline::next_tick(TimePoint now, const DescribeBudget& budget) const {
  TimePoint next = std::min({limiter_.next(now), watch_.next(budget), refresh_.next()});
  if (plan_.mode == PlacementMode::waiting && !parked_.empty()) next = std::min(next, refresh_.start_limit());
  const TimePoint oldest_here = oldest();
  if (oldest_here != never) next = std::min(next, later(oldest_here, settings_.record_ttl));
  return next;
}

std::vector<BatchPtr> StreamPipeline::take_all() {
  std::vector<BatchPtr> all = std::exchange(parked_, {});
  for (Undecided& waiting : undecided_) {
    // Whoever reads the end of these records shall know that they may be stored.
    waiting.batch->attempts.add(std::make_shared<const Attempt>(stayed_undecided(std::move(waiting.attempt))));
    all.push_back(std::move(waiting.batch));
  }
  undecided_.clear();
  for (std::vector<BatchPtr>& half : halves_)
    std::ranges::move(half, std::back_inserter(all));
  halves_.clear();
  limiter_.take_all(all);
  collector_.take_all(all);
  return all;
}

TimePoint StreamPipeline::oldest() const {
  TimePoint oldest = std::min(limiter_.oldest(), collector_.oldest());
  for (const BatchPtr& batch : parked_)
    oldest = std::min(oldest, batch->oldest());
  for (const Undecided& waiting : undecided_)
    oldest = std::min(oldest, waiting.batch->oldest());
  for (const auto& half : halves_) {
    for (const BatchPtr& batch : half)
      oldest = std::min(oldest, batch->oldest());
  }
  return oldest;
}

bool StreamPipeline::empty() const {
  return in_flight_ == 0 && oldest() == never;
}

std::optional<std::uint64_t> StreamPipeline::record_limit() const {
  if (settings_.max_record_size) return settings_.max_record_size;
  if (watch_.record_limit()) return watch_.record_limit();
  if (watch_.pending_first_answer()) return std::nullopt;
  return default_record_limit;
}

PlacementMode StreamPipeline::mode(TimePoint now) const {
  if (watch_.automatic()) return PlacementMode::automatic;
  const bool before_limit = now < refresh_.start_limit();
  const bool first_time = plan_.mode == PlacementMode::waiting;
  if (map_) {
    // A record packed for a shard is lost to consumers of an AUTO stream: worth waiting for the word on it.
    const bool strategy_open =
        watch_.pending_first_answer() && settings_.strategy.strategy == DistributionStrategy::detect;
    return first_time && strategy_open && before_limit ? PlacementMode::waiting : PlacementMode::by_key;
  }
  return refresh_.refused() || !before_limit ? PlacementMode::raw : PlacementMode::waiting;
}

BatchLimits StreamPipeline::batch_limits() const {
  BatchLimits limits = settings_.batch;
  if (plan_.mode == PlacementMode::waiting) return {.max_size = waiting_batch_size};
  if (plan_.mode != PlacementMode::by_key || !settings_.aggregation_enabled) limits.max_count = 1;
  const std::uint64_t record_most = record_limit().value_or(default_record_limit);
  limits.max_size = std::min<std::size_t>(limits.max_size, record_most - codec::aggregate_partition_key.size());
  return limits;
}

void StreamPipeline::replan(TimePoint now) {
  const PlacementPlan before = plan_;
  plan_.mode = mode(now);
  plan_.map = plan_.mode == PlacementMode::by_key ? map_ : nullptr;
  plan_.limits = batch_limits();
  if (plan_ == before) return;
  if (plan_.mode == PlacementMode::raw && !warned_raw_) {
    warned_raw_ = true;
    effects_.push_back(
        Warned{"raw/" + name_, "stream " + name_ +
                                   ": its shards cannot be listed; records are sent without aggregation, "
                                   "paced by the stream's rate as a whole"});
  }
  effects_.push_back(Planned{plan_});
  if (plan_.mode == before.mode && plan_.map == before.map) return;  // what is packed stays right
  std::vector<BatchPtr> waiting = std::exchange(parked_, {});
  for (std::vector<BatchPtr>& half : std::exchange(halves_, {}))
    std::ranges::move(half, std::back_inserter(waiting));
  collector_.take_all(waiting);  // before the limiter's, which are younger
  limiter_.take_all(waiting);
  place_again(std::move(waiting), now);
}

void StreamPipeline::place_again(std::vector<BatchPtr> batches, TimePoint now) {
  for (BatchPtr& batch : batches)
    place(std::move(batch), now);
}

void StreamPipeline::place(BatchPtr batch, TimePoint now) {
  const TimePoint deadline = batch->deadline;
  const auto limit = record_limit();
  if (limit && batch->count() == 1 && batch->user_size() > *limit) {
    give_up(std::move(batch), error_code::record_too_large,
            "The stream takes records of at most " + std::to_string(*limit) + " bytes", now);
    return;
  }
  switch (plan_.mode) {
    case PlacementMode::waiting:
      parked_.push_back(std::move(batch));
      return;
    case PlacementMode::automatic:
    case PlacementMode::raw: {
      const bool takes_tags = plan_.mode == PlacementMode::raw && settings_.aggregation_enabled;
      if (batch->count() != 1) {
        unpack(std::move(batch), deadline);
      } else if (batch->has_tags() && !takes_tags) {
        give_up(std::move(batch), error_code::tags_not_supported,
                "Tags need the aggregated format, which the stream does not take", now);
      } else {
        batch->shard = no_shard;
        send_on(std::move(batch), now);
      }
      return;
    }
    case PlacementMode::by_key: {
      // Without a prediction it comes from a time when nothing was known: the open batches place it anew.
      const ShardNumber shard = batch->shard == no_shard ? no_shard : shard_for(*batch);
      if (shard == no_shard || (!settings_.aggregation_enabled && batch->count() != 1)) {
        unpack(std::move(batch), deadline);
      } else {
        batch->shard = shard;
        send_on(std::move(batch), now);
      }
      return;
    }
  }
}

ShardNumber StreamPipeline::shard_for(const Batch& batch) const {
  const HashKeyRange span = batch.span();
  const ShardRange& shard = (*map_)[map_->find(span.first)];
  return shard.range.contains(span.last) ? shard.number : no_shard;
}

void StreamPipeline::send_on(BatchPtr batch, TimePoint now) {
  if (hurry_) batch->deadline = std::min(batch->deadline, now);
  limiter_.queue(std::move(batch), now);
}

void StreamPipeline::unpack(BatchPtr batch, TimePoint deadline) {
  effects_.push_back(Unpacked{.batch = std::move(batch), .deadline = deadline});
}

Attempt StreamPipeline::end_without_try(std::string_view code, std::string message, TimePoint now) const {
  const auto moment = settings_.system_time.at(now);
  return {
      .started_at = moment, .ended_at = moment, .error_code = std::string{code}, .error_message = std::move(message)};
}

void StreamPipeline::give_up(BatchPtr batch, std::string_view code, std::string message, TimePoint now) {
  settle(std::move(batch), end_without_try(code, std::move(message), now));
}

void StreamPipeline::expire(TimePoint now) {
  const TimePoint oldest_here = oldest();
  if (oldest_here == never || later(oldest_here, settings_.record_ttl) > now) return;
  const TimePoint limit = now - settings_.record_ttl;
  undecided_expired(now);
  std::vector<BatchPtr> expired;
  limiter_.take_older_than(limit, expired);
  collector_.take_older_than(limit, expired);
  const auto take_from = [&](std::vector<BatchPtr>& batches) {
    std::vector<BatchPtr> kept;
    for (BatchPtr& batch : batches)
      (batch->oldest() > limit ? kept : expired).push_back(std::move(batch));
    batches = std::move(kept);
  };
  take_from(parked_);
  for (auto& half : halves_)
    take_from(half);
  std::erase_if(halves_, [](const auto& half) { return half.empty(); });
  for (BatchPtr& batch : expired) {
    const TimePoint deadline = batch->deadline;
    expire_members(std::move(batch), deadline, now);
  }
}

void StreamPipeline::expire_members(BatchPtr batch, TimePoint deadline, TimePoint now) {
  const TimePoint limit = now - settings_.record_ttl;
  auto expiry = std::make_shared<const Attempt>(
      end_without_try(error_code::expired, "The record's time to live ran out before it was stored", now));
  effects_.push_back(Unpacked{
      .batch = std::move(batch), .deadline = deadline, .expired_arrivals = limit, .expiry = std::move(expiry)});
}

}  // namespace aiokpl::pipeline
