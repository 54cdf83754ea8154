#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <aiokpl/producer.hpp>

#include "aws/kinesis_client.hpp"
#include "pipeline/back_pressure.hpp"
#include "pipeline/batch_reader.hpp"
#include "pipeline/request_pacer.hpp"
#include "pipeline/request_sealer.hpp"
#include "producer/chunk_pool.hpp"
#include "producer/dispatcher.hpp"
#include "producer/fate.hpp"
#include "producer/logging.hpp"
#include "producer/metrics_exporter.hpp"
#include "producer/metrics_hub.hpp"
#include "producer/metrics_recorder.hpp"
#include "producer/pending.hpp"
#include "producer/stream.hpp"
#include "producer/surroundings.hpp"

namespace aiokpl::detail {

/// Makes batches and fates for the open batches of a producer. Any thread.
class BatchFactory final : public pipeline::BatchSource {
 public:
  explicit BatchFactory(std::shared_ptr<Dispatcher> dispatcher) noexcept : dispatcher_{std::move(dispatcher)} {}

  [[nodiscard]] pipeline::BatchPtr make_batch() override { return pipeline::make_batch(chunks_); }
  [[nodiscard]] FateBlock* make_fates() override { return new FateBlock{dispatcher_}; }
  bool trim() noexcept { return chunks_.trim(); }

 private:
  ChunkPool chunks_;
  std::shared_ptr<Dispatcher> dispatcher_;
};

/// What the library says, and how often user code failed; shared with those who outlive the engine.
struct Voice {
  Voice(std::shared_ptr<Logger> logger, const char* environment, std::shared_ptr<const Clock> time)
      : clock{std::move(time)}, log{std::move(logger), environment} {}
  void say(LogLevel level, std::string_view key, std::string_view message) {
    log.log(level, key, message, clock->now());
  }
  void user_exception(const char* what);

  const std::shared_ptr<const Clock> clock;
  Log log;
  std::atomic<std::uint64_t> user_exceptions = 0;
};

/// The moving parts of a producer: the one place with threads, locks, the clock and the network. Callers come in on any
/// thread, fill the open batches and leave closed ones in the inbox; the engine's thread drives each stream's pipeline,
/// sends requests, and tells the fates. The rules are the pipeline's.
class Engine : public std::enable_shared_from_this<Engine> {
 public:
  Engine(Config config, Surroundings surroundings);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Starts the thread, which keeps the engine alive until `shut_down`.
  void start();
  /// Closes, and ends the thread; on one of the library's own threads it leaves that to them and returns.
  void shut_down();
  /// For those who drive an engine that was not started, with their own thread in place of its: one round of what there
  /// is to do, and the sleep that follows. False when it is shut down and all has ended.
  bool turn();

  // Callers (engine.cpp).
  /// Checks a record and finds its stream. Throws InvalidArgument or ProducerClosed.
  Stream& check(const Record& record);
  void check_all(std::span<const Record> records);
  /// Nothing when there is no place.
  std::optional<Outcome> try_put(const Record& record);
  /// Blocks while there is no place.
  Outcome put(const Record& record);
  /// Blocks, slice by slice.
  std::vector<Outcome> put_many(std::span<const Record> records);
  /// Puts what has a place now; the rest waits. The records were checked.
  void advance(const std::shared_ptr<PendingPuts>& pending);
  void withdraw(PendingPuts& pending);
  /// Under the lock for places: a waiting slice has got them.
  void admitted(PendingPuts& pending);

  std::shared_ptr<PendingFlush> flush(std::optional<std::string> stream);
  std::shared_ptr<PendingFlush> close(std::optional<std::chrono::nanoseconds> timeout);
  std::uint64_t abort();
  void on_failed(std::function<void(const FailedRecord&)> handler);

  [[nodiscard]] std::uint64_t outstanding_records() const;
  [[nodiscard]] std::uint64_t outstanding_bytes() const;
  [[nodiscard]] std::chrono::nanoseconds oldest_record_age();
  [[nodiscard]] std::uint64_t retried_records() const noexcept { return retried_.load(std::memory_order_relaxed); }
  [[nodiscard]] const Config& config() const noexcept { return config_; }
  [[nodiscard]] const std::shared_ptr<MetricsHub>& metrics() const noexcept { return metrics_; }
  [[nodiscard]] Dispatcher& dispatcher() const noexcept { return *dispatcher_; }

