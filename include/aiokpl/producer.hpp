#pragma once

#include <chrono>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <aiokpl/aggregation.hpp>
#include <aiokpl/config.hpp>
#include <aiokpl/error.hpp>
#include <aiokpl/export.hpp>
#include <aiokpl/metrics.hpp>
#include <aiokpl/outcome.hpp>
#include <aiokpl/record.hpp>

namespace aiokpl {

namespace detail {
class Engine;
class PendingPuts;
class PendingFlush;
}  // namespace detail

/// A record that failed, with all that was submitted, from the buffer that the producer still held: callers keep no
/// copy.
struct FailedRecord {
  std::string stream;
  /// Absent where the caller gave none.
  std::optional<std::string> partition_key;
  std::optional<std::string> explicit_hash_key;
  std::vector<std::byte> data;
  std::vector<OwnedTag> tags;
  RecordResult result;
};

/// How a close ended.
struct CloseReport {
  /// Records that were still outstanding at the time limit and resolved as `Aborted`.
  std::uint64_t aborted = 0;
};

/// Awaits a place for a record; ready at once while there is one.
class [[nodiscard]] AIOKPL_EXPORT PutAwaiter {
 public:
  explicit PutAwaiter(Outcome outcome) noexcept;
  explicit PutAwaiter(std::shared_ptr<detail::PendingPuts> pending) noexcept;
  PutAwaiter(const PutAwaiter&) = delete;
  PutAwaiter& operator=(const PutAwaiter&) = delete;
  /// Destroyed while it waits (or never awaited): the record that has no place yet is withdrawn.
  ~PutAwaiter();
  /// For other event loops than coroutines': calls back once, on the config's executor or the library's completion
  /// thread, when awaiting would go on; `await_resume` then takes the result. False when it would go on at once: then
  /// nothing is called. One callback; none once this is destroyed, but for one that is under way just then.
  [[nodiscard]] bool on_ready(std::function<void()> callback);

  [[nodiscard]] bool await_ready() const;
  [[nodiscard]] bool await_suspend(std::coroutine_handle<> waiting);
  /// Throws ProducerClosed if the producer was closed before there was a place.
  Outcome await_resume();

 private:
  Outcome outcome_;
  std::shared_ptr<detail::PendingPuts> pending_;
};

/// Awaits places for many records, taking them in slices as they become free.
class [[nodiscard]] AIOKPL_EXPORT BulkPutAwaiter {
 public:
  explicit BulkPutAwaiter(std::shared_ptr<detail::PendingPuts> pending) noexcept;
  BulkPutAwaiter(const BulkPutAwaiter&) = delete;
  BulkPutAwaiter& operator=(const BulkPutAwaiter&) = delete;
  /// Destroyed while it waits: the records that have no place yet are withdrawn.
  ~BulkPutAwaiter();
  /// As PutAwaiter's.
  [[nodiscard]] bool on_ready(std::function<void()> callback);

  [[nodiscard]] bool await_ready() const;
  [[nodiscard]] bool await_suspend(std::coroutine_handle<> waiting);
  std::vector<Outcome> await_resume();

 private:
  std::shared_ptr<detail::PendingPuts> pending_;
};

/// Awaits the end of a flush or a close.
class [[nodiscard]] AIOKPL_EXPORT FlushAwaiter {
 public:
  explicit FlushAwaiter(std::shared_ptr<detail::PendingFlush> pending) noexcept;
  FlushAwaiter(const FlushAwaiter&) = delete;
  FlushAwaiter& operator=(const FlushAwaiter&) = delete;
  ~FlushAwaiter();
  /// As PutAwaiter's.
  [[nodiscard]] bool on_ready(std::function<void()> callback);

  [[nodiscard]] bool await_ready() const;
  [[nodiscard]] bool await_suspend(std::coroutine_handle<> waiting);
  CloseReport await_resume() const;
  /// From a thread: blocks until it is done.
  CloseReport get() const;
  /// Blocks at most so long; nothing when the time ran out. What was asked for goes on.
  std::optional<CloseReport> get(std::chrono::nanoseconds timeout) const;

 private:
  std::shared_ptr<detail::PendingFlush> pending_;
};

/// Puts records into Kinesis Data Streams: packs them per predicted shard, paces each shard, sends, retries, and tells
/// the fate of each record. One producer serves every stream; a stream's pipeline starts with its first record.
/// Thread-safe. The operations that may wait are awaitables; SyncProducer has the blocking ones.
class AIOKPL_EXPORT Producer {
 public:
  /// Throws ConfigError. Nothing is sent before the first record.
  explicit Producer(Config config);
  Producer(Producer&&) noexcept = default;
  Producer& operator=(Producer&&) noexcept;
  /// Closes with `shutdown_timeout`. On one of the library's own threads it hands the work over and returns.
  ~Producer();

