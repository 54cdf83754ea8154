#include "producer/open_batches.hpp"

#include <algorithm>
#include <mutex>
#include <set>

#include <gtest/gtest.h>

#include "open_batches_records.hpp"

namespace aiokpl::detail {
namespace {

using namespace test;

class OpenBatchesTest : public ::testing::Test {
 protected:
  using Open = OpenBatches<std::mutex>;
  ~OpenBatchesTest() override {
    if (open_) open_->close_all(closed_);
    full();
    settle(closed_);
  }

  void begin(PlacementPlan plan) { open_.emplace(source_, std::move(plan), 1); }
  /// Puts a record; its handle is let go of.
  std::optional<TimePoint> put(const OwnedRecord& record, Duration deadline = 100ms) {
    auto put = put_into(*open_, record, deadline);
    (void)FateHandle{put.fate.block, put.fate.index};
    for (BatchPtr* batch : {&put.closed_before, &put.closed_full}) {
      if (*batch) full_.push_back(std::move(*batch));
    }
    return put.earliest == pipeline::never ? std::nullopt : std::optional{put.earliest};
  }
  /// What puts have closed.
  std::vector<std::string> full() { return keep(std::exchange(full_, {})); }
  std::vector<std::string> close_due(Duration now, Duration buffered = 100ms, std::size_t max_count = 500,
                                     std::size_t max_size = 5'000'000) {
    std::vector<BatchPtr> closed;
    open_->close_due(start + now, buffered, max_count, max_size, closed);
    return keep(std::move(closed));
  }
  std::vector<std::string> close_all() {
    std::vector<BatchPtr> closed;
    open_->close_all(closed);
    return keep(std::move(closed));
  }
  std::vector<std::string> install(PlacementPlan plan) {
    std::vector<BatchPtr> closed;
    open_->install(std::move(plan), closed);
    return keep(std::move(closed));
  }
  /// Their data in short; the batches are kept.
  std::vector<std::string> keep(std::vector<BatchPtr> closed) {
    std::vector<std::string> story;
    for (BatchPtr& batch : closed) {
      std::string& text = story.emplace_back(batch->shard == pipeline::no_shard ? "-" : std::to_string(batch->shard));
      for (const OwnedRecord& record : pipeline::test::read_back(*batch))
        text += ' ' + record.data;
      closed_.push_back(std::move(batch));
    }
    return story;
  }

