#include <gmock/gmock.h>

#include "dispatcher_fixture.hpp"

namespace aiokpl::emulator {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using Json = nlohmann::json;

class PutTest : public ServiceTest {
 protected:
  PutTest() { EXPECT_EQ(create("s", 2).reply.status, 200); }

  static Json records(std::size_t count) {
    Json list = Json::array();
    for (std::size_t i = 0; i < count; ++i)
      list.push_back({{"Data", "eA=="}, {"PartitionKey", std::to_string(i)}});
    return {{"StreamName", "s"}, {"Records", list}};
  }
};

TEST_F(PutTest, StoresAndReadsBackInBothProtocols) {
  const Json bytes = Json::binary({0x00, 0xFF, 0x7F});
  const Answered put =
      cbor("PutRecords", {{"StreamName", "s"}, {"Records", {{{"Data", bytes}, {"PartitionKey", "k"}}}}});
  ASSERT_EQ(put.reply.status, 200) << put.raw;
  EXPECT_EQ(put.reply.content_type, "application/x-amz-cbor-1.1");
  EXPECT_EQ(put.body["FailedRecordCount"], 0);
  const std::string shard = put.body["Records"][0]["ShardId"];
  const std::string number = put.body["Records"][0]["SequenceNumber"];
  EXPECT_EQ(number.size(), 56U);
  EXPECT_THAT(number, StartsWith("496"));

  const Answered read_json = read(iterator(shard, "TRIM_HORIZON"));
  ASSERT_EQ(read_json.body["Records"].size(), 1U) << read_json.raw;
  EXPECT_EQ(read_json.body["Records"][0]["Data"], "AP9/");
  EXPECT_EQ(read_json.body["Records"][0]["SequenceNumber"], number);
  EXPECT_EQ(read_json.body["Records"][0]["ApproximateArrivalTimestamp"], 1'790'000'000.0);

  const Answered read_cbor = cbor("GetRecords", {{"ShardIterator", iterator(shard, "TRIM_HORIZON")}});
  EXPECT_EQ(read_cbor.body["Records"][0]["Data"].get_binary(), bytes.get_binary());
  EXPECT_EQ(read_cbor.body["Records"][0]["ApproximateArrivalTimestamp"], 1'790'000'000'000);
}

TEST_F(PutTest, TakesIndefiniteLengthsAsJavaWritesThem) {
  // {_ "StreamName": "s", "Records": [_ {_ "Data": (_ h'41', h'42'), "Other": {_ }, "PartitionKey": (_ "k", "1") } ] }
  std::string body{"\xBF\x6AStreamName\x61s\x67Records\x9F\xBF\x64"};
  body +=
      "Data\x5F\x41"
      "A\x41"
      "B\xFF\x65Other\xBF\xFF\x6CPartitionKey\x7F\x61k\x61"
      "1\xFF\xFF\xFF\xFF";
  const Answered put = send("PutRecords", "application/x-amz-cbor-1.1", body);
  ASSERT_EQ(put.reply.status, 200) << put.raw;
  const std::string shard = put.body["Records"][0]["ShardId"];
  const Answered got = read(iterator(shard, "TRIM_HORIZON"));
  EXPECT_EQ(got.body["Records"][0]["Data"], "QUI=");
  EXPECT_EQ(got.body["Records"][0]["PartitionKey"], "k1");
}

TEST_F(PutTest, RoutesByExplicitHashKeyAndByMd5) {
  const auto shard_of = [&](Json record) {
    record["StreamName"] = "s";
    record["Data"] = "";
    return json("PutRecord", record).body.value("ShardId", "none");
  };
  EXPECT_EQ(shard_of({{"PartitionKey", "a"}, {"ExplicitHashKey", "0"}}), "shardId-000000000000");
  EXPECT_EQ(shard_of({{"PartitionKey", "a"}, {"ExplicitHashKey", "170141183460469231731687303715884105727"}}),
            "shardId-000000000000");
  EXPECT_EQ(shard_of({{"PartitionKey", "a"}, {"ExplicitHashKey", "170141183460469231731687303715884105728"}}),
            "shardId-000000000001");
  // MD5("a") is 0cc1..., MD5("b") is 92eb...
  EXPECT_EQ(shard_of({{"PartitionKey", "a"}}), "shardId-000000000000");
  EXPECT_EQ(shard_of({{"PartitionKey", "b"}}), "shardId-000000000001");
}

TEST_F(PutTest, SequenceNumbersGrow) {
  std::string last;
  for (int i = 0; i < 20; ++i) {
    const std::string number = put("a", "eA==").body["SequenceNumber"];
    EXPECT_LT(last, number);
    last = number;
  }
}

struct Refusal {
  const char* name;
  const char* request;
  const char* type;
  const char* message;
};
class RefusalTest : public PutTest, public testing::WithParamInterface<Refusal> {};

TEST_P(RefusalTest, RefusesTheWholeRequestInTheServicesWords) {
  const Answered answered = send("PutRecords", "application/x-amz-json-1.1", GetParam().request);
  EXPECT_EQ(answered.reply.status, 400);
  EXPECT_EQ(answered.error(), GetParam().type);
  EXPECT_THAT(answered.message(), HasSubstr(GetParam().message));
  EXPECT_EQ(service.counters().records_stored, 0U);
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusalTest,
    testing::Values(
        Refusal{"no_records", R"({"StreamName":"s"})", "ValidationException",
                "1 validation error detected: Value null at 'records' failed to satisfy constraint: Member must not be "
                "null"},
        Refusal{"empty", R"({"StreamName":"s","Records":[]})", "ValidationException",
                "Member must have length greater than or equal to 1"},
        Refusal{"no_data", R"({"StreamName":"s","Records":[{"PartitionKey":"k"}]})", "ValidationException",
                "Value null at 'records.1.member.data'"},
        Refusal{"no_key", R"({"StreamName":"s","Records":[{"Data":""}]})", "ValidationException",
                "Value null at 'records.1.member.partitionKey' failed to satisfy constraint: Member must not be null"},
        Refusal{
            "empty_key",
            R"({"StreamName":"s","Records":[{"Data":"","PartitionKey":"k"},{"Data":"","PartitionKey":""}]})",
            "ValidationException",
            "Value '' at 'records.2.member.partitionKey' failed to satisfy constraint: Member must have length greater "
            "than or equal to 1"},
        Refusal{"hash_key_pattern",
                R"({"StreamName":"s","Records":[{"Data":"","PartitionKey":"k","ExplicitHashKey":"01"}]})",
                "ValidationException", "Member must satisfy regular expression pattern: 0|([1-9]\\d{0,38})"},
        Refusal{
            "hash_key_range",
            R"({"StreamName":"s","Records":[{"Data":"","PartitionKey":"k","ExplicitHashKey":"340282366920938463463374607431768211456"}]})",
            "InvalidArgumentException", "[0, 2^128-1]"},
        Refusal{"unknown_stream", R"({"StreamName":"t","Records":[{"Data":"","PartitionKey":"k"}]})",
                "ResourceNotFoundException", "Stream t under account 000000000000 not found."},
        Refusal{"no_stream", R"({"Records":[{"Data":"","PartitionKey":"k"}]})", "InvalidArgumentException",
                "StreamARN"},
        Refusal{"bad_arn", R"({"StreamARN":"arn:s","Records":[{"Data":"","PartitionKey":"k"}]})", "ValidationException",
                "streamARN"},
        Refusal{"dry_run", R"({"StreamName":"s","DryRun":true,"Records":[{"Data":"","PartitionKey":"k"}]})",
                "DryRunOperationException", "DryRun"},
        Refusal{"base64_length", R"({"StreamName":"s","Records":[{"Data":"abc","PartitionKey":"k"}]})",
                "SerializationException", "base64"},
        Refusal{"base64_character", R"({"StreamName":"s","Records":[{"Data":"ab!d","PartitionKey":"k"}]})",
                "SerializationException", "base64"},
        Refusal{"wrong_type", R"({"StreamName":"s","Records":[{"Data":"","PartitionKey":1}]})",
                "SerializationException", "NUMBER_VALUE can not be converted to a String"},
        Refusal{"truncated", R"({"StreamName":"s","Records":[{"Data":"","Part)", "SerializationException",
                "ends early"},
        Refusal{"trailing", R"({"StreamName":"s","Records":[{"Data":"","PartitionKey":"k"}]}x)",
                "SerializationException", "after the end"},
        Refusal{"half_surrogate", R"({"StreamName":"s","Records":[{"Data":"","PartitionKey":"\ud800"}]})",
                "SerializationException", "surrogate"}),
    [](const auto& refusal) { return refusal.param.name; });

TEST_F(PutTest, CountsCharactersOfAKeyNotBytes) {
  std::string key;
  for (int i = 0; i < 256; ++i)
    key += "\xC3\xA9";
  EXPECT_EQ(put(key, "").reply.status, 200);
  const Answered refused = put(key + "x", "");
  EXPECT_THAT(refused.message(),
              HasSubstr("at 'partitionKey' failed to satisfy constraint: Member must have length less "
                        "than or equal to 256"));
}

TEST_F(PutTest, HasTheServicesLimits) {
  EXPECT_EQ(json("PutRecords", records(500)).reply.status, 200);
  EXPECT_THAT(json("PutRecords", records(501)).message(), HasSubstr("less than or equal to 500"));

  const auto sized = [](std::size_t size) {
    return Json{{"Data", Json::binary(std::vector<std::uint8_t>(size))}, {"PartitionKey", "k"}};
  };
  constexpr std::size_t mebibyte = 1U << 20U;
  const auto with = [](Json list) { return Json{{"StreamName", "s"}, {"Records", std::move(list)}}; };
  EXPECT_EQ(cbor("PutRecords", with(Json::array({sized(mebibyte - 1)}))).reply.status, 200);
  EXPECT_THAT(
      cbor("PutRecords", with(Json::array({sized(mebibyte)}))).message(),
      HasSubstr("'records.1.member.data' failed to satisfy constraint: Member must have length less than or equal "
                "to 1048576"));
  Json eleven = Json::array();
  for (int i = 0; i < 11; ++i)
    eleven.push_back(sized(mebibyte - 1));
  EXPECT_EQ(cbor("PutRecords", with(eleven)).message(), "Records size exceeds 10 MB limit");

  json("UpdateMaxRecordSize",
       {{"StreamARN", "arn:aws:kinesis:us-east-1:000000000000:stream/s"}, {"MaxRecordSizeInKiB", 10240}});
  EXPECT_EQ(cbor("PutRecords", with(Json::array({sized(10 * mebibyte - 1)}))).reply.status, 200);
}

TEST_F(PutTest, ReadsEscapesInJson) {
  const Answered put = send(
      "PutRecord", "application/x-amz-json-1.1",
      R"( { "StreamName" : "s", "Data":"\/\/8=" , "PartitionKey":"q\"\\\u00e9\ud83d\ude00", "x":[1,{"y":null}] } )");
  ASSERT_EQ(put.reply.status, 200) << put.raw;
  const Answered got = read(iterator(put.body["ShardId"].get<std::string>(), "TRIM_HORIZON"));
  EXPECT_EQ(got.body["Records"][0]["PartitionKey"], "q\"\\\xC3\xA9\xF0\x9F\x98\x80");
  EXPECT_EQ(got.body["Records"][0]["Data"], "//8=");
}

