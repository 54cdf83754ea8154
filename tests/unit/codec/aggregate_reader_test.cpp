#include "codec/aggregate_reader.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "codec/aggregate_format.hpp"
#include "codec/md5.hpp"
#include "unit/codec/bytes.hpp"

namespace aiokpl::codec {
namespace {

using testing::Bytes;
using testing::bytes_of;
using testing::from_hex;
using testing::text_of;

/// Magic and MD5 around a message.
Bytes framed(const Bytes& message) {
  Bytes payload;
  payload.reserve(aggregate_overhead + message.size());  // without it GCC 12 warns of what vector does inside
  payload.insert(payload.end(), aggregate_magic.begin(), aggregate_magic.end());
  payload.insert(payload.end(), message.begin(), message.end());
  const Md5Digest digest = md5(message);
  payload.insert(payload.end(), digest.begin(), digest.end());
  return payload;
}

Bytes framed(const std::string& hex) {
  return framed(from_hex(hex));
}

/// What is wrong with the payload; empty when all of it can be read.
std::string reason(const Bytes& payload) {
  AggregateReader reader;
  AggregatedUserRecord record;
  if (reader.open(payload)) {
    while (reader.next(record)) {
    }
  }
  return std::string{reader.reason()};
}

// Key "k" and one record of it with data "d".
const std::string key_entry = "0a016b";
const std::string record = "1a05 0800 1a0164";

TEST(AggregateReader, ReadsRecordsInOrder) {
  const Bytes payload = framed("0a016b 0a016c 120137" + record + "1a07 0801 1000 1a0165");
  AggregateReader reader;
  ASSERT_TRUE(reader.open(payload));
  EXPECT_EQ(reader.size(), 2);
  AggregatedUserRecord read;
  ASSERT_TRUE(reader.next(read));
  EXPECT_EQ(read.partition_key, "k");
  EXPECT_EQ(read.explicit_hash_key, std::nullopt);
  EXPECT_EQ(text_of(read.data), "d");
  ASSERT_TRUE(reader.next(read));
  EXPECT_EQ(read.partition_key, "l");
  EXPECT_EQ(read.explicit_hash_key, "7");
  EXPECT_EQ(text_of(read.data), "e");
  EXPECT_FALSE(reader.next(read));
  EXPECT_EQ(reader.reason(), "");
}

TEST(AggregateReader, HandsOutTags) {
  const Bytes payload = framed(key_entry + "1a12 2206 0a016b 120176 1a0164 2203 0a0178 0800");
  AggregateReader reader;
  AggregatedUserRecord read;
  ASSERT_TRUE(reader.open(payload));
  ASSERT_TRUE(reader.next(read)) << reader.reason();
  EXPECT_EQ(read.tag_count, 2);
  AggregatedTags tags{read};
  Tag tag;
  ASSERT_TRUE(tags.next(tag));
  EXPECT_EQ(tag.key, "k");
  EXPECT_EQ(tag.value, "v");
  ASSERT_TRUE(tags.next(tag));
  EXPECT_EQ(tag.key, "x");
  EXPECT_EQ(tag.value, std::nullopt);
  EXPECT_FALSE(tags.next(tag));
}

TEST(AggregateReader, AcceptsAnyOrderAndSkipsUnknownFields) {
  const std::string tables_last = record + key_entry;
  const std::string unknown_varint = "7896ffff01";
  const std::string unknown_bytes = "7a03010203";
  const std::string unknown_fixed = "79 0102030405060708 7d 01020304";
  const std::string unknown_group = "7b 0801 1b 0a0141 1c 7c";
  const std::string known_number_of_another_type = "0805 1501020304";
  EXPECT_EQ(reason(framed(tables_last)), "");
  EXPECT_EQ(reason(framed(unknown_varint + tables_last + unknown_bytes)), "");
  EXPECT_EQ(reason(framed(unknown_fixed + tables_last + unknown_group)), "");
  EXPECT_EQ(reason(framed(known_number_of_another_type + tables_last)), "");
  EXPECT_EQ(reason(framed(key_entry + "1a0f 1a0164" + unknown_bytes + unknown_varint + "0800")), "");
}

TEST(AggregateReader, TheLastOfARepeatedFieldCounts) {
  AggregateReader reader;
  AggregatedUserRecord read;
  const Bytes payload = framed(key_entry + "1a0a 0809 1a0164 0800 1a0165");
  ASSERT_TRUE(reader.open(payload));
  ASSERT_TRUE(reader.next(read)) << reader.reason();
  EXPECT_EQ(text_of(read.data), "e");
}

TEST(AggregateReader, AnEmptyMessageHoldsNoRecords) {
  AggregateReader reader;
  AggregatedUserRecord read;
  const Bytes payload = framed("");
  EXPECT_TRUE(reader.open(payload));
  EXPECT_EQ(reader.size(), 0);
  EXPECT_FALSE(reader.next(read));
  EXPECT_EQ(reader.reason(), "");
}

TEST(AggregateReader, RejectsWhatIsNotFramed) {
  const Bytes good = framed(key_entry + record);
  EXPECT_EQ(reason({}), "the magic of an aggregated record is missing");
  for (std::size_t at = 0; at < good.size(); ++at) {
    Bytes changed = good;
    changed[at] ^= std::byte{1};
    EXPECT_EQ(reason(changed), at < 4 ? "the magic of an aggregated record is missing" : "the MD5 does not match");
    EXPECT_FALSE(is_aggregate(changed));
    const Bytes cut{good.begin(), good.begin() + static_cast<std::ptrdiff_t>(at)};
    EXPECT_EQ(reason(cut), at < 4 ? "the magic of an aggregated record is missing" : "the MD5 does not match");
    EXPECT_FALSE(is_aggregate(cut));
  }
  EXPECT_TRUE(is_aggregate(good));
}

struct Rejection {
  std::string message;
  std::string reason;
};

TEST(AggregateReader, RejectsBrokenMessagesAndSaysWhy) {
  const Rejection rejections[] = {
      {"0a056b", "a field is truncated"},
      {"0a", "a field is truncated"},
      {"0aff", "a field is truncated"},
      {"0affffffffffffffffff01 6b", "a field is truncated"},
      {"7d010203", "a field is truncated"},
      {"7901020304050607", "a field is truncated"},
      {"7b 0801", "a field is truncated"},
      {key_entry + "1a03 0800 1a", "a field is truncated"},
      {key_entry + "1a05 0800 1a0264", "a field is truncated"},
      {"78ffffffffffffffffff02", "a varint is longer than 64 bits"},
      {"7880808080808080808080 01", "a varint is longer than 64 bits"},
      {"7c", "a group ends that did not begin"},
      {"7b 6c", "a group ends that did not begin"},
      {"7f", "a field has an impossible wire type"},
      {"0201", "a field has an impossible number"},
      {"808080808001 01", "a field has an impossible number"},
      {key_entry + "1a05 0801 1a0164", "a partition key index is out of range"},
      {record, "a partition key index is out of range"},
      {key_entry + "1a0e 08ffffffffffffffffff01 1a0164", "a partition key index is out of range"},
      {key_entry + "1a07 0800 1000 1a0164", "an explicit hash key index is out of range"},
      {key_entry + "1a03 1a0164", "a record has no partition key index"},
      {key_entry + "1a02 0800", "a record has no data"},
      {key_entry + "1a0a 0800 1a0164 2203 120176", "a tag has no key"},
      {key_entry + "1a09 0800 1a0164 2202 0a05", "a field is truncated"},
  };
  for (const Rejection& rejection : rejections)
    EXPECT_EQ(reason(framed(rejection.message)), rejection.reason);
  std::string nested;
  for (int i = 0; i < 17; ++i)
    nested += "7b";
  EXPECT_EQ(reason(framed(nested)), "groups are nested too deeply");
}

TEST(AggregateReader, AnyMessageWithARightMd5IsReadOrRefused) {
  std::mt19937_64 random{3};
  const Bytes good = from_hex("0a016b 120137 1a12 0800 1000 1a0164 2206 0a016b 120176 2201 00" + record);
  for (int round = 0; round < 20'000; ++round) {
    Bytes message = good;
    for (int change = 0; change < 3; ++change)
      message[random() % message.size()] = static_cast<std::byte>(random());
    message.resize(random() % (message.size() + 1));
    message.shrink_to_fit();
    reason(framed(message));
  }
}

TEST(AggregateReader, ReadsAgainAfterAnError) {
  AggregateReader reader;
  const Bytes bad = framed("0a056b");
  const Bytes good = framed(key_entry + record);
  EXPECT_FALSE(reader.open(bad));
  EXPECT_TRUE(reader.framed());
  EXPECT_FALSE(reader.open(bytes_of("raw")));
  EXPECT_FALSE(reader.framed());
  ASSERT_TRUE(reader.open(good));
  AggregatedUserRecord read;
  EXPECT_TRUE(reader.next(read));
  EXPECT_EQ(reader.reason(), "");
}

}  // namespace
}  // namespace aiokpl::codec
