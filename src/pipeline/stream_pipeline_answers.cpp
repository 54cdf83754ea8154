#include <algorithm>
#include <utility>

#include <aiokpl/result.hpp>

#include "pipeline/stream_pipeline.hpp"

// The second half of a request's life: what its answer means for each of its Kinesis records.
namespace aiokpl::pipeline {

Attempt StreamPipeline::attempt_of(const Request& request, TimePoint now) const {
  return {.started_at = settings_.system_time.at(request.started), .ended_at = settings_.system_time.at(now)};
}

Attempt StreamPipeline::failed_attempt(const Request& request, const RequestFailure& failure, TimePoint now) const {
  Attempt attempt = attempt_of(request, now);
  attempt.error_code = failure.code;
  attempt.error_message = failure.message;
  return attempt;
}

void StreamPipeline::answered(Request request, std::span<const codec::AnswerEntry> entries, TimePoint now) {
  --in_flight_;
  backoff_.succeeded();
  // There it is after all. A list from the time when it was not may be that of a stream which was being deleted.
  const bool was_missing = std::exchange(list_not_found_, false) || not_found_at_;
  not_found_at_.reset();
  if (was_missing) list_anew(now);
  if (entries.size() != request.batches.size()) {
    const RequestFailure mismatch{.code = std::string{error_code::record_count_mismatch},
                                  .message = "The service answered for " + std::to_string(entries.size()) +
                                             " records, and " + std::to_string(request.batches.size()) + " were sent"};
    fail_all(std::move(request), mismatch, now);
    return;
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i + batches_ahead < entries.size()) expect(*request.batches[i + batches_ahead]);
    judge(std::move(request.batches[i]), entries[i], request, now);
  }
}

void StreamPipeline::failed(Request request, const RequestFailure& failure, TimePoint now) {
  --in_flight_;
  if (failure.kind == FailureKind::passing) {
    backoff_.failed(request.started, now);
  } else {
    backoff_.succeeded();
  }
  switch (failure.kind) {
    case FailureKind::passing:
      retry_all(std::move(request), failure, now);
      return;
    case FailureKind::lasting:
      fail_all(std::move(request), failure, now);
      return;
    case FailureKind::not_found:
      not_found(std::move(request), failure, now);
      return;
    case FailureKind::validation:
      halve(std::move(request), failure, now);
      return;
  }
}

void StreamPipeline::judge(BatchPtr batch, const codec::AnswerEntry& entry, const Request& request, TimePoint now) {
  Attempt attempt = attempt_of(request, now);
  if (!entry.error_code.empty() || entry.sequence_number.empty() || entry.shard_id.empty()) {
    attempt.error_code = entry.error_code.empty() ? error_code::internal : entry.error_code;
    attempt.error_message =
        entry.error_code.empty() ? "The service gave neither a place nor an error" : entry.error_message;
    const Verdict verdict = judge_refused(attempt.error_code);
    if (verdict == Verdict::throttled) limiter_.throttled(batch->shard, now, now - request.started);
    if (verdict == Verdict::throttled && settings_.fail_if_throttled) {
      settle(std::move(batch), std::move(attempt));
    } else {
      retry(std::move(batch), std::move(attempt), now);
    }
    return;
  }
  attempt.shard_id = entry.shard_id;
  attempt.sequence_number = entry.sequence_number;
  TakenBy shard;
  shard.predicted = batch->shard != no_shard && numbers_.id_of(batch->shard) == entry.shard_id;
  shard.range = shard.predicted ? numbers_.range_of(batch->shard, now) : numbers_.range_of(entry.shard_id, now);
  const Verdict verdict = judge_place(*batch, shard);
  if (verdict == Verdict::stored) {
    attempt.success = true;
    settle(std::move(batch), std::move(attempt));
  } else {
    stored_elsewhere(std::move(batch), std::move(attempt), verdict, request, now);
  }
}

void StreamPipeline::stored_elsewhere(BatchPtr batch, Attempt attempt, Verdict verdict, const Request& request,
                                      TimePoint now) {
  prediction_failed(request);
  if (verdict == Verdict::undecided) {
    refresh_.want_closed();
    undecided_.push_back({std::move(batch), std::move(attempt)});
    return;
  }
  if (verdict == Verdict::wrong_shard) {
    retry(std::move(batch), misplaced(std::move(attempt)), now);
    return;
  }
  attempt.success = true;
  settle(std::move(batch), std::move(attempt));
}

Verdict StreamPipeline::judge_place(const Batch& batch, const TakenBy& shard) const noexcept {
  const Verdict verdict = judge_stored(batch, shard);
  const bool never_decided = batch.shard == no_shard && refresh_.refused();
  return verdict == Verdict::undecided && never_decided ? Verdict::stored : verdict;
}

void StreamPipeline::forget_shards() noexcept {
  map_ = nullptr;
  numbers_.forget_ranges();
}

void StreamPipeline::list_anew(TimePoint now) {
  forget_shards();
  refresh_.begin_anew(now);
  replan(now);
}

