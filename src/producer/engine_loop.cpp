#include <algorithm>
#include <utility>

#include "producer/engine.hpp"
#include "producer/in_flight.hpp"

// The engine's thread: what it does when it is awake, and until when it sleeps.
namespace aiokpl::detail {

namespace {

using pipeline::TimePoint;

/// A producer that has had nothing to do for so long gives its free memory back.
constexpr std::chrono::seconds rest_before_trim{1};
constexpr std::chrono::hours longest_sleep{1};
/// While it is awake anyway, its states are looked at so often for the metrics.
constexpr std::chrono::seconds between_looks{1};

}  // namespace

void Engine::run() {
  while (turn()) {
  }
}

bool Engine::turn() {
  const TimePoint start = now();
  drain_inbox(start);
  if (credentials_changed_.exchange(false)) go_on_with_credentials(start);
  if (recorder_ && start >= next_look_) look(start);
  give_up_overdue(start);
  if (close_limit_ <= start) abort_all(start);
  for (std::size_t i = 0; i < active_.size(); ++i) {
    if (active_[i]->wake <= start) drive(*active_[i], start);
  }
  close_for_blocked_callers(start);
  send_requests(start);
  finish_round(start);
  if (may_stop()) {
    // A command that came in at the last moment is answered, too.
    drain_inbox(start);
    finish_round(start);
    return false;
  }
  sleep(start);
  for (aws::Completion& completion : completions_)
    complete(completion, now());
  completions_.clear();
  return true;
}

void Engine::drain_inbox(TimePoint now) {
  std::vector<Parcel> parcels = std::exchange(spare_parcels_, {});
  std::vector<Command> commands;
  {
    const std::lock_guard lock{inbox_mutex_};
    parcels.swap(inbox_);
    commands.swap(commands_);
    inbox_bytes_ = 0;
  }
  for (std::size_t i = 0; i < parcels.size(); ++i) {
    if (i + pipeline::batches_ahead < parcels.size()) {
      if (const auto& later = parcels[i + pipeline::batches_ahead].batch) pipeline::expect(*later);
    }
    Parcel& parcel = parcels[i];
    Stream& stream = *parcel.stream;
    if (!stream.known) {
      stream.known = true;
      active_.push_back(&stream);
    }
    stream.wake = TimePoint::min();
    if (!parcel.batch) continue;
    hand_in(stream, std::move(parcel.batch), now);
  }
  parcels.clear();
  spare_parcels_ = std::move(parcels);
  for (const Command& command : commands)
    command();
}

void Engine::go_on_with_credentials(TimePoint now) {
  if (!without_credentials_ || client_->awaits_credentials()) return;
  without_credentials_ = false;
  for (Stream* stream : active_) {
    stream->pipeline.try_now(now);
    stream->wake = TimePoint::min();
  }
}

void Engine::look(TimePoint now) {
  next_look_ = now + between_looks;
  std::vector<MetricsRecorder::Look> looks;
  looks.reserve(active_.size());
  for (Stream* stream : active_) {
    const TimePoint oldest = oldest_record(*stream);
    looks.push_back({stream, 0, oldest == pipeline::never ? pipeline::Duration{0} : now - oldest});
  }
  {
    const std::lock_guard lock{mutex_};
    for (MetricsRecorder::Look& one : looks)
      one.pending = one.stream->usage.records;
  }
  recorder_->look(looks, now);
}

void Engine::drive(Stream& stream, TimePoint now) {
  const bool hurry = stream.flushes != 0 || closing_.load();
  std::vector<pipeline::BatchPtr> closed;
  if (hurry) {
    stream.open.close_all(closed);
  } else {
    stream.open.close_due(now, config_.record_max_buffered_time, config_.collection_max_count,
                          config_.collection_max_size, closed);
  }
  hand_in(stream, std::move(closed), now);
  stream.pipeline.tick(now);
  apply_effects(stream, now);
  inquire(stream, now);
  // What was packed anew meanwhile may be due already: then it is this stream's turn again at once.
  const TimePoint earliest = stream.open.earliest();
  if (hurry && earliest != pipeline::never) {
    stream.wake = TimePoint::min();
  } else if (aborting_) {
    stream.wake = pipeline::never;  // nothing is left in the pipeline, and its questions are not asked any more
  } else {
    stream.wake = std::min(stream.pipeline.next_tick(now, describe_budget_), earliest);
  }
}

void Engine::inquire(Stream& stream, TimePoint now) {
  if (aborting_) return;
  while (const auto inquiry = stream.pipeline.next_inquiry(now, describe_budget_)) {
    auto sent = std::make_unique<InFlight>();
    sent->stream = &stream;
    sent->inquiry = *inquiry;
    aws::CallId id = 0;
    if (const auto* list = std::get_if<pipeline::ListCall>(&*inquiry)) {
      id = client_->list_shards({.stream = stream.name,
                                 .filter = list->include_closed ? aws::ShardFilter::none : aws::ShardFilter::at_latest,
                                 .next_token = list->next_token});
    } else {
      id = client_->describe_stream_summary(stream.name);
    }
    in_flight_.emplace(id, std::move(sent));
  }
}

void Engine::close_for_blocked_callers(TimePoint now) {
  {
    const std::lock_guard lock{mutex_};
    if (!places_.has_waiters()) return;
  }
  // Places come back when requests end. A stream that has none under way gets its next one at once, instead of at its
  // deadline.
  for (Stream* stream : active_) {
    if (stream->pipeline.in_flight() != 0) continue;
    std::vector<pipeline::BatchPtr> closed;
    stream->open.close_all(closed);
    if (!closed.empty()) {
      hand_in(*stream, std::move(closed), now);
      drive(*stream, now);
    }
    stream->pipeline.hurry_once();
  }
}

void Engine::take_in_admitted() {
  for (;;) {
    std::vector<std::shared_ptr<PendingPuts>> admitted;
    {
      const std::lock_guard lock{mutex_};
      admitted.swap(admitted_);
    }
    if (admitted.empty()) return;
    for (const auto& pending : admitted) {
      take_in_slice(*pending, {pending->target, pending->records, pending->bytes});
      advance(pending);
    }
  }
}

void Engine::finish_round(TimePoint now) {
  take_in_admitted();
  tell_failures();
  wake_ups_.dispatch(dispatcher_);
  finish_flushes(now);
  const bool resting = in_flight_.empty() && outstanding_records() == 0;
  if (!resting) {
    trim_at_ = pipeline::never;
    rested_ = false;
  } else if (!rested_) {
    rested_ = true;
    trim_at_ = now + rest_before_trim;
  } else if (trim_at_ <= now) {
    trim_at_ = pipeline::never;
    idle_sealers_.clear();
    spare_parcels_.shrink_to_fit();
    spare_effects_.shrink_to_fit();
    {
      const std::lock_guard lock{inbox_mutex_};
      inbox_.shrink_to_fit();
    }
    batches_.trim();
  }
}

void Engine::sleep(TimePoint now) {
  const TimePoint wake = next_wake(now);
  bool awaited = false;
  {
    const std::lock_guard lock{inbox_mutex_};
    awaited = inbox_.empty() && commands_.empty();
    if (awaited) sleeping_until_ = wake;
  }
  const TimePoint start = this->now();
  const auto wait =
      awaited && wake > start ? std::min<pipeline::Duration>(wake - start, longest_sleep) : pipeline::Duration{0};
  client_->poll(wait, completions_);
  const std::lock_guard lock{inbox_mutex_};
  sleeping_until_ = TimePoint::min();
}

TimePoint Engine::next_wake(TimePoint now) {
  TimePoint wake = std::min({close_limit_, trim_at_, last_export_limit_});
  const bool may_send = pacer_.may_start() && !aborting_;
  for (const Stream* stream : active_) {
    wake = std::min(wake, stream->wake);
    if (may_send) wake = std::min(wake, stream->pipeline.request_due());
  }
  for (const auto& [id, sent] : in_flight_)
    wake = std::min(wake, sent->limit);
  return std::max(wake, now);
}

bool Engine::may_stop() {
  if (!stop_when_settled_ || !flushes_.empty() || outstanding_records() != 0) return false;
  const std::lock_guard lock{inbox_mutex_};
  if (!inbox_.empty() || !commands_.empty()) return false;
  inbox_closed_ = true;
  return true;
}

TimePoint Engine::oldest_record() const {
  TimePoint oldest = pipeline::never;
  for (const Stream* stream : active_)
    oldest = std::min(oldest, oldest_record(*stream));
  return oldest;
}

TimePoint Engine::oldest_record(const Stream& stream) const {
  TimePoint oldest = std::min(stream.open.oldest(), stream.pipeline.oldest());
  for (const auto& [id, sent] : in_flight_) {
    if (sent->request && sent->stream == &stream) oldest = std::min(oldest, sent->request->oldest());
  }
  return oldest;
}

}  // namespace aiokpl::detail