 private:
  struct InFlight;
  struct Flush;
  class ThreadWaiter;
  using Command = std::function<void()>;
  using FailureHandler = std::function<void(const FailedRecord&)>;

  /// Records of one stream that are admitted together.
  struct Slice {
    Stream* stream = nullptr;
    std::size_t count = 0;
    std::size_t bytes = 0;
  };

  // Callers (engine.cpp).
  Stream& find_stream(std::string_view name);
  Stream& stream_locked(std::string_view name);
  Slice next_slice(std::span<const Record> records);
  /// Takes places if there are any. Throws ProducerClosed.
  bool admit(Stream& stream, std::size_t records, std::size_t bytes);
  void wait_for_places(Stream& stream, std::size_t records, std::size_t bytes);
  Outcome take_in(Stream& stream, const Record& record, HashKey hash_key);
  /// A slice, whose keys are hashed side by side; adds an outcome for each.
  void take_in(Stream& stream, std::span<const Record> records, std::vector<Outcome>& outcomes);
  [[nodiscard]] pipeline::TimePoint buffering_ends(pipeline::TimePoint now) const;
  /// The calling thread's.
  OpenBatches<BriefLock>::Sight& sight_of(Stream& stream) const;
  void hand_over(Stream& stream, pipeline::BatchPtr closed);
  /// What a put left to do: its earliest deadline, where that moved forward.
  void announce(Stream& stream, pipeline::TimePoint earliest);
  void take_in_slice(PendingPuts& pending, const Slice& slice);
  void refuse_new_records();
  void post(Stream* stream, pipeline::BatchPtr batch, pipeline::TimePoint due);
  /// Has work done on the engine's thread; false when that has ended.
  bool command(Command work);
  /// The same, and waits for its end; done at once on the engine's thread. Not done at all when that has ended.
  void on_engine(const std::function<void()>& work);
  void release_places(Stream& stream, std::size_t records, std::size_t bytes);
  /// Under the lock for places: hands out what is free to those who wait.
  void serve_waiters();

  // The engine's thread (engine_loop.cpp).
  void run();
  void drain_inbox(pipeline::TimePoint now);
  /// From any thread: credentials came, or did not.
  void credentials_changed() noexcept;
  /// Where calls have failed for want of credentials, and these need not be waited for any more: tries them now.
  void go_on_with_credentials(pipeline::TimePoint now);
  void drive(Stream& stream, pipeline::TimePoint now);
  void inquire(Stream& stream, pipeline::TimePoint now);
  void close_for_blocked_callers(pipeline::TimePoint now);
  void take_in_admitted();
  void finish_round(pipeline::TimePoint now);
  void sleep(pipeline::TimePoint now);
  [[nodiscard]] pipeline::TimePoint next_wake(pipeline::TimePoint now);
  [[nodiscard]] bool may_stop();
  [[nodiscard]] pipeline::TimePoint oldest_record() const;
  [[nodiscard]] pipeline::TimePoint oldest_record(const Stream& stream) const;
  /// Takes the states down for the metrics.
  void look(pipeline::TimePoint now);
  /// Has the engine's thread look; waits for it.
  void look_now();

  // Requests and answers (engine_requests.cpp).
  void send_requests(pipeline::TimePoint now);
  void send(Stream& stream, pipeline::Request request, pipeline::TimePoint now);
  void complete(aws::Completion& completion, pipeline::TimePoint now);
  void complete_put(InFlight& sent, const aws::Completion& completion, pipeline::TimePoint now);
  void fail(InFlight& sent, const pipeline::RequestFailure& failure, pipeline::TimePoint now);
  void complete_inquiry(InFlight& sent, const aws::Completion& completion, pipeline::TimePoint now);
  void give_up_overdue(pipeline::TimePoint now);