void StreamPipeline::prediction_failed(const Request& request) {
  refresh_.want(request.started);
  watch_.suspect(request.started);
}

void StreamPipeline::decide_undecided(TimePoint now) {
  for (Undecided& waiting : std::exchange(undecided_, {})) {
    const TakenBy shard{.range = numbers_.range_of(*waiting.attempt.shard_id, now)};
    const Verdict verdict = judge_place(*waiting.batch, shard);
    if (verdict == Verdict::undecided) {
      refresh_.want_closed();
      undecided_.push_back(std::move(waiting));
      continue;
    }
    if (verdict == Verdict::wrong_shard) {
      retry(std::move(waiting.batch), misplaced(std::move(waiting.attempt)), now);
    } else {
      waiting.attempt.success = true;
      settle(std::move(waiting.batch), std::move(waiting.attempt));
    }
  }
}

void StreamPipeline::undecided_expired(TimePoint now) {
  const TimePoint limit = now - settings_.record_ttl;
  for (Undecided& waiting : std::exchange(undecided_, {})) {
    if (waiting.batch->oldest() > limit) {
      undecided_.push_back(std::move(waiting));
      continue;
    }
    retry(std::move(waiting.batch), stayed_undecided(std::move(waiting.attempt)), now);
  }
}

Attempt StreamPipeline::misplaced(Attempt attempt) {
  attempt.error_code = error_code::wrong_shard;
  attempt.error_message = "The aggregate was stored on a shard whose range leaves out one of its records";
  return attempt;
}

Attempt StreamPipeline::stayed_undecided(Attempt attempt) {
  attempt.error_code = error_code::wrong_shard;
  attempt.error_message = "The aggregate was stored on a shard that nothing could be learned of in time";
  return attempt;
}

void StreamPipeline::retry(BatchPtr batch, Attempt attempt, TimePoint now) {
  const bool wrong_shard = attempt.error_code == error_code::wrong_shard;
  if (wrong_shard) effects_.push_back(Misplaced{attempt.shard_id.value_or(std::string{})});
  batch->attempts.add(std::make_shared<const Attempt>(std::move(attempt)));
  batch->deadline = later(now, settings_.retry_deadline);
  if (later(batch->oldest(), settings_.record_ttl) <= now) {
    const TimePoint deadline = batch->deadline;
    expire_members(std::move(batch), deadline, now);
    return;
  }
  retried_ += batch->count();
  if (wrong_shard && plan_.mode == PlacementMode::by_key && refresh_.wanted()) {
    // The map that misled it would do so again: it waits for the newer one, which is on its way, or does without.
    if (!refresh_.refused()) {
      parked_.push_back(std::move(batch));
      return;
    }
    map_ = nullptr;
    replan(now);
  }
  place(std::move(batch), now);
}

void StreamPipeline::settle(BatchPtr batch, Attempt attempt) {
  const bool success = attempt.success;
  batch->attempts.add(std::make_shared<const Attempt>(std::move(attempt)));
  effects_.push_back(Settled{std::move(batch), success});
}

void StreamPipeline::fail_all(Request request, const RequestFailure& failure, TimePoint now) {
  for (BatchPtr& batch : request.batches)
    settle(std::move(batch), failed_attempt(request, failure, now));
}

void StreamPipeline::retry_all(Request request, const RequestFailure& failure, TimePoint now) {
  for (BatchPtr& batch : request.batches)
    retry(std::move(batch), failed_attempt(request, failure, now), now);
}

void StreamPipeline::not_found(Request request, const RequestFailure& failure, TimePoint now) {
  // A stream that is created anew may have the same shards' names for other ranges: an aggregate that was packed for
  // the old ones would be dropped by its consumers, and nothing in the answer would tell.
  if (map_ && !refresh_.has_map_since(request.started)) list_anew(now);
  // Streams are made while producers start: it is tried once more, by a request that starts a second later.
  if (not_found_at_ && request.started >= later(*not_found_at_, not_found_wait)) {
    not_found_at_ = now - not_found_wait;
    fail_all(std::move(request), failure, now);
    return;
  }
  if (!not_found_at_) not_found_at_ = now;
  retry_all(std::move(request), failure, now);
}

void StreamPipeline::halve(Request request, const RequestFailure& failure, TimePoint now) {
  if (request.batches.size() == 1) {
    const bool may_have_switched = settings_.strategy.strategy == DistributionStrategy::detect;
    if (request.automatic && may_have_switched && request.batches.front()->has_keyless()) {
      // Sent without a key to a stream that places by key again: the watch finds out, and it gets one.
      watch_.suspect(request.started);
      retry_all(std::move(request), failure, now);
      return;
    }
    fail_all(std::move(request), failure, now);
    return;
  }
  const auto middle = request.batches.begin() + static_cast<std::ptrdiff_t>(request.batches.size() / 2);
  std::vector<BatchPtr> second{std::make_move_iterator(middle), std::make_move_iterator(request.batches.end())};
  request.batches.erase(middle, request.batches.end());
  halves_.push_back(std::move(request.batches));
  halves_.push_back(std::move(second));
}

}  // namespace aiokpl::pipeline
