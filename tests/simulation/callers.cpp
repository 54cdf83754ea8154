#include "callers.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include <aiokpl/error.hpp>

#include "producer/pending.hpp"

namespace aiokpl::simulation {

using namespace std::chrono_literals;

void Callers::plan() {
  for (std::size_t i = 0; i < scenario_->puts.size(); ++i) {
    agenda_->at(world_start + scenario_->puts[i].at, [this, i] { put(i, 0); });
  }
}

void Callers::put(std::size_t which, RecordId from) {
  if (const TimePoint until = conditions_->suspended_until(); until > clock_->now()) {
    agenda_->at(until, [this, which, from] { put(which, from); });
    return;
  }
  const Puts& puts = scenario_->puts[which];
  if (puts.poisonous) ledger_->trouble(puts.stream, clock_->now() + scenario_->config.record_ttl);
  const RecordId left = puts.count - from;
  RecordId count = puts.spacing == 0s ? left : 1;
  if (puts.way == Way::in_bulk) {
    count = std::min<RecordId>(left, puts.spacing == 0s ? left : 50);
    put_in_bulk(workload_->first_of(which) + from, count);
  } else {
    for (RecordId i = 0; i < count; ++i)
      put_one(workload_->first_of(which) + from + i, puts.way == Way::waiting);
  }
  const RecordId next = from + count;
  if (next < puts.count) agenda_->at(clock_->now() + puts.spacing, [this, which, next] { put(which, next); });
}

void Callers::put_one(RecordId id, bool waits) {
  ledger_->offered(id);
  workload_->write(id, content_);
  const Record record = content_.record(scenario_->streams[workload_->puts_of(id).stream].name);
  try {
    if (auto outcome = engine_->try_put(record)) {
      ledger_->accepted(id, *std::move(outcome));
      return;
    }
    if (waits) {
      Waiting waiting{.first = id};
      waiting.pending = std::make_shared<detail::PendingPuts>(engine_->shared_from_this(),
                                                              std::make_unique<detail::OwnedRecord>(record));
      engine_->advance(waiting.pending);
      waiting_.push_back(std::move(waiting));
      return;
    }
  } catch (const InvalidArgument&) {  // too large, or with tags where there is no place for them
  } catch (const ProducerClosed&) {
  }
  ledger_->refused(id);
}

std::uint64_t Callers::taken_in_meanwhile() const {
  std::uint64_t count = 0;
  for (const Waiting& waiting : waiting_)
    count += waiting.pending->outcomes().size();
  return count;
}

void Callers::put_in_bulk(RecordId first, RecordId count) {
  Waiting waiting{.first = first};
  for (RecordId i = 0; i < count; ++i) {
    Content& content = waiting.contents.emplace_back();
    ledger_->offered(first + i);
    workload_->write(first + i, content);
    waiting.records.push_back(content.record(scenario_->streams[workload_->puts_of(first).stream].name));
  }
  try {
    for (const Record& record : waiting.records)
      engine_->check(record);
    waiting.pending = std::make_shared<detail::PendingPuts>(engine_->shared_from_this(), std::span{waiting.records});
    engine_->advance(waiting.pending);
    waiting_.push_back(std::move(waiting));
    return;
  } catch (const InvalidArgument&) {
  } catch (const ProducerClosed&) {
  }
  for (RecordId i = 0; i < count; ++i)
    ledger_->refused(first + i);
}

void Callers::look() {
  std::erase_if(waiting_, [this](Waiting& waiting) {
    if (waiting.pending->queued) return false;  // the engine has not come to it yet; cheaper to ask than the next line
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
        ledger_->accepted(waiting.first + i, std::move(outcomes[i]));
      } else {
        ledger_->refused(waiting.first + i);
      }
    }
    return true;
  });
}

}  // namespace aiokpl::simulation