TEST_F(PutTest, RefusesBrokenCbor) {
  const std::string whole{
      "\xA2\x6AStreamName\x61s\x67Records\x81\xA2\x64"
      "Data\x41"
      "x\x6CPartitionKey\x61k"};
  ASSERT_EQ(send("PutRecords", "application/x-amz-cbor-1.1", whole).reply.status, 200);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Answered answered = send("PutRecords", "application/x-amz-cbor-1.1", whole.substr(0, size));
    EXPECT_EQ(answered.error(), "SerializationException") << size;
  }
  EXPECT_EQ(send("PutRecords", "application/x-amz-cbor-1.1", std::string(100'000, '\x81')).error(),
            "SerializationException");
}

TEST_F(PutTest, AutomaticStreamsIgnoreKeys) {
  json("CreateStream", {{"StreamName", "auto"},
                        {"StreamModeDetails", {{"StreamMode", "ON_DEMAND"}}},
                        {"RecordDistributionStrategy", "AUTO"}});
  Json list = Json::array();
  for (int i = 0; i < 400; ++i)
    list.push_back({{"Data", ""}, {"PartitionKey", "same"}});
  list[0].erase("PartitionKey");
  const Answered put = json("PutRecords", {{"StreamName", "auto"}, {"Records", list}});
  ASSERT_EQ(put.reply.status, 200) << put.raw;
  std::map<std::string, int> shards;
  for (const Json& record : put.body["Records"])
    ++shards[record["ShardId"]];
  EXPECT_EQ(shards.size(), 4U);
  for (const auto& [shard, count] : shards)
    EXPECT_EQ(count, 100) << shard;

  const std::string arn = "arn:aws:kinesis:us-east-1:000000000000:stream/auto";
  json("UpdateStreamRecordDistributionStrategy",
       {{"StreamARN", arn}, {"RecordDistributionStrategy", "USER_PARTITION_KEY"}});
  EXPECT_EQ(json("PutRecords", {{"StreamARN", arn}, {"Records", list}}).error(), "ValidationException");
}

class LimitedTest : public ServiceTest {
 protected:
  LimitedTest() : ServiceTest{Options{.enforce_limits = true}} { create("s", 1); }
};

TEST_F(LimitedTest, ThrottlesAShardBeyondItsRecordsAndBytes) {
  Json list = Json::array();
  for (int i = 0; i < 500; ++i)
    list.push_back({{"Data", ""}, {"PartitionKey", "k"}});
  const Json request{{"StreamName", "s"}, {"Records", list}};
  EXPECT_EQ(json("PutRecords", request).body["FailedRecordCount"], 0);
  EXPECT_EQ(json("PutRecords", request).body["FailedRecordCount"], 0);
  const Answered throttled = json("PutRecords", request);
  EXPECT_EQ(throttled.body["FailedRecordCount"], 500);
  EXPECT_EQ(throttled.body["Records"][0]["ErrorCode"], "ProvisionedThroughputExceededException");
  EXPECT_EQ(throttled.body["Records"][0]["ErrorMessage"],
            "Rate exceeded for shard shardId-000000000000 in stream s under account 000000000000.");
  now += std::chrono::milliseconds{250};
  EXPECT_EQ(json("PutRecords", request).body["FailedRecordCount"], 250);

  now += std::chrono::seconds{5};
  const Json large{
      {"StreamName", "s"}, {"PartitionKey", "k"}, {"Data", Json::binary(std::vector<std::uint8_t>(700'000))}};
  EXPECT_EQ(cbor("PutRecord", large).reply.status, 200);
  EXPECT_EQ(cbor("PutRecord", large).error(), "ProvisionedThroughputExceededException");
}

}  // namespace
}  // namespace aiokpl::emulator