  // Fates, flush and close (settlement.cpp).
  void hand_in(Stream& stream, std::vector<pipeline::BatchPtr> closed, pipeline::TimePoint now);
  void hand_in(Stream& stream, pipeline::BatchPtr batch, pipeline::TimePoint now);
  void apply_effects(Stream& stream, pipeline::TimePoint now);
  void apply(Stream& stream, pipeline::Settled settled, pipeline::TimePoint now);
  void apply(Stream& stream, pipeline::Unpacked unpacked, pipeline::TimePoint now);
  void apply(Stream& stream, pipeline::Planned planned, pipeline::TimePoint now);
  void apply(Stream& stream, const pipeline::Warned& warned, pipeline::TimePoint now);
  void apply(Stream& stream, const pipeline::Misplaced& misplaced, pipeline::TimePoint now);
  void settle_record(Stream& stream, const pipeline::BatchReader& reader, const pipeline::AttemptList& attempts,
                     bool success);
  void settle_aborted(Stream& stream, pipeline::BatchPtr batch, pipeline::TimePoint now);
  void count_settled(Stream& stream, const FateBlock& block, std::uint64_t records);
  void start_flush(const std::optional<std::string>& stream, std::shared_ptr<PendingFlush> pending,
                   pipeline::TimePoint now);
  void start_close(pipeline::TimePoint limit, std::shared_ptr<PendingFlush> pending, pipeline::TimePoint now);
  void abort_all(pipeline::TimePoint now);
  void finish_flushes(pipeline::TimePoint now);
  /// Asks for it when a close has come so far; it is over, too, when the sink took too long.
  bool last_export_is_over(pipeline::TimePoint now);
  void tell_failures();
  [[nodiscard]] std::shared_ptr<const FailureHandler> failure_handler();

  [[nodiscard]] pipeline::TimePoint now() const noexcept { return clock_->now(); }

  const Config config_;
  const std::shared_ptr<const Clock> clock_;
  std::shared_ptr<Voice> voice_;
  std::shared_ptr<Dispatcher> dispatcher_;
  BatchFactory batches_;
  const pipeline::SystemTime system_time_;
  std::unique_ptr<aws::KinesisClient> client_;
  const std::uint64_t random_seed_;
  const std::uint64_t number_;
  const std::shared_ptr<MetricsHub> metrics_;

  // Places and streams: callers and the engine's thread.
  mutable std::mutex mutex_;
  pipeline::BackPressure places_;
  std::unordered_map<std::string_view, std::unique_ptr<Stream>> streams_;
  std::unordered_set<PlaceWaiter*> waiting_;
  std::vector<std::shared_ptr<PendingPuts>> admitted_;
  bool closed_ = false;
  /// The same, to be seen without the lock by those who were let in before.
  std::atomic<bool> closing_ = false;

  // What callers leave for the engine's thread.
  struct Parcel {
    Stream* stream;
    pipeline::BatchPtr batch;
  };
  std::mutex inbox_mutex_;
  std::vector<Parcel> inbox_;
  std::vector<Command> commands_;
  std::size_t inbox_bytes_ = 0;
  /// Until when the engine's thread sleeps; the earliest moment while it is awake.
  pipeline::TimePoint sleeping_until_ = pipeline::TimePoint::min();
  bool inbox_closed_ = false;
  std::atomic<bool> credentials_changed_ = false;

  // The engine's thread alone.
  std::vector<Stream*> active_;
  std::size_t next_stream_ = 0;
  std::unordered_map<aws::CallId, std::unique_ptr<InFlight>> in_flight_;
  std::vector<std::unique_ptr<pipeline::RequestSealer>> idle_sealers_;
  // Empty but for their memory.
  std::vector<Parcel> spare_parcels_;
  std::vector<pipeline::Effect> spare_effects_;
  std::vector<aws::Completion> completions_;
  codec::PutRecordsAnswer answer_;
  pipeline::RequestPacer pacer_;
  pipeline::DescribeBudget describe_budget_;
  WakeUps wake_ups_;
  /// A call failed since for want of credentials that may come.
  bool without_credentials_ = false;
  std::vector<FailedRecord> failures_;
  std::vector<std::unique_ptr<Flush>> flushes_;
  pipeline::TimePoint close_limit_ = pipeline::never;
  bool aborting_ = false;
  std::uint64_t aborted_ = 0;
  bool stop_when_settled_ = false;
  /// When free memory goes back to the system; `never` while there is none.
  pipeline::TimePoint trim_at_ = pipeline::never;
  bool rested_ = false;
  /// Null while nothing is measured.
  std::unique_ptr<MetricsRecorder> recorder_;
  pipeline::TimePoint next_look_ = pipeline::TimePoint::min();
  /// Null without a sink.
  std::unique_ptr<MetricsExporter> exporter_;
  /// Until when a close waits for the last export; `never` while none does.
  pipeline::TimePoint last_export_limit_ = pipeline::never;

  /// Written by the engine's thread.
  std::atomic<std::uint64_t> retried_ = 0;

  std::mutex handler_mutex_;
  std::shared_ptr<const FailureHandler> failure_handler_;

  std::thread thread_;
};

}  // namespace aiokpl::detail
