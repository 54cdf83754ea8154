#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "producer/engine.hpp"
#include "producer/engine_settings.hpp"
#include "producer/record_check.hpp"

// What callers do on their own threads: check, take places or wait for them, and pack.
namespace aiokpl::detail {

namespace {

using pipeline::TimePoint;

/// Back-pressure counts this beside a record's data and key: what the library itself keeps of it.
constexpr std::size_t record_overhead = pipeline::BackPressure::bytes_per_record;

std::size_t bytes_of(const Record& record) noexcept {
  return sent_size(record) + record_overhead;
}

// The caller's records may lie in memory that is in no cache; it is called near ahead of its turn.
void expect_data(const Record& record) noexcept {
  codec::expect(record.data.bytes());
}
void expect_key(const Record& record) noexcept {
  if (record.partition_key) codec::expect(std::as_bytes(std::span{*record.partition_key}), 64);
}
/// So many records of a bulk put are looked ahead for their keys, which are checked one after the other.
constexpr std::size_t keys_ahead = 8;

/// Records of a bulk put that are admitted together.
constexpr std::size_t most_in_slice = std::min(most_hashed_at_once, Grouping::most_records);

/// What a thread remembers of its last put, so that the next one to the same stream finds its way without a lock that
/// all callers share. Engines are known by a number, which is never given twice.
struct LastPut {
  std::uint64_t engine = 0;
  Stream* stream = nullptr;
  OpenBatches<BriefLock>::Sight sight;
};
thread_local LastPut last_put;

/// A record as the open batches take it, with what it views.
class PutParts {
 public:
  PutParts(const Record& record, HashKey hash_key) : data_{record.data.bytes()} {
    // Field by field: what is made as a whole is cleared first, with an instruction that waits for all that was written
    // before. Most records have neither explicit hash key nor tags; copying what the caller has just written in smaller
    // parts would wait, too (see Batch::add_record).
    if (const auto key = sent_key(record)) parts_.partition_key.emplace(*key);
    parts_.hash_key = hash_key;
    parts_.data = {&data_, 1};
    parts_.data_size = data_.size();
    if (record.explicit_hash_key) parts_.explicit_hash_key.emplace(*record.explicit_hash_key);
    if (!record.tags.empty()) parts_.tags = record.tags;
  }
  PutParts(const PutParts&) = delete;
  PutParts& operator=(const PutParts&) = delete;
  ~PutParts() = default;
  [[nodiscard]] const pipeline::RecordParts& get() const noexcept { return parts_; }

 private:
  pipeline::Piece data_;
  pipeline::RecordParts parts_;
};

}  // namespace

/// A thread that waits for places.
class Engine::ThreadWaiter final : public PlaceWaiter {
 public:
  ThreadWaiter(pipeline::StreamUsage& usage, std::size_t record_count, std::size_t byte_count) {
    stream = &usage;
    records = record_count;
    bytes = byte_count;
  }
  void admitted() override { end(State::admitted); }
  void refused() override { end(State::refused); }
  /// `lock` holds the engine's lock for places. False when the producer was closed.
  bool wait(std::unique_lock<std::mutex>& lock) {
    changed_.wait(lock, [this] { return state_ != State::waiting; });
    return state_ == State::admitted;
  }

 private:
  enum class State { waiting, admitted, refused };
  void end(State state) {
    state_ = state;
    changed_.notify_one();
  }

  std::condition_variable changed_;
  State state_ = State::waiting;
};

Stream& Engine::check(const Record& record) {
  check_record(record);
  if (closing_.load(std::memory_order_relaxed)) throw ProducerClosed{};  // the lock for places has the last word
  Stream& stream = find_stream(record.stream);
  check_size(record, stream.record_limit.load(std::memory_order_relaxed));
  check_tags(record, stream.refuses_tags.load(std::memory_order_relaxed));
  return stream;
}

void Engine::check_all(std::span<const Record> records) {
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (i + keys_ahead < records.size()) expect_key(records[i + keys_ahead]);
    check(records[i]);
  }
}

Stream& Engine::find_stream(std::string_view name) {
  if (last_put.engine == number_ && last_put.stream->name == name) return *last_put.stream;
  const std::lock_guard lock{mutex_};
  Stream& stream = stream_locked(name);
  last_put = {number_, &stream, {}};
  return stream;
}

