#include "stream_story.hpp"

// A record with tags is framed also where nothing is known of the shards. On a stream that distributes by itself the
// frame lands anywhere, and consumers drop it: it is a success only once its shard is known to hold its hash key.
namespace aiokpl::pipeline::test {
namespace {

using namespace std::chrono_literals;

class StreamsWithoutAMap : public StreamStory {
 protected:
  /// The stream cannot be listed for now, and has stopped waiting for that.
  void begin_raw(FailureKind why) {
    begin();
    ASSERT_TRUE(list_call());
    pipeline_->list_failed(failure(why), now_);
    pass(6s);
    ASSERT_EQ(pipeline_->plan().mode, PlacementMode::raw);
    told();
  }
};

TEST_F(StreamsWithoutAMap, AFramedRecordWaitsForTheListThatTellsWhetherItIsInItsPlace) {
  begin_raw(FailureKind::passing);
  closed(no_shard, {"+low@0.1"});
  closed(no_shard, {"+high@0.9"});
  pipeline_->set_hurry(true);
  answer(send(), {stored("shard-0"), stored("shard-0")});
  EXPECT_EQ(told(), Story{});
  pass(2s);
  ASSERT_TRUE(list_call());
  list(even_shards(2));
  const Story story = told();
  ASSERT_GE(story.size(), 2U);
  EXPECT_EQ(story[0], "plan by_key over 2");
  EXPECT_EQ(story[1], "stored low: at shard-0");
  EXPECT_EQ(tries(last().attempts), "Wrong Shard") << "that one is packed anew";
}

TEST_F(StreamsWithoutAMap, ARawRecordIsASuccessAtOnce) {
  begin_raw(FailureKind::passing);
  closed(no_shard, {"low@0.1"});
  pipeline_->set_hurry(true);
  answer(send(), {stored("shard-7")});
  EXPECT_EQ(told(), Story{"stored low: at shard-7"});
}

TEST_F(StreamsWithoutAMap, WhereListShardsIsForbiddenAFramedRecordIsTakenForWellPlaced) {
  begin_raw(FailureKind::lasting);
  closed(no_shard, {"+low@0.1"});
  pipeline_->set_hurry(true);
  answer(send(), {stored("shard-7")});
  EXPECT_EQ(told(), Story{"stored low: at shard-7"});
}

TEST_F(StreamsWithoutAMap, OneThatWaitedIsTakenForWellPlacedOnceListShardsIsForbidden) {
  begin_raw(FailureKind::passing);
  closed(no_shard, {"+low@0.1"});
  pipeline_->set_hurry(true);
  answer(send(), {stored("shard-7")});
  pass(2s);
  ASSERT_TRUE(list_call());
  pipeline_->list_failed(failure(FailureKind::lasting), now_);
  EXPECT_EQ(told(), Story{"stored low: at shard-7"});
}

// As when credentials come that the first calls had to do without.
TEST_F(StreamsWithoutAMap, WhatWasPutOffForAFailureGoesWhenItIsOver) {
  settings_.retry_deadline = 1h;
  begin();
  closed(no_shard, {"a@0.1"});
  ASSERT_TRUE(list_call());
  pipeline_->list_failed(failure(FailureKind::passing), now_);
  EXPECT_FALSE(list_call());
  now_ += 1ms;
  pipeline_->try_now(now_);
  ASSERT_TRUE(list_call());
  list(even_shards(2));
  told();
  closed(0, {"b@0.1"});
  fail(send(), failure(FailureKind::passing));
  EXPECT_FALSE(next());
  now_ += 1ms;
  pipeline_->tick(now_);
  pipeline_->try_now(now_);
  EXPECT_TRUE(next());
}

}  // namespace
}  // namespace aiokpl::pipeline::test
