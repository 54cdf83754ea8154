#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include <gtest/gtest.h>

#include "open_batches_records.hpp"
#include "pipeline/random.hpp"

namespace aiokpl::detail {
namespace {

using namespace test;
using Open = OpenBatches<std::mutex>;

TEST(GroupingTest, ChainsHoldWhatWasAddedInOrder) {
  Grouping groups;
  // Slots 3 and 259 share a chain.
  const std::vector<std::size_t> slots{3, 7, 259, 3, 3, 259};
  for (std::size_t record = slots.size(); record-- > 0;)
    groups.add(record, slots[record]);
  const auto chain = [&](std::size_t number) {
    std::vector<std::size_t> found;
    for (std::uint16_t record = groups.first(number); record != Grouping::none; record = groups.next(record)) {
      EXPECT_EQ(groups.slot(record), slots[record]);
      found.push_back(record);
    }
    return found;
  };
  EXPECT_EQ(chain(3), (std::vector<std::size_t>{0, 2, 3, 4, 5}));
  EXPECT_EQ(chain(7), std::vector<std::size_t>{1});
  EXPECT_EQ(chain(0), std::vector<std::size_t>{});
}

/// What the batches hold, by shard.
std::map<pipeline::ShardNumber, std::vector<std::string>> by_shard(const std::vector<BatchPtr>& batches) {
  std::map<pipeline::ShardNumber, std::vector<std::string>> found;
  for (const BatchPtr& batch : batches) {
    for (const OwnedRecord& record : pipeline::test::read_back(*batch))
      found[batch->shard].push_back(record.data);
  }
  return found;
}

TEST(PutManyTest, LeavesWhatPutsOneByOneLeave) {
  pipeline::Random random{7};
  for (const std::size_t shards : {1, 2, 64, 1'000}) {
    FateBatches source;
    const PlacementPlan plan = by_key(pipeline::test::even_shards(shards), {.max_size = 300});
    Open together{source, plan, 1};
    Open one_by_one{source, plan, 1};
    Open::Sight sight;
    Open::Sight other_sight;
    std::vector<BatchPtr> closed;
    std::vector<BatchPtr> expected;
    for (int round = 0; round < 10; ++round) {
      std::vector<OwnedRecord> records;
      const auto count = static_cast<std::size_t>(random.uniform() * Grouping::most_records) + 1;
      for (std::size_t i = 0; i < count; ++i)
        records.push_back(record_at(random.uniform(), std::to_string(round) + '-' + std::to_string(i)));
      std::vector<FateHandle> fates(count);
      auto puts = put_many_into(together, records, 100ms, sight, [&](std::size_t i, pipeline::FateRef fate) {
        EXPECT_FALSE(fates[i].valid()) << "told once";
        fates[i] = FateHandle{fate.block, fate.index};
      });
      EXPECT_TRUE(std::ranges::all_of(fates, &FateHandle::valid));
      std::ranges::move(puts.closed, std::back_inserter(closed));
      for (const OwnedRecord& record : records) {
        auto put = put_into(one_by_one, record, 100ms, other_sight);
        (void)FateHandle{put.fate.block, put.fate.index};
        for (BatchPtr* batch : {&put.closed_before, &put.closed_full}) {
          if (*batch) expected.push_back(std::move(*batch));
        }
      }
    }
    together.close_all(closed);
    one_by_one.close_all(expected);
    EXPECT_EQ(by_shard(closed), by_shard(expected)) << shards;
    settle(closed);
    settle(expected);
  }
}

TEST(PutManyTest, TellsTheEarliestDeadlineOnce) {
  FateBatches source;
  Open open{source, two_shards(), 1};
  Open::Sight sight;
  const auto put = [&](const std::vector<OwnedRecord>& records, Duration deadline) {
    return put_many_into(open, records, deadline, sight,
                         [](std::size_t, pipeline::FateRef fate) { (void)FateHandle{fate.block, fate.index}; })
        .earliest;
  };
  EXPECT_EQ(put({record_at(0.1, "a"), record_at(0.9, "b")}, 100ms), start + 100ms);
  EXPECT_EQ(put({record_at(0.1, "c"), {.data = "d"}}, 120ms), pipeline::never);
  EXPECT_EQ(put({}, 10ms), pipeline::never);
  EXPECT_EQ(put({record_at(0.9, "e")}, 50ms), start + 50ms);
  std::vector<BatchPtr> closed;
  open.close_all(closed);
  settle(closed);
}

TEST(PutManyTest, KeylessRecordsGoOnWhenTheirBatchIsFull) {
  FateBatches source;
  Open open{source, by_key(pipeline::test::even_shards(8), {.max_count = 10}), 1};
  Open::Sight sight;
  auto puts = put_many_into(open, std::vector<OwnedRecord>(400, OwnedRecord{.data = "x"}), 100ms, sight,
                            [](std::size_t, pipeline::FateRef fate) { (void)FateHandle{fate.block, fate.index}; });
  std::set<pipeline::ShardNumber> shards;
  for (const BatchPtr& batch : puts.closed)
    shards.insert(batch->shard);
  EXPECT_EQ(puts.closed.size(), 40U);
  EXPECT_EQ(shards.size(), 8U) << "not all of a call on one shard";
  settle(puts.closed);
}

TEST(PutManyTest, ARetiredShardsRecordsFindTheirNewOnes) {
  FateBatches source;
  Open open{source, two_shards(), 1};
  std::vector<BatchPtr> closed;
  Open::Sight sight;
  const auto ignore = [](std::size_t, pipeline::FateRef fate) { (void)FateHandle{fate.block, fate.index}; };
  (void)put_many_into(open, {record_at(0.1, "a"), record_at(0.9, "b")}, 100ms, sight, ignore);
  open.install(first_split(), closed);
  (void)put_many_into(open, {record_at(0.1, "c"), record_at(0.4, "d"), record_at(0.9, "e")}, 100ms, sight, ignore);
  open.close_all(closed);
  using Found = std::map<pipeline::ShardNumber, std::vector<std::string>>;
  EXPECT_EQ(by_shard(closed), (Found{{0, {"a"}}, {1, {"b", "e"}}, {2, {"c"}}, {3, {"d"}}}));
  settle(closed);
}

}  // namespace
}  // namespace aiokpl::detail