  /// Accepts a record: `Outcome outcome = co_await producer.put_record({...});`. The record is checked
  /// (InvalidArgument, ProducerClosed) and copied before this returns; the wait is for back-pressure only. Records of
  /// one key put by one thread stay in order inside an aggregate and a request; retries, parallel requests and
  /// resharding can break it.
  PutAwaiter put_record(const Record& record);
  /// The same without waiting: nothing if there is no place now.
  [[nodiscard]] std::optional<Outcome> try_put_record(const Record& record);
  /// Accepts many: all are checked first, then admitted in slices as there is room; outcomes in the same order. The
  /// records and what they view must stay until the awaited call ends.
  BulkPutAwaiter put_records(std::span<const Record> records);

  /// Sends what is buffered without waiting for more, and completes when all that was outstanding at the call has
  /// resolved. It skips the batching delay, not the shards' limits. Later records are not waited for.
  FlushAwaiter flush();
  /// The same for one stream.
  FlushAwaiter flush(std::string_view stream);
  /// Refuses new records, flushes, and at the time limit (absent: `shutdown_timeout`, else the TTL) resolves the rest
  /// as `Aborted`.
  FlushAwaiter close(std::optional<std::chrono::nanoseconds> timeout = std::nullopt);
  /// Refuses new records and resolves everything outstanding as `Aborted` at once; returns how many that were.
  std::uint64_t abort();

  /// Every record that fails from now on is handed to `handler` on the library's completion thread, before coroutines
  /// and callbacks hear of its outcome; a flush or a close has ended only when the handler has had everything. An
  /// exception out of it is logged and counted. One handler; nullptr removes it.
  void on_failed(std::function<void(const FailedRecord&)> handler);

  /// Records accepted and not yet resolved.
  [[nodiscard]] std::uint64_t outstanding_records() const;
  /// Their bytes: data, key and 64 for each.
  [[nodiscard]] std::uint64_t outstanding_bytes() const;
  /// How long the oldest outstanding record has been waiting; zero when there is none.
  [[nodiscard]] std::chrono::nanoseconds oldest_record_age() const;
  /// Records that failed an attempt and were taken up again, since the start; one counts for each time.
  [[nodiscard]] std::uint64_t retried_records() const;
  /// What was measured so far; empty with MetricsLevel::none.
  [[nodiscard]] Metrics metrics() const;
  [[nodiscard]] const Config& config() const;

 private:
  friend class SyncProducer;
  std::shared_ptr<detail::Engine> engine_;
};

/// The same for programs without coroutines: `put_record` blocks for back-pressure only, and everything may be called
/// from any thread.
class AIOKPL_EXPORT SyncProducer {
 public:
  explicit SyncProducer(Config config) : producer_{std::move(config)} {}

  SyncOutcome put_record(const Record& record);
  [[nodiscard]] std::optional<SyncOutcome> try_put_record(const Record& record);
  std::vector<SyncOutcome> put_records(std::span<const Record> records);
  /// Throws TimeoutError when the time runs out; what is in flight goes on.
  void flush(std::optional<std::chrono::nanoseconds> timeout = std::nullopt);
  void flush(std::string_view stream, std::optional<std::chrono::nanoseconds> timeout = std::nullopt);
  CloseReport close(std::optional<std::chrono::nanoseconds> timeout = std::nullopt);
  std::uint64_t abort() { return producer_.abort(); }
  void on_failed(std::function<void(const FailedRecord&)> handler) { producer_.on_failed(std::move(handler)); }

  [[nodiscard]] std::uint64_t outstanding_records() const { return producer_.outstanding_records(); }
  [[nodiscard]] std::uint64_t outstanding_bytes() const { return producer_.outstanding_bytes(); }
  [[nodiscard]] std::chrono::nanoseconds oldest_record_age() const { return producer_.oldest_record_age(); }
  [[nodiscard]] std::uint64_t retried_records() const { return producer_.retried_records(); }
  [[nodiscard]] Metrics metrics() const { return producer_.metrics(); }
  [[nodiscard]] const Config& config() const { return producer_.config(); }

 private:
  Producer producer_;
};

}  // namespace aiokpl
