#include <gmock/gmock.h>

#include "dispatcher_fixture.hpp"
#include "emulator/sequence_number.hpp"

namespace aiokpl::emulator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Json = nlohmann::json;

constexpr const char* arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s";

class StreamsTest : public ServiceTest {
 protected:
  std::vector<std::string> list(Json request) {
    const Answered answered = json("ListShards", request);
    EXPECT_EQ(answered.reply.status, 200) << answered.raw;
    next_token = answered.body.value("NextToken", "");
    std::vector<std::string> numbers;
    for (const Json& shard : answered.body["Shards"]) {
      numbers.push_back(std::to_string(parse_shard_id(shard["ShardId"].get<std::string>()).value_or(999)));
    }
    return numbers;
  }

  std::vector<std::string> filtered(Json filter) { return list({{"StreamName", "s"}, {"ShardFilter", filter}}); }

  Answered split(int shard, const char* at) {
    return json("SplitShard", {{"StreamName", "s"},
                               {"ShardToSplit", shard_id(static_cast<std::uint32_t>(shard))},
                               {"NewStartingHashKey", at}});
  }

  Answered merge(int shard, int adjacent) {
    return json("MergeShards", {{"StreamName", "s"},
                                {"ShardToMerge", shard_id(static_cast<std::uint32_t>(shard))},
                                {"AdjacentShardToMerge", shard_id(static_cast<std::uint32_t>(adjacent))}});
  }

  std::string next_token;
};

TEST_F(StreamsTest, AreCreatedDescribedListedAndDeleted) {
  ASSERT_EQ(create("s", 3).reply.status, 200);
  EXPECT_EQ(create("s", 3).error(), "ResourceInUseException");
  create("a", 1);

  const Json summary = json("DescribeStreamSummary", {{"StreamName", "s"}}).body["StreamDescriptionSummary"];
  EXPECT_EQ(summary["StreamARN"], arn);
  EXPECT_EQ(summary["StreamStatus"], "ACTIVE");
  EXPECT_EQ(summary["OpenShardCount"], 3);
  EXPECT_EQ(summary["MaxRecordSizeInKiB"], 1024);
  EXPECT_EQ(summary["StreamModeDetails"]["StreamMode"], "PROVISIONED");
  EXPECT_FALSE(summary.contains("RecordDistributionStrategy"));

  const Json page = json("DescribeStream", {{"StreamARN", arn}, {"Limit", 2}}).body["StreamDescription"];
  EXPECT_EQ(page["HasMoreShards"], true);
  EXPECT_EQ(page["Shards"][1]["HashKeyRange"]["StartingHashKey"], "113427455640312821154458202477256070485");
  const Json rest = json("DescribeStream", {{"StreamName", "s"}, {"ExclusiveStartShardId", "shardId-000000000001"}})
                        .body["StreamDescription"];
  EXPECT_EQ(rest["HasMoreShards"], false);
  EXPECT_EQ(rest["Shards"][0]["HashKeyRange"]["EndingHashKey"], "340282366920938463463374607431768211455");

  const Json first = json("ListStreams", {{"Limit", 1}}).body;
  EXPECT_EQ(first["StreamNames"], Json({"a"}));
  EXPECT_EQ(json("ListStreams", {{"NextToken", first["NextToken"]}}).body["StreamNames"], Json({"s"}));

  EXPECT_EQ(json("DeleteStream", {{"StreamName", "s"}}).reply.status, 200);
  EXPECT_EQ(json("DescribeStream", {{"StreamName", "s"}}).error(), "ResourceNotFoundException");
}

