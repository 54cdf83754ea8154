#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "codec/put_records_answer.hpp"
#include "pipeline/backoff.hpp"
#include "pipeline/batch.hpp"
#include "pipeline/collector.hpp"
#include "pipeline/limiter.hpp"
#include "pipeline/placement.hpp"
#include "pipeline/retrier.hpp"
#include "pipeline/shard_map.hpp"
#include "pipeline/shard_map_refresh.hpp"
#include "pipeline/shard_numbers.hpp"
#include "pipeline/strategy_watch.hpp"
#include "pipeline/system_time.hpp"

namespace aiokpl::pipeline {

/// The service's record limit where the stream says no other.
inline constexpr std::uint64_t default_record_limit = 1'048'576;
/// How long after the service's first word that there is no such stream it is tried once more.
inline constexpr Duration not_found_wait = std::chrono::seconds{1};

/// What a stream's pipeline is told at its start and keeps to.
struct StreamSettings {
  bool aggregation_enabled = true;
  BatchLimits batch;
  RequestLimits request;
  Limiter::Config limiter;
  Duration record_ttl = std::chrono::seconds{30};
  Duration retry_deadline = std::chrono::milliseconds{50};
  bool fail_if_throttled = false;
  StrategyWatch::Config strategy;
  std::optional<std::uint64_t> max_record_size;
  /// What attempts are dated by.
  SystemTime system_time;
};

/// A PutRecords request on its way: whoever sends it keeps it and hands it back with the answer.
struct Request {
  std::vector<BatchPtr> batches;
  TimePoint started;
  /// The stream placed its records itself when the request was made.
  bool automatic = false;

  [[nodiscard]] std::size_t size() const noexcept;
  /// Arrival of its oldest record.
  [[nodiscard]] TimePoint oldest() const noexcept;
};

/// Every record of the batch has ended, with the batch's attempts; the last one tells how.
struct Settled {
  BatchPtr batch;
  bool success = false;
};

/// The batch's records go back to the open batches one by one, with its attempts, but for those that arrived at or
/// before `expired_arrivals`: they end here, with `expiry` as their last attempt.
struct Unpacked {
  BatchPtr batch;
  TimePoint deadline;
  TimePoint expired_arrivals = TimePoint::min();
  AttemptPtr expiry;
};

/// The open batches follow another plan from here on.
struct Planned {
  PlacementPlan plan;
};

/// Something that an operator should read.
struct Warned {
  std::string key;
  std::string message;
};

/// An aggregate was stored on a shard where one of its records does not belong: it goes again.
struct Misplaced {
  std::string shard_id;
};

/// What the pipeline wants done, in order.
using Effect = std::variant<Settled, Unpacked, Planned, Warned, Misplaced>;

/// A question to the service about the stream.
struct DescribeCall {};
using Inquiry = std::variant<ListCall, DescribeCall>;

/// The life of a stream's records from a closed batch to their end: limiter, collector, requests, answers, retries, the
/// shard map and the distribution strategy. It does nothing itself: events come in with the time, what is to be done
/// comes out as values.
class StreamPipeline {
 public:
  /// Starts with the stream's first record: the questions about it are due at once.
  StreamPipeline(std::string name, StreamSettings settings, TimePoint start, std::uint64_t seed);

  /// What the open batches follow.
  [[nodiscard]] const PlacementPlan& plan() const noexcept { return plan_; }

  // Events.
  /// A batch left the open batches.
  void closed(BatchPtr batch, TimePoint now);
  void answered(Request request, std::span<const codec::AnswerEntry> entries, TimePoint now);
  void failed(Request request, const RequestFailure& failure, TimePoint now);
  void listed(std::vector<ListedShard> page, std::optional<std::string> next_token, TimePoint now);
  void list_failed(const RequestFailure& failure, TimePoint now);
  void described(const StreamTraits& traits, TimePoint now);
  void describe_failed(const RequestFailure& failure, TimePoint now);
  /// Time passed.
  void tick(TimePoint now);
  /// What made calls fail in passing is over, as far as anybody knows: what was put off for it goes now.
  void try_now(TimePoint now) noexcept;
  /// While set, nothing waits for companions any more; the shards' limits still hold.
  void set_hurry(bool hurry) noexcept;
  /// Requests that are being filled go as they are.
  void hurry_once() noexcept { collector_.hurry(); }

  // What to do.
  /// Puts them in the place of what `taken` holds, whose memory serves for the next ones.
  void take_effects(std::vector<Effect>& taken) {
    taken.clear();
    taken.swap(effects_);
  }
  /// The next request of at most `max_bytes` (but at least one Kinesis record), when one is due and may be sent.
  std::optional<Request> next_request(TimePoint now, std::size_t max_bytes);
  /// When `next_request` gives one; a moment in the past when it does now.
  [[nodiscard]] TimePoint request_due() const;
  std::optional<Inquiry> next_inquiry(TimePoint now, DescribeBudget& budget);
  /// When `tick` or `next_inquiry` has something to do.
  [[nodiscard]] TimePoint next_tick(TimePoint now, const DescribeBudget& budget) const;

