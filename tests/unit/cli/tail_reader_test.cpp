#include "cli/tail_reader.hpp"

#include <deque>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "aws/kinesis_api.hpp"
#include "cli/exit_status.hpp"

namespace aiokpl::cli {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;
using Kind = ReadStep::Kind;
using ::testing::ElementsAre;

constexpr WallTime start{1'700'000'000'000ms};

Json record(const std::string& number, const std::string& data) {
  return {{"SequenceNumber", number},
          {"PartitionKey", "k"},
          {"ApproximateArrivalTimestamp", 1'700'000'000'123},
          {"Data", Json::binary({data.begin(), data.end()})}};
}

/// A service that answers as it is told and remembers what it was asked.
class TailReaderTest : public ::testing::Test {
 protected:
  void answers(Json answer) {
    script_.push_back([answer] { return answer; });
  }
  void refuses(int status, const std::string& code) {
    script_.push_back([=]() -> Json { throw aws::ServiceException{{status, code, "no", ""}}; });
  }
  void loses_connection() {
    script_.push_back([]() -> Json { throw aws::TransportException{aws::HttpError::reset, "connection closed"}; });
  }
  ReadStep step(ShardReader& reader, std::optional<std::uint64_t> limit = std::nullopt) {
    return reader.step(
        [this](std::string_view operation, const Json& request) {
          asked_.emplace_back(operation, request);
          if (script_.empty()) throw std::logic_error{"nothing left to answer"};
          const auto answer = script_.front();
          script_.pop_front();
          return answer();
        },
        [this](const KinesisRecord& one) { read_.emplace_back(one.data); }, limit, start);
  }
  [[nodiscard]] const Json& last_request() const { return asked_.back().second; }

