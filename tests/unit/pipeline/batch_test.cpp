#include "pipeline/batch.hpp"

#include <gtest/gtest.h>

#include "records.hpp"

namespace aiokpl::pipeline::test {
namespace {

constexpr std::size_t framing = 20;

HashKey hash_key(std::string_view decimal) {
  return HashKey::from_decimal(decimal).value();
}

TEST(BatchTest, IsEmptyAtFirst) {
  HeapChunks chunks;
  const BatchPtr made = make_batch(chunks);
  const Batch& batch = *made;
  EXPECT_TRUE(batch.empty());
  EXPECT_FALSE(batch.has_tags());
  EXPECT_FALSE(batch.has_keyless());
  EXPECT_FALSE(batch.goes_raw());
  EXPECT_EQ(batch.aggregated_size(), framing);
  EXPECT_EQ(batch.user_size(), 0U);
  EXPECT_EQ(batch.oldest(), never);
}

TEST(BatchTest, ALoneRecordGoesRawAndCountsDataAndKey) {
  const BatchPtr batch = batch_of({{.key = "user-1", .data = "hello"}});
  EXPECT_TRUE(batch->goes_raw());
  EXPECT_EQ(batch->kinesis_size(), 11U);
  EXPECT_EQ(batch->user_size(), 11U);
}

TEST(BatchTest, KinesisCountsTheBytesOfAKeyNotItsCharacters) {
  const BatchPtr batch = batch_of({{.key = "\xC3\xA4\xE2\x82\xAC", .data = "x"}});
  EXPECT_EQ(batch->kinesis_size(), 6U);
}

TEST(BatchTest, ALoneRecordWithTagsIsFramedAsAnAggregateOfOne) {
  const BatchPtr batch = batch_of({{.key = "k", .data = "d", .tags = {{"source", "web"}}}});
  EXPECT_FALSE(batch->goes_raw());
  EXPECT_TRUE(batch->has_tags());
  EXPECT_EQ(batch->kinesis_size(), batch->aggregated_size() + 1) << "an aggregate's key is one byte";
}

TEST(BatchTest, AnAggregateCountsItsFramingAndItsKey) {
  const BatchPtr batch = batch_of({{.key = "k", .data = "one"}, {.key = "k", .data = "two"}});
  // key table: 3; each record: tag, length, 2 for the key's index, 2 + 3 for the data.
  EXPECT_EQ(batch->aggregated_size(), framing + 3 + 2 * 9);
  EXPECT_EQ(batch->kinesis_size(), framing + 3 + 2 * 9 + 1);
  EXPECT_EQ(batch->user_size(), 8U);
}

TEST(BatchTest, ARawKeylessRecordCountsTheKeyThatItIsSentWith) {
  const BatchPtr batch = batch_of({{.data = "hello"}}, 0, start, HashKey{1, 0});
  EXPECT_TRUE(batch->has_keyless());
  EXPECT_EQ(batch->user_size(), 5U);
  EXPECT_EQ(batch->kinesis_size(), 6U);
}

TEST(BatchTest, SpansTheHashKeysOfItsRecordsAndKeepsTheFirst) {
  const BatchPtr batch =
      batch_of({{.key = "a", .hash_key = "500"}, {.key = "b", .hash_key = "20"}, {.key = "c", .hash_key = "900"}});
  EXPECT_EQ(batch->span(), (HashKeyRange{hash_key("20"), hash_key("900")}));
  EXPECT_EQ(batch->first_hash_key(), hash_key("500"));
}

TEST(BatchTest, KeylessRecordsCountWithTheHashKeyThatPlacesThem) {
  const BatchPtr batch = batch_of({{.data = "x"}, {.key = "k", .hash_key = "3"}}, 0, start, HashKey{0, 77});
  EXPECT_EQ(batch->first_hash_key(), (HashKey{0, 77}));
  EXPECT_EQ(batch->span(), (HashKeyRange{HashKey{0, 3}, HashKey{0, 77}}));
}

TEST(BatchTest, IsAsOldAsItsOldestRecord) {
  TestBatches batches;
  Aggregator aggregator{0, std::nullopt};
  const OwnedRecord record{.key = "k", .data = "d"};
  const Parts parts{record};
  for (const Duration age : {5ms, 2ms, 9ms})
    (void)aggregator.append(parts.get(), start + age, start + 100ms, std::nullopt, {}, batches);
  EXPECT_EQ(aggregator.open()->oldest(), start + 2ms);
}

TEST(BatchTest, MembersKeepTheirOrderAndFatesAcrossChunks) {
  std::vector<OwnedRecord> records;
  for (std::size_t i = 0; i < 1'000; ++i)
    records.push_back({.key = "k", .data = std::to_string(i)});
  const BatchPtr batch = batch_of(records);
  std::uint32_t index = 0;
  batch->for_each_member([&](const Member& member) {
    EXPECT_EQ(member.block, batch->home);
    EXPECT_EQ(member.index, index);
    EXPECT_EQ(member.size, 1 + std::to_string(index).size());
    ++index;
  });
  EXPECT_EQ(index, 1'000U);
  EXPECT_TRUE(batch->is_whole_home());
  EXPECT_EQ(batch->home_count(), 1'000U);
}

TEST(BatchTest, GuestsFromOtherBatchesAreNotAtHome) {
  TestBatches batches;
  detail::FateBlock* elsewhere = batches.make_fates();
  Aggregator aggregator{0, std::nullopt};
  const OwnedRecord record{.key = "k", .data = "d"};
  const Parts parts{record};
  const auto add = [&](std::optional<FateRef> fate) {
    return aggregator.append(parts.get(), start, start + 1ms, fate, {}, batches).fate;
  };
  add(FateRef{elsewhere, 17});
  EXPECT_EQ(aggregator.open()->home, nullptr);
  EXPECT_FALSE(aggregator.open()->is_whole_home());
  EXPECT_EQ(add(std::nullopt).index, 0U);
  add(FateRef{elsewhere, 3});
  EXPECT_EQ(add(std::nullopt).index, 1U) << "the home's own records are counted alone";
  const BatchPtr batch = aggregator.close();
  EXPECT_EQ(batch->home_count(), 2U);
  EXPECT_FALSE(batch->is_whole_home());
  std::vector<std::uint32_t> indices;
  batch->for_each_member([&](const Member& member) { indices.push_back(member.index); });
  EXPECT_EQ(indices, (std::vector<std::uint32_t>{17, 0, 3, 1}));
}

}  // namespace
}  // namespace aiokpl::pipeline::test
