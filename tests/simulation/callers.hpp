#pragma once

#include <deque>
#include <list>
#include <memory>
#include <vector>

#include "conditions.hpp"
#include "ledger.hpp"
#include "producer/engine.hpp"
#include "scenario.hpp"
#include "workload.hpp"
#include "world_time.hpp"

namespace aiokpl::simulation {

/// Those who put records, each in its way, and wait for places where there are none.
class Callers {
 public:
  Callers(const Scenario& scenario, const SimulatedClock& clock, Agenda& agenda, const Conditions& conditions,
          const Workload& workload, Ledger& ledger, detail::Engine& engine)
      : scenario_{&scenario},
        clock_{&clock},
        agenda_{&agenda},
        conditions_{&conditions},
        workload_{&workload},
        ledger_{&ledger},
        engine_{&engine} {}

  /// Puts all of the scenario's records on the agenda.
  void plan();
  /// Takes in the outcomes of those who waited and need not any more.
  void look();
  [[nodiscard]] bool waiting() const noexcept { return !waiting_.empty(); }
  /// Records of bulk puts that still wait which were taken in already: nobody else hears of them yet.
  [[nodiscard]] std::uint64_t taken_in_meanwhile() const;

 private:
  /// Records that wait for places, with what they view.
  struct Waiting {
    std::shared_ptr<detail::PendingPuts> pending;
    RecordId first = 0;
    std::deque<Content> contents;
    std::vector<Record> records;
  };

  void put(std::size_t puts, RecordId from);
  void put_one(RecordId id, bool waits);
  void put_in_bulk(RecordId first, RecordId count);

  const Scenario* scenario_;
  const SimulatedClock* clock_;
  Agenda* agenda_;
  const Conditions* conditions_;
  const Workload* workload_;
  Ledger* ledger_;
  detail::Engine* engine_;
  std::list<Waiting> waiting_;  // the producer keeps views into them
  Content content_;
};

}  // namespace aiokpl::simulation