  /// Everything that waits here, to be given up. What is in flight is with its sender.
  [[nodiscard]] std::vector<BatchPtr> take_all();
  /// Arrival of the oldest record here; `never` when there is none.
  [[nodiscard]] TimePoint oldest() const;
  [[nodiscard]] bool empty() const;
  /// Of a batch's shard; empty for `no_shard`. It stays where it is.
  [[nodiscard]] std::string_view shard_id(ShardNumber number) const {
    return number == no_shard ? std::string_view{} : std::string_view{numbers_.id_of(number)};
  }
  /// Requests on their way.
  [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_; }
  /// User records that failed an attempt and were taken up again; one counts for each time.
  [[nodiscard]] std::uint64_t retried() const noexcept { return retried_; }
  /// Largest user record that the stream takes, as far as that is known.
  [[nodiscard]] std::optional<std::uint64_t> record_limit() const;

 private:
  struct Undecided {
    BatchPtr batch;
    Attempt attempt;
  };

  // Placing (stream_pipeline.cpp).
  [[nodiscard]] PlacementMode mode(TimePoint now) const;
  void replan(TimePoint now);
  void place(BatchPtr batch, TimePoint now);
  void place_again(std::vector<BatchPtr> batches, TimePoint now);
  [[nodiscard]] ShardNumber shard_for(const Batch& batch) const;
  [[nodiscard]] BatchLimits batch_limits() const;
  void send_on(BatchPtr batch, TimePoint now);
  void unpack(BatchPtr batch, TimePoint deadline);
  [[nodiscard]] Attempt end_without_try(std::string_view code, std::string message, TimePoint now) const;
  void give_up(BatchPtr batch, std::string_view code, std::string message, TimePoint now);
  void expire(TimePoint now);
  void expire_members(BatchPtr batch, TimePoint deadline, TimePoint now);

  // Answers (stream_pipeline_answers.cpp).
  [[nodiscard]] Attempt attempt_of(const Request& request, TimePoint now) const;
  [[nodiscard]] Attempt failed_attempt(const Request& request, const RequestFailure& failure, TimePoint now) const;
  void judge(BatchPtr batch, const codec::AnswerEntry& entry, const Request& request, TimePoint now);
  void stored_elsewhere(BatchPtr batch, Attempt attempt, Verdict verdict, const Request& request, TimePoint now);
  void decide_undecided(TimePoint now);
  void undecided_expired(TimePoint now);
  [[nodiscard]] static Attempt misplaced(Attempt attempt);
  [[nodiscard]] static Attempt stayed_undecided(Attempt attempt);
  void retry(BatchPtr batch, Attempt attempt, TimePoint now);
  void settle(BatchPtr batch, Attempt attempt);
  void fail_all(Request request, const RequestFailure& failure, TimePoint now);
  void retry_all(Request request, const RequestFailure& failure, TimePoint now);
  void not_found(Request request, const RequestFailure& failure, TimePoint now);
  void halve(Request request, const RequestFailure& failure, TimePoint now);
  void prediction_failed(const Request& request);
  /// `judge_stored`, but that a lone record in a frame, sent without a prediction to a stream whose shards may not be
  /// listed, is taken for well placed, as on every stream that goes by key: nothing will ever decide it.
  [[nodiscard]] Verdict judge_place(const Batch& batch, const TakenBy& shard) const noexcept;
  /// The stream may be another one than before: nothing that is known of its shards holds any more...
  void forget_shards() noexcept;
  /// ... and they are asked for at once.
  void list_anew(TimePoint now);

  std::string name_;
  StreamSettings settings_;
  Limiter limiter_;
  Collector collector_;
  std::vector<BatchPtr> admitted_;  ///< Empty but within `tick`, which need not allocate.
  Backoff backoff_;
  ShardNumbers numbers_;
  ShardMapRefresh refresh_;
  StrategyWatch watch_;

  std::shared_ptr<const ShardMap> map_;
  PlacementPlan plan_;
  bool hurry_ = false;
  std::size_t in_flight_ = 0;
  std::uint64_t retried_ = 0;
  /// What DescribeStreamSummary told last of the stream's creation.
  std::string created_;
  /// ListShards said last that there is no such stream.
  bool list_not_found_ = false;
  /// After the service said that there is no such stream: when it said so first.
  std::optional<TimePoint> not_found_at_;
  /// Whether nothing could be learned of the shards, and it was said.
  bool warned_raw_ = false;
  /// Batches that wait for the first plan, or for a newer map.
  std::vector<BatchPtr> parked_;
  std::vector<Undecided> undecided_;
  /// Halves of a request that the service refused: sent as they are, before anything else.
  std::deque<std::vector<BatchPtr>> halves_;
  std::vector<Effect> effects_;
};

}  // namespace aiokpl::pipeline
