#include "pipeline/aggregator.hpp"

#include <gtest/gtest.h>

#include "codec/aggregate_format.hpp"
#include "pipeline/random.hpp"
#include "records.hpp"

namespace aiokpl::pipeline::test {
namespace {

const HashKey keyless_place{0, 5};

/// One shard's aggregator and what came out of it.
class AggregatorTest : public ::testing::Test {
 protected:
  Aggregator::Appended add(const OwnedRecord& record, Duration deadline = 100ms) {
    const Parts parts{record};
    Aggregator::Appended appended =
        aggregator_.append(parts.get(), start, start + deadline, std::nullopt, limits_, batches_);
    for (BatchPtr* batch : {&appended.closed_before, &appended.closed_full}) {
      if (*batch) closed_.push_back(read_back(**batch));
    }
    return appended;
  }
  [[nodiscard]] std::vector<OwnedRecord> open() const {
    return aggregator_.open() == nullptr ? std::vector<OwnedRecord>{} : read_back(*aggregator_.open());
  }

  TestBatches batches_;
  BatchLimits limits_;
  Aggregator aggregator_{3, keyless_place};
  std::vector<std::vector<OwnedRecord>> closed_;
};

using Records = std::vector<OwnedRecord>;

TEST_F(AggregatorTest, PacksRecordsForItsShardUntilItIsClosed) {
  EXPECT_EQ(aggregator_.open(), nullptr);
  EXPECT_EQ(aggregator_.close(), nullptr);
  add({.key = "k", .data = "1"});
  add({.key = "l", .data = "2"});
  EXPECT_EQ(open(), (Records{{.key = "k", .data = "1"}, {.key = "l", .data = "2"}}));
  const BatchPtr batch = aggregator_.close();
  EXPECT_EQ(batch->shard, 3U);
  EXPECT_EQ(aggregator_.open(), nullptr);
}

TEST_F(AggregatorTest, EqualKeysAndEqualHashKeysShareATableEntry) {
  add({.key = "k", .data = "1", .hash_key = "7"});
  add({.key = "l", .data = "2", .hash_key = "7"});
  add({.key = "k", .data = "3", .hash_key = "8"});
  EXPECT_EQ(aggregator_.open()->key_count(), 2U);
  EXPECT_EQ(aggregator_.open()->hash_key_count(), 2U);
  (void)aggregator_.close();
  add({.key = "k", .data = "4", .hash_key = "7"});
  EXPECT_EQ(aggregator_.open()->key_count(), 1U) << "the next batch has tables of its own";
  EXPECT_EQ(open(), (Records{{.key = "k", .data = "4", .hash_key = "7"}}));
}

TEST_F(AggregatorTest, KeylessRecordsShareOneEntryThatPlacesThem) {
  add({.data = "1"});
  add({.data = "2"});
  EXPECT_EQ(aggregator_.open()->key_count(), 1U);
  EXPECT_EQ(aggregator_.open()->hash_key_count(), 1U);
  EXPECT_EQ(aggregator_.open()->span(), (HashKeyRange{keyless_place, keyless_place}));
}

TEST_F(AggregatorTest, ARecordThatWouldOverflowStartsTheNextBatch) {
  limits_.max_size = 100;
  const OwnedRecord first{.key = "k", .data = std::string(40, '1')};
  const OwnedRecord second{.key = "k", .data = std::string(40, '2')};
  EXPECT_FALSE(add(first).closed_before);
  EXPECT_TRUE(add(second).closed_before);
  EXPECT_EQ(closed_, (std::vector<Records>{{first}}));
  EXPECT_EQ(open(), Records{second});
}

TEST_F(AggregatorTest, TheTwentyBytesOfFramingCount) {
  // Two records of 40 bytes of data: a key table of 3, and 46 bytes each.
  const OwnedRecord record{.key = "k", .data = std::string(40, 'x')};
  limits_.max_size = 20 + 3 + 2 * 46;
  add(record);
  EXPECT_TRUE(add(record).closed_full) << "exactly full";
  limits_.max_size -= 1;
  add(record);
  EXPECT_TRUE(add(record).closed_before) << "one byte too little";
}

TEST_F(AggregatorTest, ARecordLargerThanTheLimitGoesAlone) {
  limits_.max_size = 100;
  const OwnedRecord small{.key = "k", .data = "small"};
  const OwnedRecord large{.key = "k", .data = std::string(500, 'L')};
  add(small);
  const Aggregator::Appended appended = add(large);
  EXPECT_TRUE(appended.closed_before);
  EXPECT_TRUE(appended.closed_full);
  EXPECT_FALSE(appended.deadline_moved) << "nothing is open";
  EXPECT_EQ(closed_, (std::vector<Records>{{small}, {large}}));
  EXPECT_EQ(aggregator_.open(), nullptr);
}

TEST_F(AggregatorTest, TheCountLimitClosesWithTheRecordThatReachesIt) {
  limits_.max_count = 3;
  for (const char* data : {"1", "2", "3", "4"})
    add({.key = "k", .data = data});
  ASSERT_EQ(closed_.size(), 1U);
  EXPECT_EQ(closed_[0].size(), 3U);
  EXPECT_EQ(open().size(), 1U);
}

TEST_F(AggregatorTest, WithAggregationOffEachRecordGoesAlone) {
  limits_.max_count = 1;
  for (const char* data : {"1", "2"}) {
    const Aggregator::Appended appended = add({.key = "k", .data = data});
    EXPECT_TRUE(appended.closed_full);
    EXPECT_TRUE(appended.closed_full == nullptr || appended.closed_full->goes_raw());
    EXPECT_EQ(aggregator_.open(), nullptr);
  }
}

TEST_F(AggregatorTest, TheEarliestDeadlineOfItsRecordsHoldsForTheBatch) {
  EXPECT_TRUE(add({.key = "k"}, 100ms).deadline_moved);
  EXPECT_FALSE(add({.key = "k"}, 120ms).deadline_moved);
  EXPECT_TRUE(add({.key = "k"}, 50ms).deadline_moved) << "a record that is sent again is more urgent";
  EXPECT_EQ(aggregator_.open()->deadline, start + 50ms);
}

TEST_F(AggregatorTest, ABatchNeverExceedsTheSizeLimit) {
  // Small records around tight limits, with everything that takes room: new keys, shared ones, hash keys, tags, and
  // records without a key beside those whose keys equal what keyless ones are stored under.
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    Random random{seed};
    limits_.max_size = 64 + random.next() % 200;
    (void)aggregator_.close();
    std::size_t put = 0;
    std::size_t seen = 0;
    const auto check = [&](const Batch& batch) {
      seen += batch.count();
      if (batch.count() > 1) {
        ASSERT_LE(batch.aggregated_size(), limits_.max_size) << "seed " << seed;
      }
    };
    for (int i = 0; i < 60; ++i) {
      OwnedRecord record{.data = std::string(random.next() % 20, 'd')};
      if (random.next() % 3 != 0) {
        record.key = random.next() % 2 == 0 ? "a" : std::string(1 + random.next() % 12, 'k');
        if (random.next() % 3 == 0) record.hash_key = random.next() % 2 == 0 ? keyless_place.to_decimal() : "123456789";
      }
      if (random.next() % 8 == 0) record.tags = {{"t", "v"}};
      const Parts parts{record};
      const auto appended = aggregator_.append(parts.get(), start, start, std::nullopt, limits_, batches_);
      ++put;
      if (appended.closed_before) check(*appended.closed_before);
      if (appended.closed_full) check(*appended.closed_full);
    }
    if (const BatchPtr last = aggregator_.close()) check(*last);
    EXPECT_EQ(seen, put);
  }
}

TEST_F(AggregatorTest, AKeylessRecordBringsItsOwnEntriesAlsoBesideEqualOnes) {
  // The keyless entry is one of its own, so that unpacking can tell: its room counts also where "a" and the hash key
  // stand in the tables already.
  add({.key = "a", .data = "1", .hash_key = keyless_place.to_decimal()});
  const std::size_t before = aggregator_.open()->aggregated_size();
  const std::size_t grows =
      codec::key_entry_size("a") + codec::explicit_hash_key_entry_size("5") + codec::record_entry_size(1, 1, 1, {});
  limits_.max_size = before + grows - 1;
  EXPECT_TRUE(add({.data = "2"}).closed_before);
}

TEST_F(AggregatorTest, FatesAreCountedFromTheStartOfEachBatch) {
  const FateRef first = add({.key = "k"}).fate;
  const FateRef second = add({.key = "k"}).fate;
  EXPECT_EQ(first.block, second.block);
  EXPECT_EQ(first.index, 0U);
  EXPECT_EQ(second.index, 1U);
  (void)aggregator_.close();
  const FateRef next = add({.key = "k"}).fate;
  EXPECT_NE(next.block, first.block);
  EXPECT_EQ(next.index, 0U);
}

TEST_F(AggregatorTest, MemoryThatOnlyAnOpenBatchNeedsIsGivenBack) {
  add({.key = "k", .data = "1"});
  aggregator_.release_tables();
  add({.key = "k", .data = "2"});
  EXPECT_EQ(aggregator_.open()->key_count(), 1U) << "not while one is open";
  (void)aggregator_.close();
  aggregator_.release_tables();
  add({.key = "k", .data = "3"});
  EXPECT_EQ(open(), (Records{{.key = "k", .data = "3"}}));
}

}  // namespace
}  // namespace aiokpl::pipeline::test
