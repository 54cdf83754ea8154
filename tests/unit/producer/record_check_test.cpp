#include "producer/record_check.hpp"

#include <string>

#include <gtest/gtest.h>

#include <aiokpl/error.hpp>

namespace aiokpl::detail {
namespace {

/// The field that the record is refused for, and the words; empty when it is taken.
std::string refusal(const Record& record) {
  try {
    check_record(record);
  } catch (const InvalidArgument& error) {
    EXPECT_TRUE(std::string{error.what()}.starts_with(error.field() + ": "));
    return error.what();
  }
  return {};
}

TEST(RecordCheckTest, AStreamIsNamedByNameOrArn) {
  for (const std::string& stream : {std::string{"s"}, std::string{"My.stream_1-x"}, std::string(128, 'n'),
                                    std::string{"arn:aws:kinesis:us-east-1:123456789012:stream/orders"},
                                    std::string{"arn:aws-cn:kinesis:cn-north-1:123456789012:stream/o"}}) {
    EXPECT_EQ(refusal({.stream = stream, .partition_key = "k"}), "") << stream;
  }
  for (const std::string& stream : {std::string{}, std::string{"with space"}, std::string{"sl/ash"},
                                    std::string(129, 'n'), std::string{"arn:aws:kinesis:us-east-1:123456789012:orders"},
                                    std::string{"arn:aws:kinesis:us-east-1:123456789012:stream/"}}) {
    EXPECT_TRUE(refusal({.stream = stream, .partition_key = "k"}).starts_with("stream: ")) << stream;
  }
}

TEST(RecordCheckTest, AnEmptyKeyIsAnErrorAndAnAbsentOneIsLegal) {
  EXPECT_EQ(refusal({.stream = "s", .partition_key = ""}),
            "partition_key: must have 1 to 256 characters, or be absent, got ''");
  EXPECT_EQ(refusal({.stream = "s"}), "");
}

TEST(RecordCheckTest, AKeyHasUpTo256CharactersWhateverTheirBytes) {
  std::string key;
  for (int i = 0; i < 256; ++i)
    key += "\xF0\x9F\x98\x80";
  EXPECT_EQ(refusal({.stream = "s", .partition_key = key}), "");
  key += 'x';
  const std::string words = refusal({.stream = "s", .partition_key = key});
  EXPECT_NE(words.find("got 257"), std::string::npos) << words;
  EXPECT_LT(words.size(), 200U) << "not the whole value";
  EXPECT_EQ(refusal({.stream = "s", .partition_key = std::string(256, 'k')}), "");
  EXPECT_NE(refusal({.stream = "s", .partition_key = std::string(257, 'k')}), "");
}

TEST(RecordCheckTest, KeysAndTagsAreUtf8) {
  EXPECT_TRUE(refusal({.stream = "s", .partition_key = "\xFF"}).starts_with("partition_key: must be valid UTF-8"));
  EXPECT_TRUE(refusal({.stream = "s", .partition_key = "k", .tags = {{"\xC0\x80"}}}).starts_with("tags: "));
  EXPECT_TRUE(refusal({.stream = "s", .partition_key = "k", .tags = {{"t", "\xED\xA0\x80"}}}).starts_with("tags: "));
  EXPECT_EQ(refusal({.stream = "s", .partition_key = "k", .tags = {{"t", std::nullopt}, {"", ""}}}), "");
}

TEST(RecordCheckTest, AnExplicitHashKeyIsADecimalBelowTwoToThe128) {
  for (const char* good : {"0", "1", "340282366920938463463374607431768211455"})
    EXPECT_EQ(refusal({.stream = "s", .partition_key = "k", .explicit_hash_key = good}), "") << good;
  for (const char* bad : {"", "01", "-1", "+1", "1 ", "0x10", "340282366920938463463374607431768211456"})
    EXPECT_TRUE(
        refusal({.stream = "s", .partition_key = "k", .explicit_hash_key = bad}).starts_with("explicit_hash_key: "))
        << bad;
}

TEST(RecordCheckTest, DataAndKeyTogetherStayWithinTheStreamsLimit) {
  const std::string data(98, 'd');
  EXPECT_NO_THROW(check_size({.stream = "s", .partition_key = "kk", .data = data}, 100));
  EXPECT_NO_THROW(check_size({.stream = "s", .data = data}, 98));
  EXPECT_NO_THROW(check_size({.stream = "s", .partition_key = "k"}, 100)) << "no data is data enough";
  try {
    check_size({.stream = "s", .partition_key = "kkk", .data = data}, 100);
    FAIL();
  } catch (const InvalidArgument& error) {
    EXPECT_EQ(error.field(), "data");
    EXPECT_NE(std::string{error.what()}.find("at most 100 bytes together with the partition key, got 101"),
              std::string::npos);
  }
}

TEST(RecordCheckTest, TagsAreRefusedWhereRecordsAreNotAggregated) {
  EXPECT_NO_THROW(check_tags({.stream = "s", .tags = {{"t", "v"}}}, false));
  EXPECT_NO_THROW(check_tags({.stream = "s"}, true));
  EXPECT_THROW(check_tags({.stream = "s", .tags = {{"t", "v"}}}, true), InvalidArgument);
}

TEST(RecordCheckTest, TheHashKeyIsTheExplicitOneElseTheKeysMd5) {
  EXPECT_EQ(hash_key_of({.partition_key = "k"}), md5_hash_key("k"));
  EXPECT_EQ(hash_key_of({.partition_key = "k", .explicit_hash_key = "7"}), (HashKey{0, 7}));
  EXPECT_TRUE(is_arn("arn:aws:kinesis:r:1:stream/s"));
  EXPECT_FALSE(is_arn("orders"));
}

TEST(RecordCheckTest, WhatCountsOfARecordIsItsDataAndTheKeyThatItIsSentWith) {
  EXPECT_EQ(sent_size({.stream = "s", .partition_key = "key", .data = "12345"}), 8U);
  EXPECT_EQ(sent_size({.stream = "s", .data = "12345"}), 5U);
  EXPECT_EQ(sent_key({.stream = "s", .data = "d", .explicit_hash_key = "7"}), "a") << "some key all the same";
  EXPECT_EQ(sent_size({.stream = "s", .data = "12345", .explicit_hash_key = "7"}), 6U);
}

TEST(RecordCheckTest, HashKeysOfManyAreThoseOfEach) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < most_hashed_at_once; ++i)
    keys.push_back("key-" + std::string(i % 80, 'x') + std::to_string(i));
  std::vector<Record> records;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    records.push_back({.stream = "s"});
    if (i % 5 != 0) records.back().partition_key = keys[i];
    if (i % 3 == 0) records.back().explicit_hash_key = "123456789012345678901234567890";
  }
  std::vector<HashKey> hash_keys(records.size());
  hash_keys_of(records, hash_keys);
  for (std::size_t i = 0; i < records.size(); ++i)
    EXPECT_EQ(hash_keys[i], hash_key_of(records[i])) << i;
}

}  // namespace
}  // namespace aiokpl::detail
