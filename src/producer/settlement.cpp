#include <algorithm>
#include <utility>
#include <variant>

#include "pipeline/batch_reader.hpp"
#include "producer/engine.hpp"
#include "producer/engine_settings.hpp"
#include "producer/in_flight.hpp"

// What the pipelines want done, and the ends of records: fates, places, flushes, failures.
namespace aiokpl::detail {

namespace {

using pipeline::AttemptList;
using pipeline::TimePoint;

/// How long a close waits for the metrics sink.
constexpr std::chrono::seconds longest_last_export{5};

constexpr std::uint64_t record_overhead = pipeline::BackPressure::bytes_per_record;

FailedRecord failed_record(const Stream& stream, const pipeline::BatchReader& reader) {
  const pipeline::RecordParts& parts = reader.parts();
  FailedRecord failed{.stream = stream.name};
  if (parts.partition_key) failed.partition_key = *parts.partition_key;
  if (parts.explicit_hash_key) failed.explicit_hash_key = *parts.explicit_hash_key;
  failed.data.reserve(parts.data_size);
  for (const pipeline::Piece piece : parts.data)
    failed.data.insert(failed.data.end(), piece.begin(), piece.end());
  for (const Tag& tag : parts.tags) {
    failed.tags.push_back({std::string{tag.key}, tag.value ? std::optional<std::string>{*tag.value} : std::nullopt});
  }
  return failed;
}

}  // namespace

void Engine::hand_in(Stream& stream, std::vector<pipeline::BatchPtr> closed, TimePoint now) {
  for (pipeline::BatchPtr& batch : closed)
    hand_in(stream, std::move(batch), now);
}

void Engine::hand_in(Stream& stream, pipeline::BatchPtr batch, TimePoint now) {
  if (batch->home != nullptr) {
    batch->home->close(batch->home_count(), stream.flush_round);
    stream.unsettled[stream.flush_round] += batch->home_count();
  }
  if (aborting_) {
    settle_aborted(stream, std::move(batch), now);
  } else {
    stream.pipeline.closed(std::move(batch), now);
  }
}

void Engine::apply_effects(Stream& stream, TimePoint now) {
  std::vector<pipeline::Effect> effects = std::exchange(spare_effects_, {});
  for (;;) {
    stream.pipeline.take_effects(effects);
    if (effects.empty()) break;
    for (pipeline::Effect& effect : effects) {
      std::visit([&](auto& wanted) { apply(stream, std::move(wanted), now); }, effect);
    }
  }
  spare_effects_ = std::move(effects);  // empty again
}

void Engine::apply(Stream& stream, pipeline::Settled settled, TimePoint now) {
  pipeline::Batch& batch = *settled.batch;
  if (recorder_) recorder_->settled(stream, batch, settled.success, now);
  const std::uint32_t count = batch.count();
  const bool told_singly = !settled.success && failure_handler();
  release_places(stream, count, batch.user_size() + count * record_overhead);
  if (batch.is_whole_home() && !told_singly) {
    count_settled(stream, *batch.home, count);
    batch.home->settle_all(batch.attempts, settled.success, wake_ups_);
    return;
  }
  pipeline::BatchReader reader{batch};
  while (reader.next())
    settle_record(stream, reader, batch.attempts, settled.success);
}

void Engine::apply(Stream& stream, pipeline::Unpacked unpacked, TimePoint now) {
  pipeline::Batch& batch = *unpacked.batch;
  AttemptList expired = batch.attempts;
  if (unpacked.expiry) expired.add(unpacked.expiry);
  std::vector<pipeline::BatchPtr> closed;
  pipeline::BatchReader reader{batch};
  while (reader.next()) {
    const pipeline::Member& member = reader.member();
    if (member.arrived <= unpacked.expired_arrivals) {
      if (recorder_) recorder_->expired(stream, batch, member, expired.total(), now);
      release_places(stream, 1, member.size + record_overhead);
      settle_record(stream, reader, expired, false);
      continue;
    }
    member.block->add_history(member.index, batch.attempts);
    pipeline::RecordParts parts = reader.parts();
    parts.hash_key = pipeline::placing_hash_key(parts);
    auto put = stream.open.put(parts, member.arrived, unpacked.deadline, pipeline::FateRef{member.block, member.index});
    pipeline::take_closed(put, closed);
  }
  hand_in(stream, std::move(closed), now);
  stream.wake = TimePoint::min();
}

void Engine::apply(Stream& stream, pipeline::Planned planned, TimePoint now) {
  stream.record_limit = stream.pipeline.record_limit().value_or(largest_record);
  stream.refuses_tags = !config_.aggregation_enabled || planned.plan.mode == pipeline::PlacementMode::automatic;
  std::vector<pipeline::BatchPtr> closed;
  stream.open.install(std::move(planned.plan), closed);
  hand_in(stream, std::move(closed), now);
}

void Engine::apply(Stream& /*stream*/, const pipeline::Warned& warned, TimePoint /*now*/) {
  voice_->say(LogLevel::warning, warned.key, warned.message);
}

void Engine::apply(Stream& stream, const pipeline::Misplaced& misplaced, TimePoint now) {
  if (recorder_) recorder_->misplaced(stream, misplaced.shard_id, now);
}

void Engine::settle_record(Stream& stream, const pipeline::BatchReader& reader, const AttemptList& attempts,
                           bool success) {
  const pipeline::Member& member = reader.member();
  count_settled(stream, *member.block, 1);
  if (success || !failure_handler()) {
    member.block->settle_one(member.index, attempts, success, wake_ups_);
    return;
  }
  FailedRecord failed = failed_record(stream, reader);
  member.block->add_reference();
  const FateHandle fate{member.block, member.index};
  member.block->settle_one(member.index, attempts, success, wake_ups_);
  failed.result = fate.result();
  failures_.push_back(std::move(failed));
}

void Engine::settle_aborted(Stream& stream, pipeline::BatchPtr batch, TimePoint now) {
  aborted_ += batch->count();
  const auto moment = system_time_.at(now);
  batch->attempts.add(std::make_shared<const Attempt>(
      Attempt{.started_at = moment,
              .ended_at = moment,
              .error_code = std::string{error_code::aborted},
              .error_message = "The producer was closed before the record reached its end"}));
  apply(stream, pipeline::Settled{std::move(batch), false}, now);
}

void Engine::count_settled(Stream& stream, const FateBlock& block, std::uint64_t records) {
  const auto round = stream.unsettled.find(block.flush_round());
  round->second -= records;
  if (round->second == 0) stream.unsettled.erase(round);
}

void Engine::start_flush(const std::optional<std::string>& name, std::shared_ptr<PendingFlush> pending, TimePoint now) {
  auto flush = std::make_unique<Flush>();
  flush->pending = std::move(pending);
  for (Stream* stream : active_) {
    if (name && stream->name != *name) continue;
    std::vector<pipeline::BatchPtr> closed;
    stream->open.close_all(closed);
    hand_in(*stream, std::move(closed), now);
    flush->targets.push_back({stream, stream->flush_round++});
    ++stream->flushes;
    stream->pipeline.set_hurry(true);
    stream->wake = TimePoint::min();
  }
  flushes_.push_back(std::move(flush));
}

void Engine::start_close(TimePoint limit, std::shared_ptr<PendingFlush> pending, TimePoint now) {
  close_limit_ = std::min(close_limit_, limit);
  start_flush(std::nullopt, std::move(pending), now);
  flushes_.back()->closing = true;
}

void Engine::abort_all(TimePoint now) {
  close_limit_ = pipeline::never;
  aborting_ = true;
  for (auto& [id, sent] : std::exchange(in_flight_, {})) {
    client_->cancel(id);
    if (!sent->request) continue;
    pacer_.ended(now);
    for (pipeline::BatchPtr& batch : sent->request->batches)
      settle_aborted(*sent->stream, std::move(batch), now);
  }
  for (Stream* stream : active_) {
    std::vector<pipeline::BatchPtr> closed;
    stream->open.close_all(closed);
    hand_in(*stream, std::move(closed), now);
    for (pipeline::BatchPtr& batch : stream->pipeline.take_all())
      settle_aborted(*stream, std::move(batch), now);
  }
}

void Engine::finish_flushes(TimePoint now) {
  const auto over = [this, now](const Flush& flush) {
    if (flush.closing && (outstanding_records() != 0 || !last_export_is_over(now))) return false;
    return std::ranges::all_of(flush.targets, [](const Flush::Target& target) {
      const auto& unsettled = target.stream->unsettled;
      return unsettled.empty() || unsettled.begin()->first > target.round;
    });
  };
  std::erase_if(flushes_, [&](const std::unique_ptr<Flush>& flush) {
    if (!over(*flush)) return false;
    for (const Flush::Target& target : flush->targets) {
      if (--target.stream->flushes == 0) target.stream->pipeline.set_hurry(false);
    }
    flush->pending->settled(flush->pending, {.aborted = flush->closing ? aborted_ : 0});
    return true;
  });
}

bool Engine::last_export_is_over(TimePoint now) {
  if (!exporter_ || exporter_->finished()) {
    last_export_limit_ = pipeline::never;
    return true;
  }
  if (last_export_limit_ == pipeline::never) {
    last_export_limit_ = pipeline::later(now, longest_last_export);
    exporter_->finish([weak = weak_from_this()] {
      if (const auto engine = weak.lock()) engine->command([] {});
    });
    return false;
  }
  if (now < last_export_limit_) return false;
  voice_->say(LogLevel::warning, "metrics/last",
              "the metrics sink did not take the last export in time: it is left behind");
  last_export_limit_ = pipeline::never;
  exporter_.reset();
  return true;
}

std::shared_ptr<const Engine::FailureHandler> Engine::failure_handler() {
  const std::lock_guard lock{handler_mutex_};
  return failure_handler_;
}

void Engine::tell_failures() {
  if (failures_.empty()) return;
  auto failures = std::make_shared<const std::vector<FailedRecord>>(std::exchange(failures_, {}));
  const auto handler = failure_handler();
  if (!handler) return;
  dispatcher().dispatch_here([handler, failures, running = dispatcher_] {
    for (const FailedRecord& failed : *failures) {
      running->guarded([&] { (*handler)(failed); });
    }
  });
}

}  // namespace aiokpl::detail
