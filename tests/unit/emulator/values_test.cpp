#include <vector>

#include <gtest/gtest.h>

#include "emulator/answer_writer.hpp"
#include "emulator/call.hpp"
#include "emulator/hash_ranges.hpp"
#include "emulator/sequence_number.hpp"
#include "emulator/shard.hpp"

namespace aiokpl::emulator {
namespace {

TEST(SequenceNumberTest, ComesBackFromItsText) {
  const SequenceNumber number{1'790'000'000, 12'345, 1'790'000'000'123, 42};
  const std::string text = number.text();
  EXPECT_EQ(text, "49601790000000000000000001234501790000000123000000000042");
  const auto read = SequenceNumber::parse(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->epoch, number.epoch);
  EXPECT_EQ(read->counter, number.counter);
  EXPECT_EQ(read->arrival_milliseconds, number.arrival_milliseconds);
  EXPECT_EQ(read->shard, number.shard);
  EXPECT_FALSE(SequenceNumber::parse("0"));
  EXPECT_FALSE(SequenceNumber::parse(text + '0'));
}

TEST(ShardIdTest, ReadsWithAndWithoutPrefix) {
  EXPECT_EQ(shard_id(12), "shardId-000000000012");
  EXPECT_EQ(parse_shard_id("shardId-000000000012"), 12U);
  EXPECT_EQ(parse_shard_id("12"), 12U);
  EXPECT_FALSE(parse_shard_id("shardId-"));
  EXPECT_FALSE(parse_shard_id("shardId-1x"));
}

TEST(HashRangesTest, CoverEverythingWithoutGaps) {
  for (const std::uint32_t count : {1U, 2U, 3U, 7U, 64U, 1'000U}) {
    const auto ranges = uniform_ranges(count);
    ASSERT_EQ(ranges.size(), count);
    EXPECT_EQ(ranges.front().first, HashKey{});
    EXPECT_EQ(ranges.back().last, HashKey::max());
    for (std::size_t i = 1; i < ranges.size(); ++i)
      EXPECT_EQ(next(ranges[i - 1].last), ranges[i].first);
  }
  EXPECT_EQ(middle({HashKey{}, HashKey::max()}), (HashKey{std::uint64_t{1} << 63U, 0}));
}

TEST(TokenTest, ComesBackAndCannotBeMadeUp) {
  const std::vector<std::string> fields{"shards", "stream", "", "7"};
  const std::string token = make_token(fields);
  EXPECT_EQ(read_token(token), fields);
  std::string changed = token;
  changed[2] = changed[2] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(read_token(changed));
  EXPECT_FALSE(read_token(""));
  EXPECT_FALSE(read_token("not base64"));
}

TEST(AnswerWriterTest, WritesBothProtocols) {
  const auto write = [](Protocol protocol) {
    std::string out;
    AnswerWriter writer{protocol, out};
    writer.begin_map().key("a").begin_list().integer(-1).integer(300).boolean(true).end_list();
    writer.key("b").text("x\"\n").key("c").bytes("\xFF").key("d");
    writer.time(Time{std::chrono::milliseconds{1'002}}).end_map();
    return out;
  };
  EXPECT_EQ(write(Protocol::json), R"({"a":[-1,300,true],"b":"x\"\u000a","c":"/w==","d":1.002})");
  EXPECT_EQ(write(Protocol::cbor), std::string("\xBF\x61"
                                               "a\x9F\x20\x19\x01\x2C\xF5\xFF\x61"
                                               "b\x63x\"\n\x61"
                                               "c\x41\xFF\x61"
                                               "d\xC1\x19\x03\xEA\xFF"));
}

TEST(TokenBucketTest, LetsALargeRecordPassWhenFullAndThenRecovers) {
  Time now{std::chrono::seconds{1}};
  TokenBucket bucket{100};
  bucket.refill(now);
  ASSERT_TRUE(bucket.has(250));
  bucket.take(250);
  now += std::chrono::milliseconds{1'400};
  bucket.refill(now);
  EXPECT_FALSE(bucket.has(1));
  now += std::chrono::milliseconds{120};
  bucket.refill(now);
  EXPECT_TRUE(bucket.has(1));
}

}  // namespace
}  // namespace aiokpl::emulator
