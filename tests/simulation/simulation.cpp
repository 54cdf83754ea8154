#include "simulation.hpp"

#include <algorithm>
#include <list>
#include <memory>
#include <optional>
#include <utility>

#include <aiokpl/error.hpp>

#include "conditions.hpp"
#include "history.hpp"
#include "kinesis.hpp"
#include "ledger.hpp"
#include "network.hpp"
#include "producer/engine.hpp"
#include "producer/engine_settings.hpp"
#include "workload.hpp"

namespace aiokpl::simulation {

namespace {

using namespace std::chrono_literals;

/// Turns of the engine without anything happening, or time passing, that are no longer a coincidence.
constexpr std::uint32_t most_idle_turns = 100;
/// After the last thing on the agenda.
constexpr Duration rest_at_the_end = 5s;

/// The producer says its words into the history.
class HistoryLogger final : public Logger {
 public:
  HistoryLogger(History& history, const SimulatedClock& clock) : history_{&history}, clock_{&clock} {}
  void log(LogLevel /*level*/, std::string_view message) override {
    history_->note(clock_->now(), {20, message.size()}, [&] { return "log: " + std::string{message}; });
  }

 private:
  History* history_;
  const SimulatedClock* clock_;
};

class Simulation {
 public:
  Simulation(const Scenario& scenario, bool keep_history)
      : scenario_{scenario},
        history_{keep_history},
        conditions_{scenario.streams.size()},
        kinesis_{scenario, *clock_, conditions_},
        workload_{scenario},
        ledger_{scenario, *clock_, kinesis_, workload_, history_, violations_},
        engine_{make_engine()} {}

  Verdict run();

 private:
  struct Flush {
    std::shared_ptr<detail::PendingFlush> pending;
    std::optional<std::size_t> stream;
    /// Records that were accepted before it.
    RecordId accepted = 0;
    TimePoint limit{};
    bool closing = false;
  };
  /// Records that wait for places, with what they view.
  struct Waiting {
    std::shared_ptr<detail::PendingPuts> pending;
    RecordId first = 0;
    std::deque<Content> contents;
    std::vector<Record> records;
    bool checked = false;
  };

  std::shared_ptr<detail::Engine> make_engine();
  void plan();
  void put(std::size_t puts, RecordId from);
  void put_one(RecordId id);
  void put_waiting(RecordId id);
  void put_in_bulk(RecordId first, RecordId count);
  void begin(const Disturbance& disturbance);
  void end(const Disturbance& disturbance);
  void happen(const Disturbance& disturbance);
  void start_flush(std::optional<std::size_t> stream);
  void close(Duration timeout);
  void note_encounters(Fault fault);

  void look_at_waiting();
  void look_at_flushes();
  void check_places();
  void check_waiting();
  void check_sleep();
  void finish();

