#include "producer/metrics_recorder.hpp"

#include <algorithm>
#include <array>

#include <aiokpl/result.hpp>

#include "metrics/tally.hpp"
#include "producer/fate.hpp"

namespace aiokpl::detail {
namespace {

using metrics::MetricId;
using metrics::TimeTally;
using metrics::Totals;
using pipeline::Batch;
using pipeline::Member;
using pipeline::TimePoint;

/// These the library says itself, in place of a try: they are errors of no answer.
bool says_no_try(std::string_view code) noexcept {
  constexpr std::array codes{error_code::expired, error_code::aborted, error_code::tags_not_supported,
                             error_code::record_too_large};
  return std::ranges::find(codes, code) != codes.end();
}

/// 1 for each that did, 0 for each that did not.
Totals done_or_not(bool done, std::uint64_t times) {
  Totals totals;
  totals.add(done ? 1 : 0, times);
  return totals;
}

/// What the ends of records come to.
class Ends {
 public:
  /// Of records that ended now, with a batch with which so many attempts were made.
  Ends(std::uint64_t attempts, TimePoint now) noexcept : attempts_{attempts}, now_{now} {}

  void add(const Member& member) {
    ++records_;
    delivery_.add(now_ - member.arrived);
    bytes_ += member.size;
    least_ = std::min(least_, member.size);
    most_ = std::max(most_, member.size);
    if (const pipeline::AttemptList* history = member.block->history(member.index)) {
      ++with_history_;
      retries_.add(static_cast<double>(std::max<std::uint64_t>(attempts_ + history->total(), 1) - 1));
    }
  }
  [[nodiscard]] std::uint64_t records() const noexcept { return records_; }
  void record(metrics::Registry& registry, metrics::Meter& meter, bool success) const {
    registry.add(meter, MetricId::user_records_put, done_or_not(success, records_));
    if (success) {
      registry.add(meter, MetricId::user_records_data_put,
                   Totals{.count = records_,
                          .sum = static_cast<double>(bytes_),
                          .min = static_cast<double>(least_),
                          .max = static_cast<double>(most_),
                          .last = static_cast<double>(most_)});
    }
    Totals retries = retries_;
    retries.add(static_cast<double>(std::max<std::uint64_t>(attempts_, 1) - 1), records_ - with_history_);
    registry.add(meter, MetricId::retries_per_record, retries);
    registry.add(meter, MetricId::delivery_time, delivery_);
  }

 private:
  std::uint64_t attempts_;
  TimePoint now_;
  std::uint64_t records_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint32_t least_ = ~std::uint32_t{0};
  std::uint32_t most_ = 0;
  TimeTally delivery_;
  /// Of those that were tried before, in batches that they have left.
  Totals retries_;
  std::uint64_t with_history_ = 0;
};

}  // namespace

std::string_view MetricsRecorder::predicted_shard(const Stream& stream, const Batch& batch) {
  return stream.pipeline.shard_id(batch.shard);
}

void MetricsRecorder::answered(const Stream& stream, const pipeline::Request& request,
                               std::span<const codec::AnswerEntry> entries, TimePoint now) {
  if (entries.size() != request.batches.size()) {
    failed(stream, request, {.code = std::string{error_code::record_count_mismatch}, .message = {}}, now);
    return;
  }
  hub_->record(now, [&](Registry& registry) {
    add_request(registry, stream, request, now);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const Batch& batch = *request.batches[i];
      const codec::AnswerEntry& entry = entries[i];
      const bool stored = entry.error_code.empty() && !entry.sequence_number.empty() && !entry.shard_id.empty();
      metrics::Meter& meter = registry.meter(stream.name, stored ? entry.shard_id : predicted_shard(stream, batch));
      add_sent(registry, meter, batch, stored, request.started);
      if (!stored) registry.add_error(meter, entry.error_code.empty() ? error_code::internal : entry.error_code);
    }
  });
}

void MetricsRecorder::failed(const Stream& stream, const pipeline::Request& request,
                             const pipeline::RequestFailure& failure, TimePoint now) {
  // A request that is refused for one of its records goes again in halves, and that was no attempt of the others.
  const bool goes_in_halves = failure.kind == pipeline::FailureKind::validation && request.batches.size() > 1;
  hub_->record(now, [&](Registry& registry) {
    add_request(registry, stream, request, now);
    registry.add_error(registry.meter(stream.name), failure.code);
    if (goes_in_halves) return;
    for (const pipeline::BatchPtr& batch : request.batches) {
      add_sent(registry, registry.meter(stream.name, predicted_shard(stream, *batch)), *batch, false, request.started);
    }
  });
}

