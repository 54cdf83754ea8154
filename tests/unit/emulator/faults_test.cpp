#include <stdexcept>

#include <gmock/gmock.h>

#include "dispatcher_fixture.hpp"

namespace aiokpl::emulator {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

class FaultsTest : public ServiceTest {
 protected:
  FaultsTest() { create("s", 1); }

  Answered put_many(std::size_t count = 100) {
    Json list = Json::array();
    for (std::size_t i = 0; i < count; ++i)
      list.push_back({{"Data", ""}, {"PartitionKey", "k"}});
    return json("PutRecords", {{"StreamName", "s"}, {"Records", list}});
  }
};

TEST_F(FaultsTest, RatesHoldAndTheSameSeedTellsTheSameStory) {
  const Faults faults{.drop_rate = 0.02, .throttle_rate = 0.2, .drop_after_rate = 0.05};
  FaultPlan one{7, faults};
  FaultPlan same{7, faults};
  FaultPlan other{8, faults};
  int drops = 0;
  int differences = 0;
  int throttled = 0;
  for (int i = 0; i < 10'000; ++i) {
    RequestFate fate = one.decide("PutRecords");
    RequestFate again = same.decide("PutRecords");
    drops += fate.drop_before ? 1 : 0;
    const RecordFate record = fate.next_record();
    throttled += record == RecordFate::throttled ? 1 : 0;
    EXPECT_EQ(fate.drop_before, again.drop_before);
    EXPECT_EQ(fate.delivery, again.delivery);
    EXPECT_EQ(record, again.next_record());
    differences += fate.drop_before != other.decide("PutRecords").drop_before ? 1 : 0;
  }
  EXPECT_NEAR(drops, 200, 60);
  EXPECT_NEAR(throttled, 2'000, 200);
  EXPECT_GT(differences, 100);
}

TEST_F(FaultsTest, OneFaultLeavesTheOthersWhereTheyWere) {
  FaultPlan few{7, Faults{.drop_rate = 0.1}};
  FaultPlan more{7, Faults{.latency_jitter = std::chrono::seconds{1}, .drop_rate = 0.1, .throttle_rate = 0.5}};
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_EQ(few.decide("PutRecords").drop_before, more.decide("PutRecords").drop_before) << i;
  }
}

TEST_F(FaultsTest, ThrottleSomeRecordsOfARequest) {
  service.set_faults({.throttle_rate = 0.2, .internal_error_rate = 0.1});
  const Answered answered = put_many(500);
  const Counters counters = service.counters();
  EXPECT_NEAR(static_cast<double>(counters.records_throttled), 100, 40);
  EXPECT_NEAR(static_cast<double>(counters.records_failed), 40, 25);
  EXPECT_EQ(answered.body["FailedRecordCount"], counters.records_throttled + counters.records_failed);
  EXPECT_EQ(read(iterator(first_shard, "TRIM_HORIZON")).body["Records"].size(), counters.records_stored);
}

TEST_F(FaultsTest, RefuseAnOperation) {
  service.set_faults({.refused_operations = {"ListShards"}});
  const Answered refused = json("ListShards", {{"StreamName", "s"}});
  EXPECT_EQ(refused.error(), "AccessDeniedException");
  EXPECT_THAT(refused.message(), HasSubstr("kinesis:ListShards"));
  EXPECT_EQ(put_many().reply.status, 200);
}

TEST_F(FaultsTest, WholeRequestsFail) {
  service.set_faults({.request_error_rate = 1});
  EXPECT_EQ(put_many().reply.status, 500);
  EXPECT_EQ(put_many().error(), "InternalFailure");
  service.set_faults({.request_throttle_rate = 1});
  EXPECT_EQ(put_many().error(), "ProvisionedThroughputExceededException");
  EXPECT_EQ(json("ListShards", {{"StreamName", "s"}}).error(), "LimitExceededException");
  service.set_faults({.drop_rate = 1});
  EXPECT_TRUE(put_many().reply.drop);
  EXPECT_EQ(service.counters().records_stored, 0U);
}

TEST_F(FaultsTest, SpoiltAnswersAreOfRecordsThatAreStored) {
  using Kind = ScriptedFault::Kind;
  service.script("PutRecords", {.kind = Kind::drop_after}, 1);
  service.script("PutRecords", {.kind = Kind::truncate}, 1);
  service.script("PutRecords", {.kind = Kind::garbage}, 1);
  service.script("PutRecords", {.kind = Kind::wrong_count}, 1);
  EXPECT_EQ(put_many().reply.delivery, Delivery::dropped);
  EXPECT_EQ(put_many().reply.delivery, Delivery::truncated);
  const Answered garbage = put_many();
  EXPECT_EQ(garbage.reply.delivery, Delivery::garbage);
  EXPECT_FALSE(Json::accept(garbage.raw));
  EXPECT_EQ(put_many().body["Records"].size(), 99U);
  EXPECT_EQ(put_many().body["Records"].size(), 100U);
  EXPECT_EQ(service.counters().records_stored, 500U);
}

TEST_F(FaultsTest, ScriptsMeetTheOperationTheyName) {
  using Kind = ScriptedFault::Kind;
  service.script("PutRecords", {.status = 400, .code = "KMSDisabledException", .message = "off"}, 2);
  service.script("", {.kind = Kind::drop}, 1);
  EXPECT_TRUE(json("ListStreams", Json::object()).reply.drop);
  EXPECT_EQ(put_many().error(), "KMSDisabledException");
  EXPECT_EQ(put_many().message(), "off");
  service.script("PutRecords", {.kind = Kind::throttle_records}, 1);
  EXPECT_EQ(put_many().body["FailedRecordCount"], 100);
  EXPECT_EQ(put_many().body["FailedRecordCount"], 0);
}

TEST_F(FaultsTest, StaleListShardsTellYesterdaysShards) {
  service.set_faults({.stale_list_shards = true});
  json("SplitShard", {{"StreamName", "s"}, {"ShardToSplit", first_shard}, {"NewStartingHashKey", "1000"}});
  const Json stale = json("ListShards", {{"StreamName", "s"}}).body["Shards"];
  ASSERT_EQ(stale.size(), 1U);
  EXPECT_FALSE(stale[0]["SequenceNumberRange"].contains("EndingSequenceNumber"));
  service.set_faults({});
  EXPECT_EQ(json("ListShards", {{"StreamName", "s"}}).body["Shards"].size(), 3U);
}

TEST_F(FaultsTest, AreSetOverHttp) {
  const auto control = [&](std::string_view method, std::string_view target, std::string_view body) {
    const Reply reply = service.handle({method, target, {}, body}, now, scratch);
    return std::pair{reply.status, scratch.answer};
  };
  EXPECT_EQ(
      control("PUT", "/_aiokpl/faults", R"({"throttle_rate":0.5,"latency_ms":20,"refused_operations":["PutRecord"]})")
          .first,
      200);
  EXPECT_EQ(control("PUT", "/_aiokpl/faults", R"({"drop_rate":0.25})").first, 200);
  const Json shown = Json::parse(control("GET", "/_aiokpl/faults", "").second);
  EXPECT_EQ(shown["throttle_rate"], 0.5);
  EXPECT_EQ(shown["drop_rate"], 0.25);
  EXPECT_EQ(service.faults().latency, std::chrono::milliseconds{20});
  for (const char* wrong :
       {R"({"drop_rate":1.5})", R"({"drop_rat":0.5})", R"({"drop_rate":"x"})", "[]", "{", R"({"latency_ms":-1})"}) {
    EXPECT_EQ(control("PUT", "/_aiokpl/faults", wrong).first, 400) << wrong;
  }
  EXPECT_EQ(service.faults().drop_rate, 0.25);
  EXPECT_EQ(control("GET", "/_aiokpl/nothing", "").first, 404);
  EXPECT_TRUE(Json::parse(control("GET", "/_aiokpl/counters", "").second).contains("requests"));
}

TEST_F(FaultsTest, RatesOutsideOfOneAreRefused) {
  EXPECT_THROW(service.set_faults({.throttle_rate = 1.01}), std::invalid_argument);
  EXPECT_THROW(service.set_faults({.latency = std::chrono::seconds{-1}}), std::invalid_argument);
}

TEST_F(FaultsTest, WaitsAreAtMostAnHourHoweverTheyAreSet) {
  const auto longest = std::chrono::nanoseconds::max();
  EXPECT_THROW(service.set_faults({.latency = longest, .latency_jitter = longest}), std::invalid_argument);
  EXPECT_THROW(service.set_faults({.latency_jitter = std::chrono::hours{1} + std::chrono::nanoseconds{1}}),
               std::invalid_argument);
  service.set_faults({.latency = std::chrono::hours{1}, .latency_jitter = std::chrono::hours{1}});
  EXPECT_GE(json("ListStreams", Json::object()).reply.latency, std::chrono::hours{1});
}

TEST_F(FaultsTest, RefusedOperationsAreTextSinceTheyAreShown) {
  EXPECT_THROW(service.set_faults({.refused_operations = {"List\xFF"}}), std::invalid_argument);
}

TEST_F(FaultsTest, NothingFollowsTheJson) {
  const std::string_view body{"{}\0{", 4};
  EXPECT_EQ(service.handle({"PUT", "/_aiokpl/faults", {}, body}, now, scratch).status, 400);
}

}  // namespace
}  // namespace aiokpl::emulator
