#include "ledger.hpp"

#include <algorithm>
#include <utility>

// What is known while the producer works. The accounts are closed in ledger_closing.cpp.
namespace aiokpl::simulation {

namespace {

using namespace std::chrono_literals;

/// Beyond the promise: rounding to milliseconds, and the turn of the engine in which it happens.
constexpr Duration resolution_slack = 50ms;
/// After the last trouble a record may still fail for what was learned in it: the longest pause between two questions
/// about a stream, and more.
constexpr Duration aftermath = 95s;

}  // namespace

Ledger::Ledger(const Scenario& scenario, const SimulatedClock& clock, const Kinesis& kinesis, const Workload& workload,
               History& history, Violations& violations)
    : scenario_{&scenario},
      clock_{&clock},
      workload_{&workload},
      history_{&history},
      violations_{&violations},
      deliveries_{scenario, kinesis, workload, violations},
      accounts_(workload.size()),
      unsettled_(scenario.streams.size()),
      troubled_until_(scenario.streams.size(), TimePoint::min()),
      backlog_ends_(scenario.streams.size(), world_start),
      replacements_(scenario.streams.size()),
      first_listed_(scenario.streams.size(), pipeline::never),
      first_expired_(scenario.streams.size(), pipeline::never) {}

std::string Ledger::name(RecordId id) const {
  return "record " + std::to_string(id) + " of stream " + std::to_string(workload_->puts_of(id).stream);
}

void Ledger::accepted(RecordId id, Outcome outcome) {
  Account& account = accounts_[id];
  const Config& config = scenario_->config;
  account.state = State::accepted;
  account.accepted_at = clock_->now();
  account.limit =
      clock_->now() + config.record_ttl + config.connect_timeout + config.request_timeout + resolution_slack;
  account.place = accepted_count();
  order_.push_back(id);
  ++unsettled_[workload_->puts_of(id).stream];
  workload_->write(id, content_);
  count_backlog(id, content_.data.size() + (content_.key ? content_.key->size() : 1));
  history_->note(clock_->now(), {10, id}, [&] { return name(id) + " is accepted"; });
  if (scenario_->all_listen) {
    outcome.on_ready([this, id](const RecordResult& result) { settle(id, result); });
  } else {
    account.outcome = std::move(outcome);
    unheard_.push_back(id);
  }
}

void Ledger::refused(RecordId id) {
  accounts_[id].state = State::refused;
  history_->note(clock_->now(), {11, id}, [&] { return name(id) + " is refused"; });
}

void Ledger::count_backlog(RecordId id, std::size_t size) {
  // The narrowest of what is on its way, with every record by itself and all of them on one shard.
  const Config& config = scenario_->config;
  const auto seconds = [](double value) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>{value});
  };
  const Duration on_shard = seconds(std::max(static_cast<double>(size) / config.rate_limit_bytes_per_sec_per_shard,
                                             1 / config.rate_limit_records_per_sec_per_shard));
  const double round_trip = std::chrono::duration<double>{scenario_->round_trip}.count();
  const Duration on_network = seconds((round_trip / static_cast<double>(config.collection_max_count) +
                                       static_cast<double>(size) / scenario_->bandwidth) *
                                      2 / config.max_connections);
  const std::size_t stream = workload_->puts_of(id).stream;
  backlog_ends_[stream] = std::max(backlog_ends_[stream], clock_->now()) + on_shard;
  network_backlog_ends_ = std::max(network_backlog_ends_, clock_->now()) + on_network;
  const TimePoint bearable = clock_->now() + config.record_ttl / 4;
  if (backlog_ends_[stream] > bearable) trouble(stream, backlog_ends_[stream]);
  if (network_backlog_ends_ > bearable) trouble(std::nullopt, network_backlog_ends_);
}

void Ledger::trouble(std::optional<std::size_t> stream, TimePoint until) {
  for (std::size_t i = 0; i < troubled_until_.size(); ++i) {
    if (!stream || *stream == i) troubled_until_[i] = std::max(troubled_until_[i], until);
  }
}

bool Ledger::was_calm(RecordId id) const {
  const TimePoint troubled_until = troubled_until_[workload_->puts_of(id).stream];
  // Of a bulk, which is told as a whole, the first records may have ended long before.
  return troubled_until == TimePoint::min() || pipeline::later(troubled_until, aftermath) < accounts_[id].offered_at;
}

void Ledger::settle(RecordId id, const RecordResult& result) {
  Account& account = accounts_[id];
  if (account.state != State::accepted) {
    violations_->add(Promise::resolves_once, [&] { return name(id) + " resolved again"; });
    return;
  }
  account.state = State::settled;
  account.success = result.success;
  account.attempts = static_cast<std::uint32_t>(result.attempts.size() + result.attempts_omitted);
  --unsettled_[workload_->puts_of(id).stream];
  ++settled_;
  history_->note(clock_->now(), {12, id, result.success ? 1U : 0U, account.attempts},
                 [&] { return name(id) + ": " + to_string(result); });
  if (result.attempts.empty() || result.attempts.back().success != result.success) {
    violations_->add(Promise::resolves_once,
                     [&] { return name(id) + ": its last attempt is not how it ended: " + to_string(result); });
    return;
  }
  retries_ += account.attempts - 1;
  if (result.attempts.back().error_code == error_code::expired) ++expired_;
  for (const Attempt& attempt : result.attempts)
    account.was_misplaced |= attempt.error_code == error_code::wrong_shard;
  if (result.success) {
    check_success(id, result);
  } else {
    account.error_code = result.attempts.back().error_code;
    check_failure(id);
  }
}

