#include "producer/pending.hpp"

#include <utility>

#include <aiokpl/task.hpp>

#include "producer/engine.hpp"

namespace aiokpl::detail {

bool Suspension::suspend(std::coroutine_handle<> waiting) {
  const std::lock_guard lock{mutex_};
  if (over_) return false;
  waiting_ = waiting;
  executor_ = RunLoop::current();
  return true;
}

bool Suspension::call_back(std::function<void()> callback) {
  const std::lock_guard lock{mutex_};
  if (over_) return false;
  waiting_ = std::move(callback);
  executor_ = nullptr;
  return true;
}

bool Suspension::over() const {
  const std::lock_guard lock{mutex_};
  return over_;
}

void Suspension::finish(Dispatcher& dispatcher, const std::shared_ptr<Suspension>& self) {
  std::shared_ptr<Executor> executor;
  {
    const std::lock_guard lock{mutex_};
    over_ = true;
    if (!waiting_) return;
    executor = executor_;
  }
  // Who waits may be gone until the moment in which it is woken.
  dispatcher.dispatch_to(executor, [self] {
    std::function<void()> waiting;
    {
      const std::lock_guard lock{self->mutex_};
      waiting = std::exchange(self->waiting_, nullptr);
    }
    if (waiting) waiting();
  });
}

void Suspension::abandon() {
  const std::lock_guard lock{mutex_};
  waiting_ = nullptr;
}

OwnedRecord::OwnedRecord(const Record& record)
    : stream_{record.stream},
      partition_key_{record.partition_key},
      data_{record.data.bytes().begin(), record.data.bytes().end()},
      explicit_hash_key_{record.explicit_hash_key} {
  for (const Tag& tag : record.tags) {
    tags_.push_back({std::string{tag.key}, tag.value ? std::optional<std::string>{*tag.value} : std::nullopt});
  }
  for (const OwnedTag& tag : tags_) {
    tag_views_.push_back({tag.key, tag.value ? std::optional<std::string_view>{*tag.value} : std::nullopt});
  }
  view_ = Record{.stream = stream_,
                 .partition_key = partition_key_,
                 .data = data_,
                 .explicit_hash_key = explicit_hash_key_,
                 .tags = tag_views_};
}

PendingPuts::PendingPuts(std::shared_ptr<Engine> engine, std::span<const Record> all)
    : engine_{std::move(engine)}, records_{all} {
  outcomes_.reserve(records_.size());
}

PendingPuts::PendingPuts(std::shared_ptr<Engine> engine, std::unique_ptr<OwnedRecord> record)
    : engine_{std::move(engine)}, owned_{std::move(record)}, records_{&owned_->view(), 1} {}

std::vector<Outcome> PendingPuts::take_outcomes() {
  if (closed_) throw ProducerClosed{};
  return std::move(outcomes_);
}

void PendingPuts::withdraw() {
  suspension_->abandon();
  {
    // Waits while the engine copies: after this the caller's records may go.
    const std::lock_guard lock{copying_};
    withdrawn_ = true;
  }
  engine_->withdraw(*this);
}

bool PendingPuts::copy(const std::function<void()>& take_in) {
  const std::lock_guard lock{copying_};
  if (withdrawn_) return false;
  take_in();
  return true;
}

void PendingPuts::admitted() {
  engine_->admitted(*this);
}

void PendingPuts::refused() {
  const std::shared_ptr<PendingPuts> self = std::move(queued);
  finish(true);
}

void PendingPuts::finish(bool closed) {
  closed_ = closed;
  suspension_->finish(engine_->dispatcher(), suspension_);
}

PendingFlush::PendingFlush(std::shared_ptr<Dispatcher> dispatcher) : dispatcher_{std::move(dispatcher)} {}

CloseReport PendingFlush::report() const {
  const std::lock_guard lock{mutex_};
  return report_;
}

bool PendingFlush::wait_until(std::optional<std::chrono::steady_clock::time_point> limit) {
  // On the completion thread itself there is nothing to wait for but the engine.
  const bool inside = dispatcher_->on_completion_thread();
  const auto over = [&] { return inside ? settled_ : handed_out_; };
  std::unique_lock lock{mutex_};
  if (limit) return changed_.wait_until(lock, *limit, over);
  changed_.wait(lock, over);
  return true;
}

void PendingFlush::settled(const std::shared_ptr<PendingFlush>& self, CloseReport report) {
  {
    const std::lock_guard lock{mutex_};
    report_ = report;
    settled_ = true;
  }
  changed_.notify_all();
  dispatcher_->dispatch_here([self] {
    {
      const std::lock_guard lock{self->mutex_};
      self->handed_out_ = true;
    }
    self->changed_.notify_all();
    self->suspension_->finish(*self->dispatcher_, self->suspension_);
  });
}

}  // namespace aiokpl::detail