  const Scenario& scenario_;
  std::shared_ptr<SimulatedClock> clock_ = std::make_shared<SimulatedClock>();
  Agenda agenda_;
  History history_;
  Violations violations_;
  Conditions conditions_;
  Kinesis kinesis_;
  Workload workload_;
  Ledger ledger_;
  std::shared_ptr<CompletionQueue> completions_ = std::make_shared<CompletionQueue>();
  Network* network_ = nullptr;
  std::shared_ptr<detail::Engine> engine_;
  std::vector<Flush> flushes_;
  std::list<Waiting> waiting_;  // the producer keeps views into them
  bool closed_ = false;
  /// Turns in a row in which nothing happened and no time passed, and how many records had begun and ended by then.
  std::uint32_t idle_turns_ = 0;
  std::uint64_t begun_and_ended_ = 0;
  Encounters encounters_;
  std::uint64_t faults_ = 0;
  Content content_;
};

std::shared_ptr<detail::Engine> Simulation::make_engine() {
  Config config = scenario_.config;
  config.logger = std::make_shared<HistoryLogger>(history_, *clock_);
  config.validate();
  auto network = std::make_unique<Network>(
      World{scenario_, *clock_, agenda_, conditions_, kinesis_, ledger_, history_, *completions_});
  network_ = network.get();
  aws::ClientOptions options =
      detail::client_options(config, [](const char*) -> std::optional<std::string> { return std::nullopt; });
  options.clock = [clock = clock_] { return clock->time_of_day(); };
  auto engine = std::make_shared<detail::Engine>(
      std::move(config),
      detail::Surroundings{.clock = clock_,
                           .client = std::make_unique<aws::KinesisClient>(std::move(options), std::move(network)),
                           .completions = completions_,
                           .random_seed = scenario_.seed});
  if (scenario_.hears_failures) {
    engine->on_failed([this](const FailedRecord& failed) { ledger_.failure_told(failed); });
  }
  return engine;
}

Verdict Simulation::run() {
  plan();
  TimePoint end = world_start;
  do {
    (void)engine_->turn();
    completions_->run_all();
    look_at_waiting();
    look_at_flushes();
    ledger_.look();
    check_sleep();
    if (agenda_.next() != pipeline::never || ledger_.unsettled(std::nullopt) != 0 || !waiting_.empty()) {
      end = clock_->now() + rest_at_the_end;
    }
    check_places();
    check_waiting();
  } while (clock_->now() < end && violations_.empty());
  if (violations_.empty()) finish();
  return {.violations = violations_.take(),
          .fingerprint = history_.fingerprint(),
          .records = ledger_.accepted_count(),
          .stored = ledger_.stored(),
          .faults = faults_,
          .lasted = clock_->now() - world_start,
          .encounters = encounters_,
          .history = history_.take_lines()};
}

void Simulation::plan() {
  for (std::size_t i = 0; i < scenario_.puts.size(); ++i) {
    agenda_.at(world_start + scenario_.puts[i].at, [this, i] { put(i, 0); });
  }
  for (const Disturbance& one : scenario_.disturbances) {
    agenda_.at(world_start + one.at, [this, &one] { begin(one); });
  }
}

void Simulation::put(std::size_t which, RecordId from) {
  if (const TimePoint until = conditions_.suspended_until(); until > clock_->now()) {
    agenda_.at(until, [this, which, from] { put(which, from); });
    return;
  }
  const Puts& puts = scenario_.puts[which];
  if (puts.poisonous) ledger_.trouble(puts.stream, clock_->now() + scenario_.config.record_ttl);
  const RecordId left = puts.count - from;
  RecordId count = puts.spacing == 0s ? left : 1;
  if (puts.way == Way::in_bulk) {
    count = std::min<RecordId>(left, puts.spacing == 0s ? left : 50);
    put_in_bulk(workload_.first_of(which) + from, count);
  } else {
    for (RecordId i = 0; i < count; ++i) {
      const RecordId id = workload_.first_of(which) + from + i;
      if (puts.way == Way::waiting) {
        put_waiting(id);
      } else {
        put_one(id);
      }
    }
  }
  const RecordId next = from + count;
  if (next < puts.count) agenda_.at(clock_->now() + puts.spacing, [this, which, next] { put(which, next); });
}

void Simulation::put_one(RecordId id) {
  ledger_.offered(id);
  workload_.write(id, content_);
  const Record record = content_.record(scenario_.streams[workload_.puts_of(id).stream].name);
  try {
    if (auto outcome = engine_->try_put(record)) {
      ledger_.accepted(id, *std::move(outcome));
      return;
    }
  } catch (const InvalidArgument&) {  // too large, or with tags where there is no place for them
  } catch (const ProducerClosed&) {
  }
  ledger_.refused(id);
}

void Simulation::put_waiting(RecordId id) {
  ledger_.offered(id);
  workload_.write(id, content_);
  const Record record = content_.record(scenario_.streams[workload_.puts_of(id).stream].name);
  try {
    if (auto outcome = engine_->try_put(record)) {
      ledger_.accepted(id, *std::move(outcome));
      return;
    }
    Waiting waiting{.first = id};
    waiting.pending = std::make_shared<detail::PendingPuts>(engine_, std::make_unique<detail::OwnedRecord>(record));
    engine_->advance(waiting.pending);
    waiting_.push_back(std::move(waiting));
    return;
  } catch (const InvalidArgument&) {
  } catch (const ProducerClosed&) {
  }
  ledger_.refused(id);
}

void Simulation::put_in_bulk(RecordId first, RecordId count) {
  Waiting waiting{.first = first};
  for (RecordId i = 0; i < count; ++i) {
    Content& content = waiting.contents.emplace_back();
    ledger_.offered(first + i);
    workload_.write(first + i, content);
    waiting.records.push_back(content.record(scenario_.streams[workload_.puts_of(first).stream].name));
  }
  try {
    for (const Record& record : waiting.records)
      engine_->check(record);
    waiting.pending = std::make_shared<detail::PendingPuts>(engine_, std::span{waiting.records});
    engine_->advance(waiting.pending);
    waiting_.push_back(std::move(waiting));
    return;
  } catch (const InvalidArgument&) {
  } catch (const ProducerClosed&) {
  }
  for (RecordId i = 0; i < count; ++i)
    ledger_.refused(first + i);
}

void Simulation::begin(const Disturbance& disturbance) {
  ++faults_;
  note_encounters(disturbance.fault);
  history_.note(clock_->now(), {30, static_cast<std::uint64_t>(disturbance.fault)},
                [&] { return "*** " + describe(disturbance); });
  ledger_.trouble(std::nullopt, clock_->now() + disturbance.length);
  conditions_.begin(disturbance, clock_->now());
  kinesis_.conditions_changed();
  happen(disturbance);
  if (lasts(disturbance.fault)) {
    agenda_.at(clock_->now() + disturbance.length, [this, &disturbance] { end(disturbance); });
  }
}

void Simulation::end(const Disturbance& disturbance) {
  history_.note(clock_->now(), {31, static_cast<std::uint64_t>(disturbance.fault)},
                [&] { return "*** over: " + describe(disturbance); });
  conditions_.end(disturbance);
  kinesis_.conditions_changed();
  if (disturbance.fault == Fault::recreated) {
    emulator::StreamSpec spec = scenario_.streams[disturbance.stream];
    spec.shards = static_cast<std::uint32_t>(disturbance.amount);
    kinesis_.create(spec);
  }
}

void Simulation::happen(const Disturbance& disturbance) {
  const std::string& stream = scenario_.streams[disturbance.stream].name;
  switch (disturbance.fault) {
    case Fault::split:
      kinesis_.split(stream, disturbance.amount);
      break;
    case Fault::merge:
      kinesis_.merge(stream, disturbance.amount);
      break;
    case Fault::rescaled:
      kinesis_.rescale(stream, static_cast<std::uint32_t>(disturbance.amount));
      break;
    case Fault::strategy_switched:
      kinesis_.switch_strategy(stream);
      break;
    case Fault::recreated:
      if (kinesis_.remove(stream)) ledger_.stream_replaced(disturbance.stream);
      break;
    case Fault::other_writers:
      kinesis_.write_beside(disturbance.amount, 1s);
      break;
    case Fault::time_of_day_jumped:
      clock_->jump_time_of_day(std::chrono::hours{disturbance.amount} - 24h);
      break;
    case Fault::process_suspended:
      ledger_.suspended(disturbance.length);
      break;
    case Fault::flush:
      start_flush(disturbance.amount > 50 ? std::nullopt : std::optional{disturbance.stream});
      break;
    case Fault::close:
      close(std::chrono::seconds{disturbance.amount / 5});
      break;
    case Fault::abort:
      close(0s);
      break;
    default:
      break;  // conditions say it
  }
}

void Simulation::note_encounters(Fault fault) {
  const std::uint64_t outstanding = ledger_.unsettled(std::nullopt);
  const auto note = [&](bool holds, Situation situation) {
    if (holds) encounters_.add(fault, situation);
  };
  note(!network_->listed(), Situation::starting);
  note(outstanding == 0, Situation::idle);
  note(outstanding != 0 && network_->in_flight() == 0, Situation::outstanding);
  note(network_->in_flight() != 0, Situation::in_flight);
  note(outstanding != 0 && network_->ended_badly(), Situation::recovering);
  note(!waiting_.empty(), Situation::callers_blocked);
  note(std::ranges::any_of(flushes_, [](const Flush& flush) { return !flush.closing; }), Situation::flushing);
  note(closed_, Situation::closing);
}

void Simulation::start_flush(std::optional<std::size_t> stream) {
  Flush flush{.stream = stream, .accepted = ledger_.accepted_count()};
  flush.limit = clock_->now() + scenario_.config.record_ttl + scenario_.config.connect_timeout +
                scenario_.config.request_timeout + 1s;
  flush.pending = engine_->flush(stream ? std::optional{scenario_.streams[*stream].name} : std::nullopt);
  flushes_.push_back(std::move(flush));
}

void Simulation::close(Duration timeout) {
  closed_ = true;
  ledger_.trouble(std::nullopt, pipeline::never);
  Flush flush{.accepted = ledger_.accepted_count(), .limit = clock_->now() + timeout + 1s, .closing = true};
  flush.pending = engine_->close(timeout);
  flushes_.push_back(std::move(flush));
}

void Simulation::look_at_waiting() {
  std::erase_if(waiting_, [this](Waiting& waiting) {
    if (!waiting.pending->suspension().over()) return false;
    const RecordId count = waiting.records.empty() ? 1 : static_cast<RecordId>(waiting.records.size());
    std::vector<Outcome> outcomes;
    try {
      outcomes = waiting.pending->take_outcomes();
    } catch (const ProducerClosed&) {
      // Slices that were in before have their fates all the same, which nobody asks for.
      std::swap(outcomes, waiting.pending->outcomes());
    }
    for (RecordId i = 0; i < count; ++i) {
      if (i < outcomes.size()) {
        ledger_.accepted(waiting.first + i, std::move(outcomes[i]));
      } else {
        ledger_.refused(waiting.first + i);
      }
    }
    return true;
  });
}

void Simulation::look_at_flushes() {
  std::erase_if(flushes_, [this](const Flush& flush) {
    const Promise promise = flush.closing ? Promise::close_ends : Promise::flush_ends;
    if (!flush.pending->suspension().over()) {
      if (clock_->now() > flush.limit + ledger_.suspended_span()) {
        violations_.add(promise, [&] { return "not after " + show(clock_->now() - flush.limit) + " too many"; });
        return true;
      }
      return false;
    }
    if (const std::uint64_t open = ledger_.unsettled_before(flush.accepted, flush.stream); open != 0) {
      violations_.add(promise, [&] { return "it is over, and " + std::to_string(open) + " records have not ended"; });
    }
    ledger_.look();
    if (flush.closing && scenario_.all_listen && flush.pending->report().aborted != ledger_.aborted()) {
      violations_.add(promise, [&] {
        return "it says that " + std::to_string(flush.pending->report().aborted) + " were aborted, and " +
               std::to_string(ledger_.aborted()) + " were";
      });
    }
    return true;
  });
}

void Simulation::check_places() {
  if (!scenario_.all_listen || !waiting_.empty()) return;
  const std::uint64_t counted = engine_->outstanding_records();
  const std::uint64_t known = ledger_.unsettled(std::nullopt);
  if (counted > known) {  // places come back before anybody hears of it
    violations_.add(Promise::places_come_back, [&] {
      return std::to_string(known) + " records are outstanding, and " + std::to_string(counted) + " places taken";
    });
  }
}

void Simulation::check_waiting() {
  const bool nothing_left = agenda_.next() == pipeline::never && ledger_.unsettled(std::nullopt) == 0;
  if (!nothing_left || waiting_.empty() || engine_->outstanding_records() != 0) return;
  violations_.add(Promise::progress, [] { return std::string{"callers wait for places, and all of them are free"}; });
}

void Simulation::check_sleep() {
  const std::uint64_t before = std::exchange(begun_and_ended_, ledger_.accepted_count() + ledger_.settled());
  idle_turns_ = network_->was_idle() && begun_and_ended_ == before ? idle_turns_ + 1 : 0;
  if (idle_turns_ > most_idle_turns) {
    violations_.add(Promise::engine_sleeps, [] { return std::string{"it turns without an end in one moment"}; });
  }
}

void Simulation::finish() {
  ledger_.close_accounts();
  if (engine_->outstanding_records() != 0 || engine_->outstanding_bytes() != 0) {
    violations_.add(Promise::places_come_back, [&] {
      return std::to_string(engine_->outstanding_records()) + " records and " +
             std::to_string(engine_->outstanding_bytes()) + " bytes stay outstanding";
    });
  }
  for (const Flush& flush : flushes_) {
    violations_.add(flush.closing ? Promise::close_ends : Promise::flush_ends,
                    [] { return std::string{"not even when all has ended"}; });
  }
}

}  // namespace

Verdict simulate(const Scenario& scenario, bool keep_history) {
  return Simulation{scenario, keep_history}.run();
}

}  // namespace aiokpl::simulation