void Ledger::check_success(RecordId id, const RecordResult& result) {
  ++stored_;
  const Entry* entry = deliveries_.find(workload_->puts_of(id).stream, result.shard_id.value_or(""),
                                        result.sequence_number.value_or(""));
  if (entry == nullptr || std::ranges::find(entry->members, id) == entry->members.end()) {
    violations_->add(Promise::success_is_stored,
                     [&] { return name(id) + " is not where it is said to be: " + to_string(result); });
  } else if (!entry->kept && !is_beyond_knowing(*entry)) {
    violations_->add(Promise::success_is_consumed, [&] {
      return name(id) + " is in an aggregate that consumers drop, of request " + std::to_string(entry->request) + ": " +
             to_string(result);
    });
  }
}

bool Ledger::is_beyond_knowing(const Entry& entry) const {
  if (requests_.at(entry.request).started < replacements_[entry.stream].known_from) return true;
  // A lone record with tags is framed also where the stream may not be listed, and may distribute by itself.
  const auto forbids = [](const Disturbance& one) { return one.fault == Fault::list_forbidden; };
  return entry.members.size() == 1 && std::ranges::any_of(scenario_->disturbances, forbids);
}

void Ledger::check_failure(RecordId id) {
  const Account& account = accounts_[id];
  TimePoint& first_expired = first_expired_[workload_->puts_of(id).stream];
  if (account.error_code == error_code::expired) first_expired = std::min(first_expired, clock_->now());
  if (account.error_code == error_code::aborted) {
    ++aborted_;
  } else if (was_calm(id) && account.error_code != error_code::tags_not_supported) {
    violations_->add(Promise::progress, [&] { return name(id) + " failed with " + account.error_code; });
  }
}

void Ledger::failure_told(const FailedRecord& failed) {
  const auto id = workload_->id_of(failed.data);
  if (!id) {
    violations_->add(Promise::failures_are_told, [] { return std::string{"a failed record is none that was put"}; });
    return;
  }
  Account& account = accounts_[*id];
  workload_->write(*id, content_);
  const bool same_key = !content_.key || failed.partition_key == content_.key;
  if (account.told || failed.result.success || failed.data != content_.data || !same_key ||
      failed.stream != scenario_->streams[workload_->puts_of(*id).stream].name) {
    violations_->add(Promise::failures_are_told, [&] { return name(*id) + " was told twice, or wrongly"; });
  }
  account.told = true;
}

void Ledger::look() {
  // In their order: one that lags behind hides those after it no longer than until its limit.
  while (!unheard_.empty() && accounts_[unheard_.front()].outcome.is_set()) {
    const RecordId id = unheard_.front();
    const Outcome outcome = std::exchange(accounts_[id].outcome, {});
    unheard_.pop_front();
    settle(id, outcome.get());
  }
  // Limits come in the order of acceptance.
  for (; next_due_ < order_.size(); ++next_due_) {
    const RecordId id = order_[next_due_];
    const Account& account = accounts_[id];
    if (account.state == State::settled) continue;
    if (account.outcome.valid() && account.outcome.is_set()) continue;  // seen late, behind one that lags
    if (clock_->now() <= pipeline::later(account.limit, suspended_)) return;
    violations_->add(Promise::resolves_in_time, [&] { return name(id) + " has not resolved in time"; });
  }
}

std::uint64_t Ledger::unsettled(std::optional<std::size_t> stream) const noexcept {
  if (stream) return unsettled_[*stream];
  std::uint64_t all = 0;
  for (const std::uint64_t count : unsettled_)
    all += count;
  return all;
}

std::uint64_t Ledger::unsettled_before(RecordId accepted_before, std::optional<std::size_t> stream) const {
  std::uint64_t count = 0;
  for (RecordId i = 0; i < accepted_before; ++i) {
    const Account& account = accounts_[order_[i]];
    if (stream && workload_->puts_of(order_[i]).stream != *stream) continue;
    const bool open = account.state == State::accepted && !(account.outcome.valid() && account.outcome.is_set());
    if (open) ++count;
  }
  return count;
}

void Ledger::request_started(std::uint64_t request, std::size_t stream, TimePoint now) {
  requests_[request] = {.stream = stream, .started = now};
}

void Ledger::request_processed(std::uint64_t request, int status, std::string_view answer) {
  const Request& processed = requests_.at(request);
  if (status == 400 && (answer.find("ValidationException") != std::string_view::npos ||
                        answer.find("InvalidArgumentException") != std::string_view::npos)) {
    // Where streams change their strategy a keyless record may be late; poison is meant to be refused.
    const auto may_be = [&](const Disturbance& one) {
      return one.fault == Fault::poison || one.fault == Fault::strategy_switched || one.fault == Fault::recreated;
    };
    if (std::ranges::none_of(scenario_->disturbances, may_be)) {
      violations_->add(Promise::limits_of_requests, [&] {
        return "request " + std::to_string(request) + " was refused: " + std::string{answer.substr(0, 300)};
      });
    }
    return;
  }
  deliveries_.take_in(processed.stream, request);
}

}  // namespace aiokpl::simulation