  std::deque<std::function<Json()>> script_;
  std::vector<std::pair<std::string, Json>> asked_;
  std::vector<std::string> read_;
};

TEST_F(TailReaderTest, ReadsFromTheOldestToTheEndAndTellsTheChildren) {
  ShardReader reader{"s", {.id = "0", .closed = true}, std::nullopt};
  answers({{"ShardIterator", "i1"}});
  EXPECT_EQ(step(reader).kind, Kind::more);
  EXPECT_EQ(last_request(), (Json{{"StreamName", "s"}, {"ShardId", "0"}, {"ShardIteratorType", "TRIM_HORIZON"}}));

  answers({{"Records", {record("1", "a"), record("2", "b")}}, {"NextShardIterator", "i2"}, {"MillisBehindLatest", 0}});
  const ReadStep first = step(reader, 7);
  EXPECT_EQ(first.kind, Kind::more) << "a closed shard has an end, which is not reached yet";
  EXPECT_EQ(first.pause, 200ms);
  EXPECT_EQ(last_request(), (Json{{"ShardIterator", "i1"}, {"Limit", 7}}));

  answers({{"Records", Json::array()},
           {"ChildShards",
            {{{"ShardId", "1"},
              {"ParentShards", {"0"}},
              {"HashKeyRange", {{"StartingHashKey", "0"}, {"EndingHashKey", "9"}}}}}}});
  const ReadStep last = step(reader);
  EXPECT_EQ(last.kind, Kind::end);
  ASSERT_EQ(last.children.size(), 1U);
  EXPECT_EQ(last.children[0].id, "1");
  EXPECT_THAT(last.children[0].parents, ElementsAre("0"));
  EXPECT_EQ(last.children[0].range, (HashKeyRange{{0, 0}, {0, 9}}));
  EXPECT_THAT(read_, ElementsAre("a", "b"));
}

TEST_F(TailReaderTest, AtTheTipItWaitsASecondAfterAnEmptyAnswer) {
  ShardReader reader{"arn:aws:kinesis:eu-west-1:1:stream/s", {.id = "0"}, std::nullopt};
  answers({{"ShardIterator", "i"}});
  step(reader);
  answers({{"Records", {record("1", "a")}}, {"NextShardIterator", "i"}, {"MillisBehindLatest", 0}});
  const ReadStep full = step(reader);
  EXPECT_EQ(full.kind, Kind::tip);
  EXPECT_EQ(full.pause, 200ms);
  EXPECT_TRUE(last_request().contains("StreamARN"));
  answers({{"Records", Json::array()}, {"NextShardIterator", "i"}, {"MillisBehindLatest", 0}});
  EXPECT_EQ(step(reader).pause, 1000ms);
  answers({{"Records", Json::array()}, {"NextShardIterator", "i"}, {"MillisBehindLatest", 5000}});
  EXPECT_EQ(step(reader).kind, Kind::more) << "an empty answer is no sign of the tip";
}

TEST_F(TailReaderTest, AnExpiredIteratorIsReplacedByOneAfterTheLastRecord) {
  ShardReader reader{"s", {.id = "0"}, std::nullopt};
  answers({{"ShardIterator", "i1"}});
  step(reader);
  answers({{"Records", {record("17", "a")}}, {"NextShardIterator", "i2"}, {"MillisBehindLatest", 0}});
  step(reader);
  refuses(400, "ExpiredIteratorException");
  EXPECT_EQ(step(reader).kind, Kind::more);
  answers({{"ShardIterator", "i3"}});
  step(reader);
  EXPECT_EQ(last_request()["ShardIteratorType"], "AFTER_SEQUENCE_NUMBER");
  EXPECT_EQ(last_request()["StartingSequenceNumber"], "17");
}

TEST_F(TailReaderTest, AnIteratorAtTheLatestThatExpiredPassesOverNothing) {
  ShardReader reader{"s", {.id = "0", .begin = Begin::latest}, std::nullopt};
  answers({{"ShardIterator", "i1"}});
  step(reader);
  EXPECT_EQ(last_request()["ShardIteratorType"], "LATEST");
  refuses(400, "ExpiredIteratorException");
  step(reader);
  answers({{"ShardIterator", "i2"}});
  step(reader);
  EXPECT_EQ(last_request()["ShardIteratorType"], "AT_TIMESTAMP");
  EXPECT_EQ(last_request()["Timestamp"], 1'700'000'000'000);
}

TEST_F(TailReaderTest, ThrottledItWaitsLongerEachTimeAndGoesOnWhereItWas) {
  ShardReader reader{"s", {.id = "0", .begin = Begin::time}, start - 60s};
  answers({{"ShardIterator", "i1"}});
  step(reader);
  EXPECT_EQ(last_request()["Timestamp"], 1'699'999'940'000);
  std::vector<std::int64_t> pauses;
  for (int i = 0; i < 7; ++i) {
    refuses(400, "ProvisionedThroughputExceededException");
    const ReadStep failed = step(reader);
    EXPECT_EQ(failed.kind, Kind::failed);
    pauses.push_back(failed.pause.count());
  }
  EXPECT_THAT(pauses, ElementsAre(200, 400, 800, 1600, 3200, 5000, 5000));
  answers({{"Records", {record("1", "a")}}, {"NextShardIterator", "i2"}, {"MillisBehindLatest", 0}});
  EXPECT_EQ(step(reader).kind, Kind::tip);
  EXPECT_EQ(last_request()["ShardIterator"], "i1");
  loses_connection();
  const ReadStep lost = step(reader);
  EXPECT_EQ(lost.kind, Kind::failed);
  EXPECT_EQ(lost.pause, 200ms) << "success ended the trouble";
  EXPECT_EQ(lost.problem, "connection closed");
}

TEST_F(TailReaderTest, WhatStaysEndsTheCommandAndAShardThatIsGoneDoesNot) {
  ShardReader reader{"s", {.id = "0"}, std::nullopt};
  refuses(400, "ResourceNotFoundException");
  EXPECT_EQ(step(reader).kind, Kind::gone);
  refuses(400, "AccessDeniedException");
  EXPECT_THROW(step(reader), CommandError);
}

TEST_F(TailReaderTest, AnswersThatMakeNoSenseAreTroubleNotACrash) {
  ShardReader reader{"s", {.id = "0"}, std::nullopt};
  for (const Json& wrong : {Json::array(), Json{{"ShardIterator", 5}}, Json{{"ShardIterator", ""}}}) {
    answers(wrong);
    EXPECT_EQ(step(reader).kind, Kind::failed);
  }
  answers({{"ShardIterator", "i1"}});
  step(reader);
  for (const Json& wrong : {Json::array(), Json{{"Records", "none"}}, Json::object(), Json{{"Records", {5}}},
                            Json{{"Records", {record("1", "a"), Json::object()}}},
                            Json{{"Records", {record("1", "a"), {{"Data", "no base64"}}}}}}) {
    answers(wrong);
    EXPECT_EQ(step(reader).kind, Kind::failed) << wrong;
  }
  EXPECT_THAT(read_, ElementsAre()) << "of an answer that is asked for again, nothing is shown";
  answers({{"Records", {{{"Data", "YQ=="}, {"ApproximateArrivalTimestamp", 1e300}}}},
           {"NextShardIterator", "i"},
           {"MillisBehindLatest", "x"}});
  EXPECT_EQ(step(reader).kind, Kind::more);
  EXPECT_THAT(read_, ElementsAre("a"));
}

TEST_F(TailReaderTest, DataInBase64IsReadAsWell) {
  ShardReader reader{"s", {.id = "0"}, std::nullopt};
  answers({{"ShardIterator", "i"}});
  step(reader);
  answers({{"Records", {{{"SequenceNumber", "1"}, {"PartitionKey", "k"}, {"Data", "aGVsbG8="}}}},
           {"NextShardIterator", "i"},
           {"MillisBehindLatest", 0}});
  EXPECT_EQ(step(reader).kind, Kind::tip);
  EXPECT_THAT(read_, ElementsAre("hello"));
}

TEST_F(TailReaderTest, AClosedShardWithoutAnEndIsGivenUp) {
  ShardReader reader{"s", {.id = "0", .closed = true}, std::nullopt};
  answers({{"ShardIterator", "i"}});
  step(reader);
  int steps = 0;
  for (Kind kind = Kind::more; kind != Kind::end && steps < 100; ++steps) {
    answers({{"Records", Json::array()}, {"NextShardIterator", "i"}, {"MillisBehindLatest", 0}});
    kind = step(reader).kind;
  }
  EXPECT_EQ(steps, 10);
}

}  // namespace
}  // namespace aiokpl::cli