TEST_F(StreamsTest, RefuseWhatTheyAreNotGivenProperly) {
  EXPECT_EQ(json("CreateStream", {{"StreamName", "s"}}).error(), "ValidationException");
  EXPECT_THAT(json("CreateStream", {{"StreamName", "s p"}, {"ShardCount", 0}}).message(),
              HasSubstr("2 validation errors detected: Value 's p' at 'streamName'"));
  EXPECT_EQ(json("CreateStream", {{"StreamName", "s"}, {"ShardCount", 20'000}}).error(), "LimitExceededException");
  EXPECT_EQ(json("CreateStream", {{"StreamName", "s"}, {"ShardCount", "1"}}).error(), "SerializationException");
  EXPECT_EQ(json("NoSuchThing", Json::object()).error(), "UnknownOperationException");
  EXPECT_EQ(send("ListStreams", "application/x-amz-json-1.1", "[1").error(), "SerializationException");
  EXPECT_EQ(send("ListStreams", "application/x-amz-json-1.1", std::string(100'000, '[')).error(),
            "SerializationException");
}

TEST_F(StreamsTest, ListShardsPageByPage) {
  create("s", 5);
  EXPECT_THAT(list({{"StreamName", "s"}, {"MaxResults", 2}}), ElementsAre("0", "1"));
  EXPECT_THAT(list({{"NextToken", next_token}, {"MaxResults", 2}}), ElementsAre("2", "3"));
  EXPECT_THAT(list({{"NextToken", next_token}}), ElementsAre("4"));
  EXPECT_EQ(next_token, "");
  EXPECT_THAT(list({{"StreamName", "s"}, {"ExclusiveStartShardId", "shardId-000000000002"}}), ElementsAre("3", "4"));

  list({{"StreamName", "s"}, {"MaxResults", 2}});
  EXPECT_EQ(json("ListShards", {{"NextToken", next_token}, {"StreamName", "s"}}).error(), "InvalidArgumentException");
  EXPECT_EQ(json("ListShards", {{"NextToken", "bm9uc2Vuc2U="}}).error(), "InvalidArgumentException");
  now += std::chrono::seconds{301};
  EXPECT_EQ(json("ListShards", {{"NextToken", next_token}}).error(), "ExpiredNextTokenException");
}

TEST_F(StreamsTest, FilterShardsByTimeAndPlace) {
  const Time created = now;
  create("s", 2);
  now += std::chrono::seconds{100};
  ASSERT_EQ(split(0, "1000").reply.status, 200);
  const auto at = [](Time time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); };
  EXPECT_THAT(filtered({{"Type", "AT_LATEST"}}), ElementsAre("1", "2", "3"));
  EXPECT_THAT(filtered({{"Type", "AT_TRIM_HORIZON"}}), ElementsAre("0", "1"));
  EXPECT_THAT(filtered({{"Type", "FROM_TRIM_HORIZON"}}), ElementsAre("0", "1", "2", "3"));
  EXPECT_THAT(filtered({{"Type", "AFTER_SHARD_ID"}, {"ShardId", "shardId-000000000001"}}), ElementsAre("2", "3"));
  EXPECT_THAT(filtered({{"Type", "AT_TIMESTAMP"}, {"Timestamp", at(created) + 50}}), ElementsAre("0", "1"));
  EXPECT_THAT(filtered({{"Type", "AT_TIMESTAMP"}, {"Timestamp", at(now) + 1}}), ElementsAre("1", "2", "3"));
  // CBOR tells milliseconds, tagged: {"StreamName": "s", "ShardFilter": {"Type": "AT_TIMESTAMP", "Timestamp": 1(...)}}
  std::string body{"\xA2\x6AStreamName\x61s\x6BShardFilter\xA2\x64TypelAT_TIMESTAMPiTimestamp\xC1\x1B"};
  const auto milliseconds = static_cast<std::uint64_t>((at(created) + 50) * 1'000);
  for (unsigned i = 8; i-- > 0;)
    body += static_cast<char>(milliseconds >> (8U * i));
  EXPECT_EQ(send("ListShards", "application/x-amz-cbor-1.1", body).body["Shards"].size(), 2U);
  EXPECT_THAT(filtered({{"Type", "FROM_TIMESTAMP"}, {"Timestamp", at(now) + 1}}), ElementsAre("1", "2", "3"));
  EXPECT_THAT(filtered({{"Type", "FROM_TIMESTAMP"}, {"Timestamp", at(now) - 1}}), ElementsAre("0", "1", "2", "3"));
  // A day later the closed shard and what it held are gone.
  now += std::chrono::hours{25};
  EXPECT_THAT(list({{"StreamName", "s"}}), ElementsAre("1", "2", "3"));
  EXPECT_EQ(json("ListShards", {{"StreamName", "s"}, {"ShardFilter", {{"Type", "SIDEWAYS"}}}}).error(),
            "ValidationException");
}

TEST_F(StreamsTest, SplitAndMergeKeepParentsAndOrder) {
  create("s", 2);
  EXPECT_THAT(split(0, "1").message(), HasSubstr("greater than one plus the shard's StartingHashKey 0"));
  EXPECT_EQ(split(0, "170141183460469231731687303715884105727").error(), "InvalidArgumentException");
  EXPECT_EQ(split(7, "1000").error(), "ResourceNotFoundException");
  ASSERT_EQ(split(0, "1000").reply.status, 200);
  EXPECT_THAT(split(0, "2000").message(), HasSubstr("already been merged or split"));
  EXPECT_THAT(merge(2, 1).message(), HasSubstr("not an adjacent pair"));
  EXPECT_EQ(merge(1, 1).error(), "InvalidArgumentException");
  ASSERT_EQ(merge(3, 1).reply.status, 200);

  const Json shards = json("ListShards", {{"StreamName", "s"}}).body["Shards"];
  ASSERT_EQ(shards.size(), 5U);
  EXPECT_EQ(shards[2]["HashKeyRange"], Json({{"StartingHashKey", "0"}, {"EndingHashKey", "999"}}));
  EXPECT_EQ(shards[3]["ParentShardId"], "shardId-000000000000");
  EXPECT_EQ(shards[4]["ParentShardId"], "shardId-000000000003");
  EXPECT_EQ(shards[4]["AdjacentParentShardId"], "shardId-000000000001");
  EXPECT_FALSE(shards[4]["SequenceNumberRange"].contains("EndingSequenceNumber"));
  // All of it in one second: children still stand behind their parents.
  for (const auto& [parent, child] : {std::pair{0, 2}, std::pair{0, 3}, std::pair{3, 4}, std::pair{1, 4}}) {
    EXPECT_LT(shards[static_cast<std::size_t>(parent)]["SequenceNumberRange"]["EndingSequenceNumber"],
              shards[static_cast<std::size_t>(child)]["SequenceNumberRange"]["StartingSequenceNumber"]);
  }
}

TEST_F(StreamsTest, ScaleToUniformRanges) {
  create("s", 3);
  EXPECT_EQ(json("UpdateShardCount", {{"StreamName", "s"}, {"TargetShardCount", 7}, {"ScalingType", "UNIFORM_SCALING"}})
                .error(),
            "LimitExceededException");
  const auto scale = [&](int count) {
    const Answered answered = json(
        "UpdateShardCount", {{"StreamName", "s"}, {"TargetShardCount", count}, {"ScalingType", "UNIFORM_SCALING"}});
    EXPECT_EQ(answered.body["TargetShardCount"], count) << answered.raw;
    std::vector<std::string> borders;
    const Json shards =
        json("ListShards", {{"StreamName", "s"}, {"ShardFilter", {{"Type", "AT_LATEST"}}}}).body["Shards"];
    for (const Json& shard : shards)
      borders.push_back(shard["HashKeyRange"]["StartingHashKey"]);
    std::sort(borders.begin(), borders.end(),
              [](const auto& a, const auto& b) { return std::pair{a.size(), a} < std::pair{b.size(), b}; });
    return borders;
  };
  EXPECT_THAT(scale(4),
              ElementsAre("0", "85070591730234615865843651857942052864", "170141183460469231731687303715884105728",
                          "255211775190703847597530955573826158592"));
  EXPECT_THAT(scale(2), ElementsAre("0", "170141183460469231731687303715884105728"));
  EXPECT_THAT(scale(1), ElementsAre("0"));
}

TEST_F(StreamsTest, ReadFromEveryKindOfIterator) {
  create("s", 1);
  std::vector<std::string> numbers;
  for (const char* data : {"MA==", "MQ==", "Mg=="}) {
    numbers.push_back(put("k", data).body["SequenceNumber"]);
    now += std::chrono::seconds{10};
  }
  const auto first_of = [&](const std::string& from) {
    const Answered got = read(from);
    return got.body["Records"].empty() ? std::string{"none"} : got.body["Records"][0]["Data"].get<std::string>();
  };
  const double start = 1'790'000'000;
  EXPECT_EQ(first_of(iterator(first_shard, "TRIM_HORIZON")), "MA==");
  EXPECT_EQ(first_of(iterator(first_shard, "AT_SEQUENCE_NUMBER", {{"StartingSequenceNumber", numbers[1]}})), "MQ==");
  EXPECT_EQ(first_of(iterator(first_shard, "AFTER_SEQUENCE_NUMBER", {{"StartingSequenceNumber", numbers[1]}})), "Mg==");
  EXPECT_EQ(first_of(iterator(first_shard, "AT_TIMESTAMP", {{"Timestamp", start + 5}})), "MQ==");
  const std::string latest = iterator(first_shard, "LATEST");
  EXPECT_EQ(first_of(latest), "none");
  put("k", "Mw==");
  EXPECT_EQ(first_of(latest), "Mw==");

  const Answered page = read(iterator(first_shard, "TRIM_HORIZON"), 2);
  EXPECT_EQ(page.body["Records"].size(), 2U);
  EXPECT_EQ(page.body["MillisBehindLatest"], 10'000);
  EXPECT_EQ(first_of(page.body["NextShardIterator"]), "Mg==");

  EXPECT_EQ(json("GetShardIterator", {{"StreamName", "s"},
                                      {"ShardId", first_shard},
                                      {"ShardIteratorType", "AT_SEQUENCE_NUMBER"},
                                      {"StartingSequenceNumber", "1"}})
                .error(),
            "InvalidArgumentException");
  EXPECT_EQ(read("bm9uc2Vuc2U=").error(), "InvalidArgumentException");
  now += std::chrono::seconds{301};
  EXPECT_EQ(read(latest).error(), "ExpiredIteratorException");
}

TEST_F(StreamsTest, EndOfAClosedShardNamesItsChildren) {
  create("s", 1);
  put("k", "MA==");
  split(0, "1000");
  const Answered page = read(iterator(first_shard, "TRIM_HORIZON"));
  EXPECT_EQ(page.body["Records"].size(), 1U);
  EXPECT_FALSE(page.body.contains("NextShardIterator"));
  ASSERT_EQ(page.body["ChildShards"].size(), 2U);
  EXPECT_EQ(page.body["ChildShards"][0]["ShardId"], "shardId-000000000001");
  EXPECT_EQ(page.body["ChildShards"][0]["ParentShards"], Json({"shardId-000000000000"}));
}

TEST_F(StreamsTest, AnswersStayBelowTenMebibytes) {
  create("s", 1);
  const Json megabyte = Json::binary(std::vector<std::uint8_t>(1'000'000));
  for (int i = 0; i < 25; ++i)
    cbor("PutRecord", {{"StreamName", "s"}, {"PartitionKey", "k"}, {"Data", megabyte}});
  std::string from = iterator(first_shard, "TRIM_HORIZON");
  std::vector<std::size_t> pages;
  for (int i = 0; i < 3; ++i) {
    const Answered page = read(from);
    pages.push_back(page.body["Records"].size());
    from = page.body["NextShardIterator"];
  }
  EXPECT_THAT(pages, ElementsAre(10U, 10U, 5U));
}

TEST_F(StreamsTest, RecordsLeaveAfterTheRetention) {
  create("s", 1);
  put("k", "MA==");
  now += std::chrono::hours{23};
  put("k", "MQ==");
  now += std::chrono::hours{2};
  const Answered got = read(iterator(first_shard, "TRIM_HORIZON"));
  ASSERT_EQ(got.body["Records"].size(), 1U);
  EXPECT_EQ(got.body["Records"][0]["Data"], "MQ==");
}

class BoundedTest : public ServiceTest {
 protected:
  BoundedTest() : ServiceTest{Options{.retention_bytes = 10, .transition = std::chrono::seconds{2}}} { create("s", 2); }
};

TEST_F(BoundedTest, OldestRecordsMakeRoomAndStatesTakeTheirTime) {
  EXPECT_EQ(json("DescribeStreamSummary", {{"StreamName", "s"}}).body["StreamDescriptionSummary"]["StreamStatus"],
            "CREATING");
  EXPECT_EQ(put("a", "MA==").error(), "ResourceNotFoundException");
  now += std::chrono::seconds{2};
  // "a" and "b" live on different shards; each record counts two bytes.
  for (const char* key : {"a", "b", "a", "b", "a", "b", "a"})
    EXPECT_EQ(put(key, "MA==").reply.status, 200);
  EXPECT_EQ(read(iterator("shardId-000000000000", "TRIM_HORIZON")).body["Records"].size(), 3U);
  EXPECT_EQ(read(iterator("shardId-000000000001", "TRIM_HORIZON")).body["Records"].size(), 2U);

  EXPECT_EQ(
      json("UpdateStreamMode", {{"StreamARN", arn}, {"StreamModeDetails", {{"StreamMode", "ON_DEMAND"}}}}).reply.status,
      200);
  EXPECT_EQ(json("UpdateMaxRecordSize", {{"StreamARN", arn}, {"MaxRecordSizeInKiB", 2048}}).error(),
            "ResourceInUseException");
  EXPECT_EQ(put("a", "MA==").reply.status, 200);
  now += std::chrono::seconds{2};
  json("DeleteStream", {{"StreamName", "s"}});
  EXPECT_EQ(json("DescribeStreamSummary", {{"StreamName", "s"}}).body["StreamDescriptionSummary"]["StreamStatus"],
            "DELETING");
  now += std::chrono::seconds{2};
  EXPECT_EQ(json("DescribeStreamSummary", {{"StreamName", "s"}}).error(), "ResourceNotFoundException");
}

}  // namespace
}  // namespace aiokpl::emulator