void MetricsRecorder::add_request(Registry& registry, const Stream& stream, const pipeline::Request& request,
                                  TimePoint now) const {
  metrics::Meter& meter = registry.meter(stream.name);
  TimeTally time;
  time.add(now - request.started);
  registry.add(meter, MetricId::request_time, time);
  registry.add(meter, MetricId::kinesis_records_per_request, static_cast<double>(request.batches.size()));
  std::uint64_t records = 0;
  for (const pipeline::BatchPtr& batch : request.batches)
    records += batch->count();
  registry.add(meter, MetricId::user_records_per_request, static_cast<double>(records));
}

void MetricsRecorder::add_sent(Registry& registry, metrics::Meter& meter, const Batch& batch, bool stored,
                               TimePoint started) const {
  registry.add(meter, MetricId::kinesis_records_put, done_or_not(stored, 1));
  if (stored) {
    registry.add(meter, MetricId::kinesis_records_data_put, static_cast<double>(batch.kinesis_size()));
  }
  registry.add(meter, MetricId::user_records_per_kinesis_record, batch.count());
  TimeTally buffered;
  add_buffered(buffered, batch, started);
  registry.add(meter, MetricId::buffered_time, buffered);
}

void MetricsRecorder::add_buffered(TimeTally& tally, const Batch& batch, TimePoint started) const {
  if (!batch.attempts.empty()) {
    tally.add(system_time_.at(started) - batch.attempts.last()->ended_at, batch.count());
    return;
  }
  batch.for_each_member([&](const Member& member) {
    // Tried before, in a batch that it has left?
    const pipeline::AttemptList* history = member.block->history(member.index);
    if (history != nullptr && !history->empty()) {
      tally.add(system_time_.at(started) - history->last()->ended_at);
    } else {
      tally.add(started - member.arrived);
    }
  });
}

void MetricsRecorder::misplaced(const Stream& stream, std::string_view shard, TimePoint now) {
  hub_->record(now, [&](Registry& registry) {
    registry.add_error(registry.meter(stream.name, shard), error_code::wrong_shard);
  });
}

void MetricsRecorder::settled(Stream& stream, const Batch& batch, bool success, TimePoint now) {
  const Attempt& last = *batch.attempts.last();
  Ends ends{batch.attempts.total(), now};
  batch.for_each_member([&](const Member& member) { ends.add(member); });
  stream.ended += ends.records();
  hub_->record(now, [&](Registry& registry) {
    metrics::Meter& meter =
        registry.meter(stream.name, last.shard_id ? std::string_view{*last.shard_id} : predicted_shard(stream, batch));
    ends.record(registry, meter, success);
    if (success) return;
    if (last.error_code == error_code::expired) registry.add(meter, MetricId::expired_records, 1, ends.records());
    if (says_no_try(last.error_code)) registry.add_error(meter, last.error_code);
  });
}

void MetricsRecorder::expired(Stream& stream, const Batch& batch, const Member& member, std::uint64_t attempts,
                              TimePoint now) {
  Ends ends{attempts, now};
  ends.add(member);
  stream.ended += 1;
  hub_->record(now, [&](Registry& registry) {
    metrics::Meter& meter = registry.meter(stream.name, predicted_shard(stream, batch));
    ends.record(registry, meter, false);
    registry.add(meter, MetricId::expired_records, 1);
    registry.add_error(meter, error_code::expired);
  });
}

void MetricsRecorder::look(std::span<const Look> looks, TimePoint now) {
  hub_->record(now, [&](Registry& registry) {
    for (const Look& look : looks) {
      metrics::Meter& meter = registry.meter(look.stream->name);
      registry.add(meter, MetricId::user_records_pending, static_cast<double>(look.pending));
      TimeTally age;
      age.add(look.oldest_age);
      registry.add(meter, MetricId::oldest_record_age, age.totals());
      // Who came in has ended or is still here: nobody counts them on the way in. What was withdrawn before it was
      // taken in makes the sum smaller for a moment.
      const std::uint64_t received = look.stream->ended + look.pending;
      if (received <= look.stream->received) continue;
      const std::uint64_t fresh = received - look.stream->received;
      look.stream->received = received;
      registry.add(meter, MetricId::user_records_received, 1, fresh);
    }
  });
}

}  // namespace aiokpl::detail
