#include "stream_story.hpp"

// A stream that is deleted and created again has the same shards' names for other ranges. An aggregate that was packed
// for the old ones would be stored on "its" shard, and dropped by every consumer.
namespace aiokpl::pipeline::test {
namespace {

using namespace std::chrono_literals;

class StreamsCreatedAnew : public StreamStory {
 protected:
  StreamsCreatedAnew() { settings_.strategy.strategy = DistributionStrategy::detect; }

  static RequestFailure no_stream() { return failure(FailureKind::not_found, "ResourceNotFoundException"); }
  /// The service's answer to the question about the stream.
  void describe(const std::string& created) {
    pipeline_->described({.distribution = Distribution::by_key, .created = created}, now_);
  }
  /// A request with an aggregate of one record from each half of the hash keys.
  Request sent_aggregate() {
    closed(0, {"low@0.1", "high@0.9"});
    return send();
  }
};

TEST_F(StreamsCreatedAnew, WhatWasKnownOfTheShardsIsForgottenWhenThereIsNoSuchStream) {
  begin_with(even_shards(1));
  fail(sent_aggregate(), no_stream());
  EXPECT_EQ(told(), Story{"plan waiting"});
  EXPECT_EQ(list_call(), ListCall{});
  list(even_shards(2));
  const Story story = told();
  ASSERT_EQ(story.size(), 2U);
  EXPECT_EQ(story[0], "plan by_key over 2");
  EXPECT_EQ(story[1], "unpacked low high: ResourceNotFoundException");
}

TEST_F(StreamsCreatedAnew, ItsShardsAreListedAgainWhenItWasCreatedAtAnotherTime) {
  begin_with(even_shards(1));
  describe("1700000000.0");
  describe("1700000000.0");
  EXPECT_EQ(told(), Story{});
  describe("1700000999.5");
  EXPECT_EQ(told(), (Story{"warned created-anew/s", "plan waiting"}));
  EXPECT_EQ(list_call(), ListCall{});
}

TEST_F(StreamsCreatedAnew, AnAnswerFromTheShardOfTheSameNameIsDecidedByTheNewList) {
  begin_with(even_shards(1));
  describe("1");
  Request request = sent_aggregate();
  describe("2");
  answer(std::move(request), {stored("shard-0")});
  EXPECT_EQ(told(), (Story{"warned created-anew/s", "plan waiting"})) << "whether consumers keep it is not known yet";
  ASSERT_EQ(list_call(), (ListCall{.include_closed = true}));
  list(even_shards(2));
  EXPECT_EQ(told(), (Story{"plan by_key over 2", "misplaced at shard-0", "unpacked low high: Wrong Shard"}));
}

TEST_F(StreamsCreatedAnew, AListThatWasAskedForBeforeIsPassedBy) {
  begin_with(even_shards(1));
  describe("1");
  answer(sent_aggregate(), {stored("another-shard")});
  ASSERT_TRUE(list_call());
  describe("2");
  told();
  list(even_shards(1));
  EXPECT_EQ(told(), Story{}) << "it may be about the old stream";
  ASSERT_TRUE(list_call());
  list(even_shards(2));
  EXPECT_EQ(told().front(), "plan by_key over 2");
}

TEST_F(StreamsCreatedAnew, AListThatIsNewerThanTheRequestIsKept) {
  begin_with(even_shards(2));
  closed(0, {"a@0.1"});
  Request early = send();
  closed(1, {"b@0.9"});
  answer(send(), {stored("shard-0")});
  ASSERT_TRUE(list_call());
  list(even_shards(2));
  told();
  fail(std::move(early), no_stream());
  EXPECT_EQ(told(), Story{});
  EXPECT_EQ(pipeline_->plan().mode, PlacementMode::by_key);
}

TEST_F(StreamsCreatedAnew, WhileItCannotBeListedRecordsGoRaw) {
  begin_with(even_shards(1));
  fail(sent_aggregate(), no_stream());
  told();
  ASSERT_TRUE(list_call());
  pipeline_->list_failed(no_stream(), now_);
  const Story story = told();
  ASSERT_EQ(story.size(), 3U);
  EXPECT_EQ(story[1], "plan raw");
  EXPECT_EQ(story[2], "unpacked low high: ResourceNotFoundException");
}

TEST_F(StreamsCreatedAnew, AStreamThatIsThereAfterAllIsListedAtOnce) {
  begin();
  ASSERT_TRUE(list_call());
  pipeline_->list_failed(no_stream(), now_);
  pipeline_->describe_failed(no_stream(), now_);
  closed(no_shard, {"a@0.1"});
  Request request = send();
  EXPECT_EQ(told(), (Story{"warned raw/s", "plan raw"}));
  answer(std::move(request), {stored("shard-0")});
  EXPECT_EQ(told(), (Story{"plan waiting", "stored a: at shard-0"}));
  ASSERT_TRUE(list_call());
  list(even_shards(2));
  EXPECT_EQ(told().front(), "plan by_key over 2");
}

}  // namespace
}  // namespace aiokpl::pipeline::test
