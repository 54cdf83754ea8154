#include "simulation.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>

#include "callers.hpp"
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
        engine_{make_engine()},
        callers_{scenario, *clock_, agenda_, conditions_, workload_, ledger_, *engine_} {}

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
  std::shared_ptr<detail::Engine> make_engine();
  void plan();
  void begin(const Disturbance& disturbance);
  void end(const Disturbance& disturbance);
  void happen(const Disturbance& disturbance);
  void start_flush(std::optional<std::size_t> stream);
  void close(Duration timeout);
  void note_encounters(Fault fault);

  void look_at_flushes();
  void check_places();
  void check_waiting();
  void check_sleep();
  void check_metrics();
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
  Callers callers_;
  std::vector<Flush> flushes_;
  bool closed_ = false;
  /// Turns in a row in which nothing happened and no time passed, and how many records had begun and ended by then.
  std::uint32_t idle_turns_ = 0;
  std::uint64_t begun_and_ended_ = 0;
  Encounters encounters_;
  std::uint64_t faults_ = 0;
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
    callers_.look();
    look_at_flushes();
    ledger_.look();
    check_sleep();
    if (agenda_.next() != pipeline::never || ledger_.unsettled(std::nullopt) != 0 || callers_.waiting()) {
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
  callers_.plan();
  for (const Disturbance& one : scenario_.disturbances) {
    agenda_.at(world_start + one.at, [this, &one] { begin(one); });
  }
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
  note(callers_.waiting(), Situation::callers_blocked);
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
  if (!scenario_.all_listen || callers_.waiting()) return;
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
  if (!nothing_left || !callers_.waiting() || engine_->outstanding_records() != 0) return;
  violations_.add(Promise::progress, [] { return std::string{"callers wait for places, and all of them are free"}; });
}

void Simulation::check_sleep() {
  const std::uint64_t now = ledger_.accepted_count() + ledger_.settled() + callers_.taken_in_meanwhile();
  const std::uint64_t before = std::exchange(begun_and_ended_, now);
  idle_turns_ = network_->was_idle() && now == before ? idle_turns_ + 1 : 0;
  if (idle_turns_ > most_idle_turns) {
    violations_.add(Promise::engine_sleeps, [] { return std::string{"it turns without an end in one moment"}; });
  }
}

void Simulation::check_metrics() {
  const MetricsLevel level = scenario_.config.metrics_level;
  const auto check = [&](std::string_view metric, std::uint64_t count, std::uint64_t sum) {
    MetricSnapshot all;
    for (const MetricSnapshot& one : engine_->metrics()->total({.name = std::string{metric}}))
      all.merge(one);
    const bool measured = find_metric_info(metric)->level <= level;
    if (all.count == (measured ? count : 0) && all.sum == static_cast<double>(measured ? sum : 0)) return;
    violations_.add(Promise::metrics_are_true, [&] {
      return std::string{metric} + " counts " + std::to_string(all.count) + " values, " + std::to_string(all.sum) +
             " together, and there were " + std::to_string(count) + ", " + std::to_string(sum) + " together";
    });
  };
  check(metric::user_records_put, ledger_.settled(), ledger_.stored());
  check(metric::retries_per_record, ledger_.settled(), ledger_.retries());
  check(metric::expired_records, ledger_.expired(), ledger_.expired());
  std::uint64_t deliveries = 0;
  for (const MetricSnapshot& one : engine_->metrics()->total({.name = std::string{metric::delivery_time}}))
    deliveries = std::accumulate(one.buckets.begin(), one.buckets.end(), deliveries);
  if (level != MetricsLevel::none && deliveries != ledger_.settled()) {
    violations_.add(Promise::metrics_are_true, [&] {
      return "DeliveryTime has " + std::to_string(deliveries) + " records in its buckets, and " +
             std::to_string(ledger_.settled()) + " ended";
    });
  }
}

void Simulation::finish() {
  ledger_.close_accounts();
  check_metrics();
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
