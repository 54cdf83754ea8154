#pragma once

#include <condition_variable>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <aiokpl/executor.hpp>
#include <aiokpl/producer.hpp>

#include "pipeline/back_pressure.hpp"
#include "producer/dispatcher.hpp"

namespace aiokpl::detail {

struct Stream;

/// One who waits for something of the engine: a suspended coroutine or a callback, woken at most once, or not at all
/// when it was destroyed before.
class Suspension {
 public:
  /// False when it is over already, so that the coroutine goes on at once.
  [[nodiscard]] bool suspend(std::coroutine_handle<> waiting);
  /// False when it is over already: then nothing is called.
  [[nodiscard]] bool call_back(std::function<void()> callback);
  [[nodiscard]] bool over() const;
  /// Marks it as over and wakes who waits.
  void finish(Dispatcher& dispatcher, const std::shared_ptr<Suspension>& self);
  /// Who waited is gone.
  void abandon();

 private:
  mutable std::mutex mutex_;
  bool over_ = false;
  std::function<void()> waiting_;
  std::shared_ptr<Executor> executor_;
};

/// A record with everything that it views.
class OwnedRecord {
 public:
  explicit OwnedRecord(const Record& record);
  OwnedRecord(const OwnedRecord&) = delete;
  OwnedRecord& operator=(const OwnedRecord&) = delete;
  [[nodiscard]] const Record& view() const noexcept { return view_; }

 private:
  std::string stream_;
  std::optional<std::string> partition_key_;
  std::vector<std::byte> data_;
  std::optional<std::string> explicit_hash_key_;
  std::vector<OwnedTag> tags_;
  std::vector<Tag> tag_views_;
  Record view_;
};

class Engine;

/// One who waits for places under the back-pressure limits. Told under the engine's lock for them.
class PlaceWaiter : public pipeline::Waiter {
 public:
  virtual ~PlaceWaiter() = default;
  /// The places were taken for it.
  virtual void admitted() = 0;
  /// The producer was closed before.
  virtual void refused() = 0;
};

/// Records that wait for their places, slice by slice: of one put (which owns a copy of its record), or of a bulk put
/// (whose caller keeps them).
class PendingPuts final : public PlaceWaiter, public std::enable_shared_from_this<PendingPuts> {
 public:
  PendingPuts(std::shared_ptr<Engine> engine, std::span<const Record> all);
  PendingPuts(std::shared_ptr<Engine> engine, std::unique_ptr<OwnedRecord> record);

  [[nodiscard]] Suspension& suspension() noexcept { return *suspension_; }
  /// After the end. Throws ProducerClosed when that came before all had a place.
  std::vector<Outcome> take_outcomes();
  /// The caller is gone: what has no place yet is withdrawn.
  void withdraw();

  // For the engine.
  [[nodiscard]] std::span<const Record> remaining() const noexcept { return records_.subspan(outcomes_.size()); }
  /// Of those that are taken in; the engine adds to them.
  [[nodiscard]] std::vector<Outcome>& outcomes() noexcept { return outcomes_; }
  /// Runs what copies the caller's records; not once they were withdrawn, and then it returns false.
  bool copy(const std::function<void()>& take_in);
  void admitted() override;
  void refused() override;
  void finish(bool closed);
  /// Where the slice goes that waits now; how large it is, the waiter says.
  Stream* target = nullptr;
  /// Keeps it alive while the engine knows it.
  std::shared_ptr<PendingPuts> queued;

 private:
  std::shared_ptr<Engine> engine_;
  std::unique_ptr<OwnedRecord> owned_;
  std::span<const Record> records_;
  std::vector<Outcome> outcomes_;
  bool closed_ = false;
  std::mutex copying_;
  bool withdrawn_ = false;
  std::shared_ptr<Suspension> suspension_ = std::make_shared<Suspension>();
};

/// A flush or a close under way.
class PendingFlush {
 public:
  explicit PendingFlush(std::shared_ptr<Dispatcher> dispatcher);

  [[nodiscard]] Suspension& suspension() noexcept { return *suspension_; }
  [[nodiscard]] CloseReport report() const;
  /// Blocks until it is done; at the limit, if there is one, returns false.
  bool wait_until(std::optional<std::chrono::steady_clock::time_point> limit);

  /// All records are settled: it is over once the completion thread has handed out what it has.
  void settled(const std::shared_ptr<PendingFlush>& self, CloseReport report);

 private:
  std::shared_ptr<Dispatcher> dispatcher_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  CloseReport report_;
  bool settled_ = false;
  bool handed_out_ = false;
  std::shared_ptr<Suspension> suspension_ = std::make_shared<Suspension>();
};

}  // namespace aiokpl::detail