Stream& Engine::stream_locked(std::string_view name) {
  if (const auto known = streams_.find(name); known != streams_.end()) return *known->second;
  const pipeline::StreamSettings settings = stream_settings(config_, system_time_);
  auto stream = std::make_unique<Stream>(std::string{name}, settings, now(), random_seed_ + streams_.size(), batches_);
  stream->record_limit = stream->pipeline.record_limit().value_or(largest_record);
  stream->refuses_tags =
      !config_.aggregation_enabled || config_.record_distribution_strategy == DistributionStrategy::automatic;
  Stream& made = *stream;
  streams_.emplace(made.name, std::move(stream));
  return made;
}

// A key is hashed before its record has a place: the lock for places waits until what the last put wrote is out of the
// processor, and hashing, which writes next to nothing, is the time for that. The data comes near meanwhile.
std::optional<Outcome> Engine::try_put(const Record& record) {
  expect_data(record);
  Stream& stream = check(record);
  const HashKey hash_key = hash_key_of(record);
  if (!admit(stream, 1, bytes_of(record))) return std::nullopt;
  return take_in(stream, record, hash_key);
}

bool Engine::admit(Stream& stream, std::size_t records, std::size_t bytes) {
  const std::lock_guard lock{mutex_};
  if (closed_) throw ProducerClosed{};
  return places_.admit(stream.usage, records, bytes);
}

Outcome Engine::put(const Record& record) {
  expect_data(record);
  Stream& stream = check(record);
  const HashKey hash_key = hash_key_of(record);
  wait_for_places(stream, 1, bytes_of(record));
  return take_in(stream, record, hash_key);
}

std::vector<Outcome> Engine::put_many(std::span<const Record> records) {
  check_all(records);
  std::vector<Outcome> outcomes;
  outcomes.reserve(records.size());
  while (!records.empty()) {
    const Slice slice = next_slice(records);
    // Where there is no room for the whole slice, its first record waits: a large slice would not fit into a small
    // share.
    std::size_t count = slice.count;
    if (!admit(*slice.stream, slice.count, slice.bytes)) {
      count = 1;
      wait_for_places(*slice.stream, 1, bytes_of(records.front()));
    }
    take_in(*slice.stream, records.first(count), outcomes);
    records = records.subspan(count);
  }
  return outcomes;
}

Engine::Slice Engine::next_slice(std::span<const Record> records) {
  // A quarter of the limits at the most, so that a slice finds room long before everything has ended.
  const std::size_t most_records = std::clamp<std::uint64_t>(config_.max_outstanding_records / 4, 1, most_in_slice);
  const std::uint64_t most_bytes = config_.max_outstanding_bytes / 4;
  Slice slice;
  slice.stream = &find_stream(records.front().stream);
  for (const Record& record : records) {
    const std::size_t bytes = bytes_of(record);
    const bool fits = slice.count == 0 || (slice.count < most_records && slice.bytes + bytes <= most_bytes);
    if (!fits || record.stream != records.front().stream) break;
    ++slice.count;
    slice.bytes += bytes;
  }
  return slice;
}

void Engine::wait_for_places(Stream& stream, std::size_t records, std::size_t bytes) {
  std::shared_ptr<Engine> kept;  // outlives the lock
  std::unique_lock lock{mutex_};
  if (closed_) throw ProducerClosed{};
  if (places_.admit(stream.usage, records, bytes)) return;
  // The producer may be gone when this thread, told of its end, gets to run again.
  kept = shared_from_this();
  ThreadWaiter waiter{stream.usage, records, bytes};
  places_.wait(waiter);
  waiting_.insert(&waiter);
  lock.unlock();
  post(&stream, nullptr, TimePoint::min());  // full queues never wait for a timer
  lock.lock();
  if (!waiter.wait(lock)) throw ProducerClosed{};
}

void Engine::advance(const std::shared_ptr<PendingPuts>& pending) {
  while (!pending->remaining().empty()) {
    const Slice slice = next_slice(pending->remaining());
    {
      const std::lock_guard lock{mutex_};
      if (closed_) {
        pending->finish(true);
        return;
      }
      if (!places_.admit(slice.stream->usage, slice.count, slice.bytes)) {
        // For the first record only: a large slice would not fit into a small share.
        pending->target = slice.stream;
        pending->stream = &slice.stream->usage;
        pending->records = 1;
        pending->bytes = bytes_of(pending->remaining().front());
        pending->queued = pending;
        places_.wait(*pending);
        waiting_.insert(pending.get());
      }
    }
    if (pending->queued) {
      post(slice.stream, nullptr, TimePoint::min());
      return;
    }
    take_in_slice(*pending, slice);
  }
  pending->finish(false);
}

