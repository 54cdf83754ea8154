#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <aiokpl/aggregation.hpp>

#include "unit/codec/bytes.hpp"

namespace aiokpl {
namespace {

using codec::testing::Bytes;
using codec::testing::bytes_of;
using codec::testing::to_hex;

Bytes owned(std::string_view text) {
  const codec::Piece bytes = bytes_of(text);
  return {bytes.begin(), bytes.end()};
}

std::string format_error_of(const Bytes& payload) {
  try {
    (void)decode_aggregated(payload);
  } catch (const AggregationFormatError& error) {
    return error.what();
  }
  return "none";
}

std::string wrong_field_of(const std::vector<Record>& records) {
  try {
    (void)encode_aggregated(records);
  } catch (const InvalidArgument& error) {
    return error.field();
  }
  return "none";
}

TEST(Aggregation, EncodesByteForByteInCanonicalOrder) {
  const std::vector<Tag> tags{{"t", "v"}};
  const std::vector<Record> records{
      {.stream = "s", .partition_key = "a", .data = "one"},
      {.stream = "s", .partition_key = "b", .data = "", .explicit_hash_key = "7"},
      {.stream = "s", .partition_key = "a", .data = "three", .tags = tags},
  };
  const std::string message =
      "0a0161"
      "0a0162"
      "120137"
      "1a07"
      "0800"
      "1a036f6e65"
      "1a06"
      "0801"
      "1000"
      "1a00"
      "1a11"
      "0800"
      "1a057468726565"
      "2206"
      "0a0174"
      "120176";
  EXPECT_EQ(to_hex(encode_aggregated(records)), "f3899ac2" + message + "34348873eb4db00e8186afd6e635ac43");
}

TEST(Aggregation, WhatWasEncodedIsDecoded) {
  std::mt19937_64 random{11};
  std::vector<UserRecord> expected;
  std::vector<std::vector<Tag>> tags;
  for (int i = 0; i < 500; ++i) {
    UserRecord& record = expected.emplace_back();
    record.partition_key = "key-" + std::to_string(random() % 200);
    record.data = codec::testing::random_bytes(random, random() % 400);
    if (random() % 3 == 0) record.explicit_hash_key = HashKey{random() % 50, random() % 3}.to_decimal();
    for (std::size_t tag = random() % 4; tag > 1; --tag) {
      record.tags.push_back({.key = "t" + std::to_string(tag)});
      if (random() % 2 == 0) record.tags.back().value = std::string(random() % 200, 'v');
    }
  }
  std::vector<Record> records;
  for (const UserRecord& record : expected) {
    std::vector<Tag>& views = tags.emplace_back();
    for (const OwnedTag& tag : record.tags)
      views.push_back({tag.key, tag.value});
    records.push_back({.stream = "s", .partition_key = record.partition_key, .data = record.data, .tags = views});
    if (record.explicit_hash_key) records.back().explicit_hash_key = *record.explicit_hash_key;
  }
  const Bytes payload = encode_aggregated(records);
  EXPECT_TRUE(is_aggregated(payload));
  EXPECT_EQ(decode_aggregated(payload), expected);
}

TEST(Aggregation, EqualKeysShareOneEntry) {
  const Record record{.stream = "s", .partition_key = "a-rather-long-partition-key", .explicit_hash_key = "123456789"};
  const std::size_t one = encode_aggregated(std::vector<Record>(1, record)).size();
  const std::size_t three = encode_aggregated(std::vector<Record>(3, record)).size();
  const std::size_t record_alone = 2 + 2 + 2 + 2;  // head, two indices, empty data
  EXPECT_EQ(three, one + 2 * record_alone);
}

TEST(Aggregation, RefusesBadRecordsAndNamesTheField) {
  const std::vector<Tag> bad_tag{{"t", "\xFF"}};
  EXPECT_EQ(wrong_field_of({}), "records");
  EXPECT_EQ(wrong_field_of({{.stream = "s"}}), "partition_key");
  EXPECT_EQ(wrong_field_of({{.stream = "s", .partition_key = ""}}), "partition_key");
  EXPECT_EQ(wrong_field_of({{.stream = "s", .partition_key = "\xC0"}}), "partition_key");
  EXPECT_EQ(wrong_field_of({{.stream = "s", .partition_key = "a", .explicit_hash_key = "01"}}), "explicit_hash_key");
  EXPECT_EQ(wrong_field_of({{.stream = "s", .partition_key = "a", .tags = bad_tag}}), "tags");
}

TEST(Aggregation, DecodingSaysWhatIsWrong) {
  Bytes payload = encode_aggregated(std::vector<Record>{{.stream = "s", .partition_key = "a", .data = "x"}});
  EXPECT_EQ(format_error_of(payload), "none");
  EXPECT_EQ(format_error_of(owned("raw")), "the magic of an aggregated record is missing");
  payload.back() ^= std::byte{1};
  EXPECT_EQ(format_error_of(payload), "the MD5 does not match");
  EXPECT_FALSE(is_aggregated(payload));
}

TEST(Deaggregate, ARawPayloadComesBackUnderTheKinesisRecordsKey) {
  const Deaggregated result = deaggregate("plain bytes", "key", {{0, 0}, {0, 1}});
  EXPECT_FALSE(result.aggregated);
  EXPECT_FALSE(result.dropped);
  EXPECT_THAT(result.records, ::testing::ElementsAre(UserRecord{"key", owned("plain bytes")}));
}

TEST(Deaggregate, APayloadWithAWrongMd5IsRawToo) {
  Bytes payload = encode_aggregated(std::vector<Record>{{.stream = "s", .partition_key = "a", .data = "x"}});
  payload[5] ^= std::byte{1};
  EXPECT_THAT(deaggregate(payload, "key").records, ::testing::ElementsAre(UserRecord{"key", payload}));
}

TEST(Deaggregate, AnAggregateInsideTheShardIsUnpacked) {
  const HashKey key = md5_hash_key("a");
  const std::vector<Record> records{{.stream = "s", .partition_key = "a", .data = "1"},
                                    {.stream = "s", .partition_key = "a", .data = "2"}};
  const Deaggregated result = deaggregate(encode_aggregated(records), "a", {key, key});
  EXPECT_TRUE(result.aggregated);
  EXPECT_FALSE(result.dropped);
  EXPECT_EQ(result.offending_hash_key, std::nullopt);
  EXPECT_THAT(result.records, ::testing::ElementsAre(UserRecord{"a", owned("1")}, UserRecord{"a", owned("2")}));
}

TEST(Deaggregate, OneRecordOutsideTheShardDropsTheWholeAggregate) {
  const HashKey key = md5_hash_key("a");
  const std::vector<Record> records{{.stream = "s", .partition_key = "a", .data = "1"},
                                    {.stream = "s", .partition_key = "b", .data = "2"},
                                    {.stream = "s", .partition_key = "c", .data = "3"}};
  const Deaggregated result = deaggregate(encode_aggregated(records), "a", {key, key});
  EXPECT_TRUE(result.aggregated);
  EXPECT_TRUE(result.dropped);
  EXPECT_EQ(result.offending_hash_key, md5_hash_key("b"));
  EXPECT_TRUE(result.records.empty());
}

TEST(Deaggregate, TheExplicitHashKeyCountsInsteadOfTheKeysMd5) {
  const HashKey key = md5_hash_key("a");
  const std::string inside = key.to_decimal();
  const std::vector<Record> kept{
      {.stream = "s", .partition_key = "elsewhere", .data = "1", .explicit_hash_key = inside}};
  EXPECT_EQ(deaggregate(encode_aggregated(kept), "a", {key, key}).records.size(), 1);
  const std::vector<Record> dropped{{.stream = "s", .partition_key = "a", .data = "1", .explicit_hash_key = "5"}};
  EXPECT_EQ(deaggregate(encode_aggregated(dropped), "a", {key, key}).offending_hash_key, (HashKey{0, 5}));
}

}  // namespace
}  // namespace aiokpl