  FateBatches source_;
  std::optional<Open> open_;
  std::vector<BatchPtr> closed_;
  std::vector<BatchPtr> full_;
};

using Closed = std::vector<std::string>;

TEST_F(OpenBatchesTest, ARecordGoesIntoTheBatchOfItsShard) {
  begin(two_shards());
  EXPECT_EQ(open_->mode(), PlacementMode::by_key);
  put(record_at(0.1, "a"));
  put(record_at(0.9, "b"));
  put(record_at(0.2, "c"));
  EXPECT_EQ(open_->oldest(), start);
  EXPECT_EQ(close_all(), (Closed{"0 a c", "1 b"}));
  EXPECT_EQ(close_all(), Closed{});
  EXPECT_EQ(open_->oldest(), pipeline::never);
}

TEST_F(OpenBatchesTest, WhatIsFullIsHandedOut) {
  begin(two_shards({.max_count = 2}));
  put(record_at(0.1, "a"));
  EXPECT_EQ(full(), Closed{});
  put(record_at(0.1, "b"));
  EXPECT_EQ(full(), Closed{"0 a b"});
  EXPECT_EQ(close_all(), Closed{});
}

TEST_F(OpenBatchesTest, TheEarliestDeadlineIsToldWhenItMovesForward) {
  begin(two_shards());
  EXPECT_EQ(open_->earliest(), pipeline::never);
  EXPECT_EQ(put(record_at(0.1, "a"), 100ms), start + 100ms);
  EXPECT_EQ(put(record_at(0.1, "b"), 110ms), std::nullopt);
  EXPECT_EQ(put(record_at(0.9, "c"), 120ms), std::nullopt) << "later than the other shard's";
  EXPECT_EQ(put(record_at(0.9, "d"), 50ms), start + 50ms) << "one that is sent again is more urgent than its batch";
  EXPECT_EQ(open_->earliest(), start + 50ms);
}

TEST_F(OpenBatchesTest, WhatFallsDueTakesTheOlderOnesAlong) {
  begin(by_key(pipeline::test::even_shards(4)));
  put(record_at(0.1, "first"), 100ms);
  put(record_at(0.3, "older"), 150ms);
  put(record_at(0.6, "younger"), 151ms);
  EXPECT_EQ(close_due(99ms), Closed{});
  EXPECT_EQ(close_due(100ms), (Closed{"0 first", "1 older"})) << "older than half the buffering time";
  EXPECT_EQ(open_->earliest(), start + 151ms);
  EXPECT_EQ(close_due(151ms), Closed{"2 younger"});
  EXPECT_EQ(open_->earliest(), pipeline::never);
}

TEST_F(OpenBatchesTest, CompanionsFillOneRequestAndNeverPushOutWhatIsDue) {
  begin(by_key(pipeline::test::even_shards(8)));
  for (const double part : {0.1, 0.2, 0.3, 0.4})
    put(record_at(part, "companion"), 140ms);
  for (const double part : {0.6, 0.7})
    put(record_at(part, "due"), 100ms);
  EXPECT_EQ(close_due(100ms, 100ms, 3), (Closed{"4 due", "5 due", "0 companion"}));
  EXPECT_EQ(open_->earliest(), start + 140ms);
  put(record_at(0.9, "due"), 100ms);
  // 4 bytes are due, and a companion has 10.
  EXPECT_EQ(close_due(100ms, 100ms, 500, 23), (Closed{"7 due", "1 companion"}));
}

TEST_F(OpenBatchesTest, WhereNothingIsDueNobodyLeavesEarly) {
  begin(two_shards({.max_count = 2}));
  put(record_at(0.1, "a"), 100ms);
  put(record_at(0.1, "b"), 100ms);  // full: the earliest deadline went with it
  put(record_at(0.9, "c"), 120ms);
  EXPECT_EQ(close_due(100ms), Closed{}) << "c has its 20 ms still";
  EXPECT_EQ(open_->earliest(), start + 120ms);
}

TEST_F(OpenBatchesTest, ANewPlanRetiresTheShardsThatVanishedAndKeepsTheOthers) {
  begin(two_shards());
  put(record_at(0.1, "a"));
  put(record_at(0.9, "b"));
  EXPECT_EQ(install(first_split()), Closed{"0 a"});
  put(record_at(0.1, "c"));
  put(record_at(0.4, "d"));
  put(record_at(0.9, "e"));
  EXPECT_EQ(close_all(), (Closed{"2 c", "3 d", "1 b e"}));
}

TEST_F(OpenBatchesTest, ACallerThatSawTheOldPlanFindsTheNewOne) {
  begin(two_shards());
  Open::Sight sight;
  const auto put_seen = [&](const std::string& data) {
    const auto done = put_into(*open_, record_at(0.1, data), 100ms, sight);
    (void)FateHandle{done.fate.block, done.fate.index};
  };
  put_seen("a");
  EXPECT_EQ(install(first_split()), Closed{"0 a"});
  put_seen("b");
  put_seen("c");
  EXPECT_EQ(close_all(), Closed{"2 b c"});
}

TEST_F(OpenBatchesTest, ASightMayOutliveTheOpenBatches) {
  Open::Sight sight;
  begin(two_shards());
  const auto put = put_into(*open_, record_at(0.1, "a"), 100ms, sight);
  (void)FateHandle{put.fate.block, put.fate.index};
  EXPECT_EQ(close_all(), Closed{"0 a"});
  open_.reset();
}

TEST_F(OpenBatchesTest, AnotherModeOrOtherLimitsRetireAll) {
  begin(two_shards());
  put(record_at(0.1, "a"));
  EXPECT_EQ(install(two_shards({.max_size = 1'000})), Closed{"0 a"});
  put(record_at(0.1, "b"));
  EXPECT_EQ(install({.mode = PlacementMode::automatic, .limits = {.max_count = 1}}), Closed{"0 b"});
  put(record_at(0.1, "c"));
  EXPECT_EQ(full(), Closed{"- c"});
  put({.data = "keyless"});
  EXPECT_EQ(full(), Closed{"- keyless"});
  EXPECT_EQ(closed_.back()->hash_key_count(), 0U) << "nothing to place";
}

TEST_F(OpenBatchesTest, WhileTheMapIsAwaitedRecordsStayTogether) {
  begin({.mode = PlacementMode::waiting, .limits = {.max_size = 262'144}});
  put(record_at(0.1, "a"));
  put(record_at(0.9, "b"));
  put({.data = "c"});
  EXPECT_EQ(close_all(), Closed{"- a b c"});
}

TEST_F(OpenBatchesTest, KeylessRecordsStayOnOneShardUntilItsBatchCloses) {
  begin(by_key(pipeline::test::even_shards(8)));
  std::set<std::string> shards;
  std::string before;
  for (int round = 0; round < 60; ++round) {
    for (int i = 0; i < 10; ++i)
      put({.data = "x"});
    const Closed closed = round % 2 == 0 ? close_all() : close_due(200ms);
    ASSERT_EQ(closed.size(), 1U) << "all on one";
    EXPECT_EQ(closed[0].size(), 1U + 10 * 2);
    EXPECT_NE(closed[0].substr(0, 1), before) << "a closed batch moves them on";
    before = closed[0].substr(0, 1);
    shards.insert(before);
  }
  EXPECT_EQ(shards.size(), 8U) << "over all shards in the end";
}

TEST_F(OpenBatchesTest, ARecordWithAKeyThatClosesTheBatchMovesTheKeylessOnToo) {
  begin(by_key(pipeline::test::even_shards(8), {.max_count = 3}));
  for (int round = 0; round < 20; ++round) {
    put({.data = "x"});
    put({.data = "x"});
    const Closed open = [&] {
      // Where they are: the one shard that a single record with a key fills.
      for (int shard = 0; shard < 8; ++shard) {
        put(record_at((shard + 0.5) / 8, "k"));
        if (!full_.empty()) return full();
      }
      return Closed{};
    }();
    ASSERT_EQ(open.size(), 1U);
    EXPECT_EQ(open[0].substr(1), " x x k");
    put({.data = "y"});
    const Closed rest = close_all();
    const auto next = std::ranges::find_if(rest, [](const std::string& text) { return text.ends_with('y'); });
    ASSERT_NE(next, rest.end());
    EXPECT_NE(next->front(), open[0].front());
  }
}

TEST_F(OpenBatchesTest, AKeylessRecordLiesInsideItsShard) {
  const PlacementPlan plan = two_shards();
  begin(plan);
  for (int round = 0; round < 10; ++round) {
    put({.data = "x"});
    close_all();
    const pipeline::Batch& batch = *closed_.back();
    EXPECT_TRUE(plan.map->by_number(batch.shard)->range.contains(batch.span().first));
  }
}

TEST_F(OpenBatchesTest, WithoutAMapKeylessRecordsSpreadOverAllHashKeys) {
  begin({.mode = PlacementMode::raw, .limits = {.max_count = 1}});
  std::set<std::uint64_t> places;
  for (int i = 0; i < 500; ++i) {
    put({.data = "x"});
    full();
    places.insert(closed_.back()->span().first.high);
  }
  EXPECT_GT(places.size(), 50U);
  EXPECT_GT(*places.rbegin(), ~std::uint64_t{0} / 8 * 7);
  EXPECT_LT(*places.begin(), ~std::uint64_t{0} / 8);
}

TEST_F(OpenBatchesTest, ARecordThatComesBackKeepsItsFate) {
  begin(two_shards());
  put(record_at(0.1, "a"));
  close_all();
  FateBlock* home = closed_.back()->home;
  const OwnedRecord record = record_at(0.1, "a");
  const pipeline::test::Parts parts{record};
  const auto put = open_->put(parts.get(), start, start + 50ms, pipeline::FateRef{home, 0});
  EXPECT_EQ(put.fate.block, home);
  std::vector<BatchPtr> closed;
  open_->close_all(closed);
  ASSERT_EQ(closed.size(), 1U);
  EXPECT_EQ(closed[0]->home, nullptr) << "no fate of its own begins there";
}

}  // namespace
}  // namespace aiokpl::detail