void Engine::take_in_slice(PendingPuts& pending, const Slice& slice) {
  const bool taken =
      pending.copy([&] { take_in(*slice.stream, pending.remaining().first(slice.count), pending.outcomes()); });
  if (!taken) release_places(*slice.stream, slice.count, slice.bytes);
}

void Engine::admitted(PendingPuts& pending) {
  admitted_.push_back(std::move(pending.queued));
}

void Engine::release_places(Stream& stream, std::size_t records, std::size_t bytes) {
  const std::lock_guard lock{mutex_};
  places_.release(stream.usage, records, bytes);
  serve_waiters();
}

void Engine::serve_waiters() {
  while (pipeline::Waiter* next = places_.next_admissible()) {
    auto* waiter = static_cast<PlaceWaiter*>(next);
    waiting_.erase(waiter);
    waiter->admitted();
  }
}

void Engine::withdraw(PendingPuts& pending) {
  std::shared_ptr<PendingPuts> last_reference;
  const std::lock_guard lock{mutex_};
  if (!pending.queued) return;
  places_.withdraw(pending);
  waiting_.erase(&pending);
  last_reference = std::move(pending.queued);
  serve_waiters();  // it may have stood in the way of others
}

Outcome Engine::take_in(Stream& stream, const Record& record, HashKey hash_key) {
  const TimePoint now = this->now();
  const PutParts parts{record, hash_key};
  auto put = stream.open.put(parts.get(), now, buffering_ends(now), std::nullopt, sight_of(stream));
  Outcome outcome{FateHandle{put.fate.block, put.fate.index}};
  hand_over(stream, std::move(put.closed_before));
  hand_over(stream, std::move(put.closed_full));
  announce(stream, put.earliest);
  return outcome;
}

void Engine::take_in(Stream& stream, std::span<const Record> records, std::vector<Outcome>& outcomes) {
  for (const Record& record : records)
    expect_data(record);
  std::array<HashKey, most_in_slice> hash_keys;
  hash_keys_of(records, hash_keys);
  std::array<const HashKey*, most_in_slice> places;
  for (std::size_t i = 0; i < records.size(); ++i)
    places[i] = sent_key(records[i]) ? &hash_keys[i] : nullptr;
  const std::size_t before = outcomes.size();
  outcomes.resize(before + records.size());
  std::optional<PutParts> parts;
  const auto parts_of = [&](std::size_t i) -> const pipeline::RecordParts& {
    return parts.emplace(records[i], hash_keys[i]).get();
  };
  const auto took = [&](std::size_t i, pipeline::FateRef fate) {
    outcomes[before + i] = Outcome{FateHandle{fate.block, fate.index}};
  };
  const TimePoint now = this->now();
  auto puts = stream.open.put_many(std::span{places}.first(records.size()), now, buffering_ends(now), parts_of, took,
                                   sight_of(stream));
  for (pipeline::BatchPtr& closed : puts.closed)
    hand_over(stream, std::move(closed));
  announce(stream, puts.earliest);
}

TimePoint Engine::buffering_ends(TimePoint now) const {
  return pipeline::later(now, std::min(config_.record_max_buffered_time, config_.record_ttl));
}

OpenBatches<BriefLock>::Sight& Engine::sight_of(Stream& stream) const {
  if (last_put.engine != number_ || last_put.stream != &stream) last_put = {number_, &stream, {}};
  return last_put.sight;
}

void Engine::hand_over(Stream& stream, pipeline::BatchPtr closed) {
  if (!closed) return;
  const TimePoint due = closed->deadline;
  post(&stream, std::move(closed), due);
}

void Engine::announce(Stream& stream, TimePoint earliest) {
  // A producer that is closing takes what came in at the last moment along at once.
  if (closing_.load(std::memory_order_seq_cst)) {
    post(&stream, nullptr, TimePoint::min());
  } else if (earliest != pipeline::never) {
    post(&stream, nullptr, earliest);
  }
}

}  // namespace aiokpl::detail
