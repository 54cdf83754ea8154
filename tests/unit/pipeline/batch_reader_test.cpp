#include "pipeline/batch_reader.hpp"

#include <gtest/gtest.h>

#include "pipeline/random.hpp"
#include "records.hpp"

namespace aiokpl::pipeline::test {
namespace {

const HashKey keyless_place{7, 9};

struct Case {
  std::string name;
  std::vector<OwnedRecord> records;
};

std::vector<OwnedRecord> many_keys(std::size_t count) {
  std::vector<OwnedRecord> records;
  for (std::size_t i = 0; i < count; ++i) {
    records.push_back({.key = "user-" + std::to_string(i % 300), .data = std::string(i % 50, 'x')});
    if (i % 7 == 0) records.back().hash_key = std::to_string(i % 21);
    if (i % 5 == 0) records.back().key.reset(), records.back().hash_key.reset();
  }
  return records;
}

std::vector<Case> cases() {
  const std::string large(70'000, 'L');
  const std::string long_key(1'024, 'k');
  return {
      {"one", {{.key = "k", .data = "d"}}},
      {"NoData", {{.key = "k"}, {.key = "l"}, {.data = ""}}},
      {"ExplicitHashKeys",
       {{.key = "k", .data = "1", .hash_key = "0"},
        {.key = "k", .data = "2", .hash_key = "340282366920938463463374607431768211455"}}},
      {"SharedKeys",
       {{.key = "k", .data = "1", .hash_key = "5"},
        {.key = "l", .data = "2"},
        {.key = "k", .data = "3", .hash_key = "5"}}},
      {"keyless", {{.data = "1"}, {.data = "2"}}},
      {"KeylessBesideTheKeyThatItIsStoredUnder",
       {{.key = "a", .data = "1"}, {.data = "2"}, {.key = "a", .data = "3"}, {.data = "4"}}},
      {"KeyedAfterKeyless", {{.data = "1"}, {.key = "a", .data = "2"}}},
      {"HashKeyEqualToTheKeylessOne",
       {{.key = "k", .data = "1", .hash_key = keyless_place.to_decimal()}, {.data = "2"}}},
      {"tags",
       {{.key = "k", .data = "1", .tags = {{"a", "b"}, {"only-a-key", std::nullopt}, {"", ""}}},
        {.key = "k", .data = "2"}}},
      {"TagsAfterEmptyData", {{.key = "k", .tags = {{"a", "b"}}}, {.tags = {{"c", "d"}}}}},
      {"TagsLargerThanAChunk",
       {{.key = "k", .data = "1", .tags = {{std::string(5'000, 't'), std::string(9'000, 'v')}}},
        {.key = "k", .data = "2"}}},
      {"DataAcrossChunks",
       {{.key = "k", .data = "first"},
        {.key = "k", .data = large},
        {.key = "l", .data = large + "2"},
        {.key = "m", .data = "last"}}},
      {"LongKeys",
       {{.key = long_key, .data = "1"}, {.key = long_key + "2", .data = "2"}, {.key = long_key + "3", .data = "3"}}},
      {"MoreThanAMemberChunk", many_keys(2'000)},
  };
}

class BatchReaderRoundTrip : public ::testing::TestWithParam<Case> {};

TEST_P(BatchReaderRoundTrip, GivesBackWhatWasSubmitted) {
  for (const std::optional<HashKey> placed : {std::optional{keyless_place}, std::optional<HashKey>{}}) {
    const BatchPtr batch = batch_of(GetParam().records, 0, start, placed);
    ASSERT_EQ(batch->count(), GetParam().records.size());
    EXPECT_EQ(read_back(*batch), GetParam().records);
    EXPECT_EQ(read_back(*batch), GetParam().records) << "reading changes nothing";
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, BatchReaderRoundTrip, ::testing::ValuesIn(cases()),
                         [](const auto& test_case) { return test_case.param.name; });

TEST(BatchReaderTest, RandomRecordsComeBackWithTheirMembers) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Random random{seed};
    std::vector<OwnedRecord> records;
    for (std::uint64_t i = random.next() % 60; i > 0; --i) {
      OwnedRecord record{.data = std::string(random.next() % (random.next() % 3 == 0 ? 9'000 : 40), 'd')};
      if (random.next() % 4 != 0) {
        record.key = std::string(1 + random.next() % 5, static_cast<char>('a' + random.next() % 3));
        if (random.next() % 3 == 0) record.hash_key = std::to_string(random.next() % 4);
      }
      for (std::uint64_t tags = random.next() % 8; tags > 5; --tags)
        record.tags.push_back({"t", random.next() % 2 == 0 ? std::nullopt : std::optional<std::string>{"v"}});
      records.push_back(std::move(record));
    }
    if (records.empty()) continue;
    const BatchPtr batch = batch_of(records, 0, start, keyless_place);
    BatchReader reader{*batch};
    for (std::uint32_t i = 0; i < records.size(); ++i) {
      ASSERT_TRUE(reader.next());
      ASSERT_EQ(owned(reader), records[i]) << "seed " << seed;
      ASSERT_EQ(reader.member().index, i);
      ASSERT_EQ(reader.member().size, records[i].data.size() + records[i].key.value_or("").size());
    }
    EXPECT_FALSE(reader.next());
    EXPECT_FALSE(reader.next());
  }
}

TEST(BatchReaderTest, ShowsTheKeysUnderWhichKeylessRecordsStand) {
  const BatchPtr batch = batch_of({{.data = "1"}}, 0, start, keyless_place);
  BatchReader reader{*batch};
  ASSERT_TRUE(reader.next());
  EXPECT_TRUE(reader.keyless());
  EXPECT_EQ(reader.stored_key(), "a");
  EXPECT_EQ(reader.stored_hash_key(), keyless_place.to_decimal());
  EXPECT_FALSE(reader.parts().partition_key);
  EXPECT_FALSE(reader.parts().explicit_hash_key);
}

TEST(BatchReaderTest, TheExplicitHashKeyPlacesARecordElseTheKeysMd5) {
  EXPECT_EQ(placing_hash_key({.partition_key = "k", .explicit_hash_key = "12"}), (HashKey{0, 12}));
  EXPECT_EQ(placing_hash_key({.partition_key = "k"}), md5_hash_key("k"));
  EXPECT_EQ(placing_hash_key({}), HashKey{});
}

}  // namespace
}  // namespace aiokpl::pipeline::test
