#include <algorithm>
#include <functional>
#include <iterator>
#include <map>

#include <gtest/gtest.h>

#include "interleavings.hpp"
#include "open_batches_records.hpp"

namespace aiokpl::detail {
namespace {

using namespace test;

// Every interleaving of callers and the engine, up to a number of interruptions.

using Engine = std::function<void(OpenBatches<SteppedMutex>&, std::vector<BatchPtr>&)>;

/// What two callers put, and what the engine does meanwhile.
struct Scenario {
  std::vector<std::vector<OwnedRecord>> callers;
  Engine engine;
  pipeline::BatchLimits limits = {};
  /// Each caller puts all that it has in one call.
  bool together = false;
};

/// A run of the scenario by one schedule: everything put ends in exactly one batch, of the shard that holds it, with
/// the fate that the caller was given; and what stays open is known to fall due.
std::vector<Stepper::Stop> play(const Scenario& scenario, const std::vector<std::size_t>& schedule) {
  FateBatches source;
  OpenBatches<SteppedMutex> open{source, two_shards(scenario.limits), 1};
  std::vector<std::vector<BatchPtr>> closed(scenario.callers.size() + 1);
  std::vector<std::map<std::string, pipeline::FateRef>> fates(scenario.callers.size());
  std::vector<std::function<void()>> bodies;
  for (std::size_t caller = 0; caller < scenario.callers.size(); ++caller) {
    bodies.emplace_back([&, caller] {
      OpenBatches<SteppedMutex>::Sight sight;
      const std::vector<OwnedRecord>& records = scenario.callers[caller];
      const auto took = [&](std::size_t i, pipeline::FateRef fate) { fates[caller].emplace(records[i].data, fate); };
      if (scenario.together) {
        auto puts = put_many_into(open, records, 100ms + caller * 10ms, sight, took);
        std::ranges::move(puts.closed, std::back_inserter(closed[caller]));
        return;
      }
      for (const OwnedRecord& record : scenario.callers[caller]) {
        auto put = put_into(open, record, 100ms + caller * 10ms, sight);
        fates[caller].emplace(record.data, put.fate);
        for (BatchPtr* batch : {&put.closed_before, &put.closed_full}) {
          if (*batch) closed[caller].push_back(std::move(*batch));
        }
      }
    });
  }
  bodies.emplace_back([&] { scenario.engine(open, closed.back()); });
  std::vector<Stepper::Stop> stops = Stepper{}.run(bodies, schedule);

  const TimePoint earliest = open.earliest();
  std::vector<BatchPtr> all;
  open.close_all(all);
  for (const BatchPtr& batch : all)
    EXPECT_LE(earliest, batch->deadline) << "what is open falls due without anybody knowing";
  for (std::vector<BatchPtr>& some : closed)
    std::ranges::move(some, std::back_inserter(all));

  const std::map<pipeline::ShardNumber, HashKeyRange> ranges = [] {
    std::map<pipeline::ShardNumber, HashKeyRange> known;
    for (const PlacementPlan& plan : {two_shards(), first_split()}) {
      for (const pipeline::ShardRange& shard : *plan.map)
        known[shard.number] = shard.range;
    }
    return known;
  }();
  std::map<std::string, pipeline::FateRef> found;
  for (const BatchPtr& batch : all) {
    pipeline::BatchReader reader{*batch};
    while (reader.next()) {
      const std::string data = pipeline::test::owned(reader).data;
      EXPECT_TRUE(found.emplace(data, pipeline::FateRef{reader.member().block, reader.member().index}).second)
          << data << " is there twice";
    }
    EXPECT_TRUE(ranges.at(batch->shard).contains(batch->span().first) &&
                ranges.at(batch->shard).contains(batch->span().last));
  }
  std::size_t put = 0;
  for (const auto& of_caller : fates) {
    for (const auto& [data, fate] : of_caller) {
      ++put;
      const auto there = found.find(data);
      EXPECT_TRUE(there != found.end()) << data << " is lost";
      if (there == found.end()) continue;
      EXPECT_EQ(there->second.block, fate.block);
      EXPECT_EQ(there->second.index, fate.index);
    }
  }
  EXPECT_EQ(put, found.size());
  settle(all);
  for (const auto& of_caller : fates) {
    for (const auto& [data, fate] : of_caller)
      EXPECT_TRUE((FateHandle{fate.block, fate.index}.settled())) << data;
  }
  return stops;
}

std::size_t play_all(const Scenario& scenario, std::size_t most_interruptions) {
  return Stepper::every_schedule(most_interruptions, [&](const std::vector<std::size_t>& schedule) {
    std::vector<Stepper::Stop> stops = play(scenario, schedule);
    if (::testing::Test::HasFailure()) {
      std::string text;
      for (const Stepper::Stop& stop : stops)
        text += std::to_string(stop.chosen) + ' ';
      ADD_FAILURE() << "by the schedule " << text;
      stops.clear();  // one history is enough
    }
    return stops;
  });
}

const std::vector<std::vector<OwnedRecord>> two_callers{{record_at(0.1, "a"), record_at(0.9, "b")}, {{.data = "c"}}};

void reshard(OpenBatches<SteppedMutex>& open, std::vector<BatchPtr>& closed) {
  open.install(first_split(), closed);
}
void flush(OpenBatches<SteppedMutex>& open, std::vector<BatchPtr>& closed) {
  open.close_all(closed);
}
void fall_due(OpenBatches<SteppedMutex>& open, std::vector<BatchPtr>& closed) {
  open.close_due(start + 100ms, 4ms, 500, 5'000'000, closed);
}

TEST(OpenBatchesInterleavings, PutsWhileTheStreamIsResharded) {
  EXPECT_GT(play_all({two_callers, reshard}, 2), 100U);
}

TEST(OpenBatchesInterleavings, PutsWhileEverythingIsFlushed) {
  EXPECT_GT(play_all({two_callers, flush}, 2), 100U);
}

TEST(OpenBatchesInterleavings, PutsWhileBatchesFallDue) {
  EXPECT_GT(play_all({two_callers, fall_due}, 2), 100U);
}

TEST(OpenBatchesInterleavings, PutsThatFillBatchesWhileAllOfItHappens) {
  const auto all = [](OpenBatches<SteppedMutex>& open, std::vector<BatchPtr>& closed) {
    fall_due(open, closed);
    reshard(open, closed);
    flush(open, closed);
  };
  EXPECT_GT(play_all({{{record_at(0.1, "a")}, {record_at(0.1, "b")}}, all, {.max_count = 2}}, 2), 100U);
}

TEST(OpenBatchesInterleavings, OnePutEachWithMoreInterruptions) {
  const std::vector<std::vector<OwnedRecord>> one_caller{{record_at(0.1, "a")}};
  for (const Engine& engine : {Engine{reshard}, Engine{flush}, Engine{fall_due}})
    EXPECT_GT(play_all({one_caller, engine}, 4), 100U);
}

TEST(OpenBatchesInterleavings, APutThatLookedUpARetiredBatchLooksAgain) {
  // The caller has looked up its batch and stands before that batch's lock while the engine reshards from start to end.
  bool seen = false;
  Stepper::every_schedule(1, [&](const std::vector<std::size_t>& schedule) {
    FateBatches source;
    OpenBatches<SteppedMutex> open{source, two_shards(), 1};
    std::vector<BatchPtr> closed;
    std::vector<Stepper::Stop> stops = Stepper{}.run({[&] {
                                                        const auto put = put_into(open, record_at(0.1, "a"));
                                                        (void)FateHandle{put.fate.block, put.fate.index};
                                                      },
                                                      [&] { open.install(first_split(), closed); }},
                                                     schedule);
    const bool retired_empty = closed.empty();
    open.close_all(closed);
    EXPECT_EQ(closed.size(), 1U);
    EXPECT_EQ(closed.at(0)->shard, retired_empty ? 2U : 0U);
    // Interrupted after its first look, and still in the right place.
    seen |= retired_empty && stops.size() > 2 && stops[0].chosen == 0;
    settle(closed);
    return stops;
  });
  EXPECT_TRUE(seen);
}

TEST(OpenBatchesInterleavings, PutsTogetherWhileAllOfItHappens) {
  const std::vector<std::vector<OwnedRecord>> callers{{record_at(0.1, "a"), record_at(0.9, "b"), record_at(0.1, "c")},
                                                      {{.data = "d"}, record_at(0.4, "e")}};
  for (const Engine& engine : {Engine{reshard}, Engine{flush}, Engine{fall_due}}) {
    EXPECT_GT(play_all({.callers = callers, .engine = engine, .limits = {.max_count = 2}, .together = true}, 2), 100U);
  }
}

}  // namespace
}  // namespace aiokpl::detail
