#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <aiokpl/producer.hpp>

#include "deliveries.hpp"
#include "history.hpp"
#include "kinesis.hpp"
#include "scenario.hpp"
#include "violation.hpp"
#include "workload.hpp"
#include "world_time.hpp"

namespace aiokpl::simulation {

/// Keeps accounts of every record: when it was accepted, how it ended, and what arrived of it. Holds the producer to
/// what it promises, at each step and at the end.
class Ledger {
 public:
  Ledger(const Scenario& scenario, const SimulatedClock& clock, const Kinesis& kinesis, const Workload& workload,
         History& history, Violations& violations);

  // Records.
  /// A caller calls.
  void offered(RecordId id) { accounts_[id].offered_at = clock_->now(); }
  void accepted(RecordId id, Outcome outcome);
  void refused(RecordId id);
  void failure_told(const FailedRecord& failed);
  /// Takes in fates that nobody waits for, and looks for overdue ones.
  void look();
  /// Records of a stream, or of all, that were accepted up to now and have not ended.
  [[nodiscard]] std::uint64_t unsettled(std::optional<std::size_t> stream) const noexcept;
  /// How many of those that are accepted by now have not ended.
  [[nodiscard]] std::uint64_t unsettled_before(RecordId accepted_before, std::optional<std::size_t> stream) const;
  /// Records that were accepted, in the order in which they were.
  [[nodiscard]] RecordId accepted_count() const noexcept { return static_cast<RecordId>(order_.size()); }
  [[nodiscard]] std::uint64_t aborted() const noexcept { return aborted_; }
  [[nodiscard]] std::uint64_t settled() const noexcept { return settled_; }
  [[nodiscard]] std::uint64_t stored() const noexcept { return stored_; }
  /// Of the settled ones: their attempts beyond the first of each, and how many of them expired.
  [[nodiscard]] std::uint64_t retries() const noexcept { return retries_; }
  [[nodiscard]] std::uint64_t expired() const noexcept { return expired_; }

  // Requests.
  void request_started(std::uint64_t request, std::size_t stream, TimePoint now);
  void request_processed(std::uint64_t request, int status, std::string_view answer);
  /// The producer was told how it ended, whole.
  void request_acknowledged(std::uint64_t request) { requests_.at(request).acknowledged = true; }

  // The world.
  /// From here on the stream is another one, of which the producer cannot know.
  void stream_replaced(std::size_t stream) {
    Replacement& replacement = replacements_[stream];
    replacement = {.since = clock_->now(), .known_from = pipeline::never, .was_described = replacement.is_described};
  }
  /// The producer was given a list of the stream's shards as they were then, or told that there was no such stream.
  void shards_told(std::size_t stream, TimePoint then) {
    first_listed_[stream] = std::min(first_listed_[stream], clock_->now());
    if (then >= replacements_[stream].since) replacement_known(stream);
  }
  /// The producer was given a description: when the stream was created tells something to those who knew it before.
  void stream_described(std::size_t stream, TimePoint then) {
    Replacement& replacement = replacements_[stream];
    if (then < replacement.since) {
      replacement.was_described = true;
      return;
    }
    replacement.is_described = true;
    if (replacement.was_described) replacement_known(stream);
  }
  /// Until then a record of that stream, or of any, may fail without the producer being to blame.
  void trouble(std::optional<std::size_t> stream, TimePoint until);
  /// The process does nothing for so long, so that everything may end later by that.
  void suspended(Duration span) noexcept { suspended_ += span; }
  [[nodiscard]] Duration suspended_span() const noexcept { return suspended_; }

  /// All has ended.
  void close_accounts();

 private:
  enum class State : std::uint8_t { offered, refused, accepted, settled };
  struct Account {
    State state = State::offered;
    bool success = false;
    bool told = false;
    std::uint32_t attempts = 0;
    /// In the order of acceptance.
    std::uint32_t place = 0;
    /// Of the last attempt, where that failed.
    std::string error_code;
    /// Whether an aggregate with it was found to be somewhere else.
    bool was_misplaced = false;
    TimePoint offered_at{};
    TimePoint accepted_at{};
    TimePoint limit{};
    Outcome outcome;
  };
  /// A stream that was deleted and created again.
  struct Replacement {
    TimePoint since = TimePoint::min();
    /// Since when the producer could know of it.
    TimePoint known_from = TimePoint::min();
    bool was_described = false;
    bool is_described = false;
  };
  struct Request {
    std::size_t stream = 0;
    TimePoint started{};
    bool acknowledged = false;
  };

  /// A Kinesis record that was sent once: the arrival of its oldest record, and when its request was sealed.
  struct Sent {
    TimePoint arrived;
    TimePoint sealed;
    double size;
  };

  void replacement_known(std::size_t stream) {
    replacements_[stream].known_from = std::min(replacements_[stream].known_from, clock_->now());
  }
  void settle(RecordId id, const RecordResult& result);
  void check_success(RecordId id, const RecordResult& result);
  void check_failure(RecordId id);
  /// The producer had no way of learning that consumers would drop it.
  [[nodiscard]] bool is_beyond_knowing(const Entry& entry) const;
  void count_backlog(RecordId id, std::size_t size);
  [[nodiscard]] bool was_calm(RecordId id) const;

  void check_ends();
  void check_deliveries(RecordId id);
  void check_entries();
  void check_order(std::size_t first_entry, std::size_t end);
  void check_pacing();
  void check_pacing(std::size_t stream, std::uint32_t shard, std::vector<Sent> all);
  [[nodiscard]] std::string name(RecordId id) const;

  const Scenario* scenario_;
  const SimulatedClock* clock_;
  const Workload* workload_;
  History* history_;
  Violations* violations_;
  Deliveries deliveries_;
  std::vector<Account> accounts_;
  /// Accepted records in their order, and those of them whose fate is looked at from time to time.
  std::vector<RecordId> order_;
  std::deque<RecordId> unheard_;
  /// The first of the accepted ones that may be overdue next.
  std::size_t next_due_ = 0;
  std::vector<std::uint64_t> unsettled_;
  std::map<std::uint64_t, Request> requests_;
  std::vector<TimePoint> troubled_until_;
  /// When what was put would have gone through the narrowest place on its way.
  std::vector<TimePoint> backlog_ends_;
  TimePoint network_backlog_ends_ = world_start;
  std::vector<Replacement> replacements_;
  std::vector<TimePoint> first_listed_;
  std::vector<TimePoint> first_expired_;
  Duration suspended_{0};
  std::uint64_t aborted_ = 0;
  std::uint64_t settled_ = 0;
  std::uint64_t stored_ = 0;
  std::uint64_t retries_ = 0;
  std::uint64_t expired_ = 0;
  Content content_;
};

}  // namespace aiokpl::simulation
