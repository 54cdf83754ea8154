#include "pipeline/stream_pipeline.hpp"

#include "stream_story.hpp"

// Where a stream's records go: its start, placing by key, AUTO, resharding, the end of their time, hurry.
namespace aiokpl::pipeline::test {
namespace {

/// A stream of which nothing is known yet, whose strategy is to be detected.
class StartOfAStream : public StreamStory {
 protected:
  StartOfAStream() {
    settings_.strategy.strategy = DistributionStrategy::detect;
    begin();
  }
};

TEST_F(StartOfAStream, AsksForTheStrategyAndTheShardsAtOnceAndOnce) {
  EXPECT_EQ(pipeline_->next_tick(now_, budget_), start);
  EXPECT_TRUE(std::holds_alternative<DescribeCall>(inquiry().value()));
  EXPECT_EQ(std::get<ListCall>(inquiry().value()), ListCall{});
  EXPECT_FALSE(inquiry());
}

TEST_F(StartOfAStream, RecordsWaitForTheMapAndTheStrategy) {
  (void)list_call();
  EXPECT_EQ(pipeline_->plan().mode, PlacementMode::waiting);
  closed(no_shard, {"x@0.1", "y@0.9"});
  pass(100ms);
  EXPECT_FALSE(next());
  EXPECT_EQ(told(), Story{});
  list(even_shards(2));
  EXPECT_EQ(told(), Story{}) << "a record packed for a shard is lost to consumers of an AUTO stream";
  pipeline_->described({.distribution = Distribution::by_key}, now_);
  EXPECT_EQ(told(), (Story{"plan by_key over 2", "unpacked x y"}));
  EXPECT_EQ(unpacked_deadline_, start + 100ms) << "the deadline stays";
  EXPECT_TRUE(pipeline_->empty());
}

TEST_F(StartOfAStream, TheMapMayComeLast) {
  (void)list_call();
  closed(no_shard, {"x@0.1"});
  pipeline_->described({.distribution = Distribution::by_key}, now_);
  EXPECT_EQ(told(), Story{});
  list(even_shards(2));
  EXPECT_EQ(told(), (Story{"plan by_key over 2", "unpacked x"}));
}

TEST_F(StartOfAStream, ToBeRefusedTheStrategyIsQuietAndRecordsGoByKey) {
  (void)list_call();
  list(even_shards(2));
  pipeline_->describe_failed(failure(FailureKind::lasting, "AccessDeniedException"), now_);
  EXPECT_EQ(told(), Story{"plan by_key over 2"});
}

TEST_F(StartOfAStream, TheStrategyIsWaitedForNoLongerThanTheMap) {
  (void)list_call();
  list(even_shards(2));
  closed(no_shard, {"x@0.1"});
  EXPECT_LE(pipeline_->next_tick(now_, budget_), start + 5s);
  at(5s);
  EXPECT_EQ(told(), (Story{"plan by_key over 2", "unpacked x"}));
}

TEST_F(StartOfAStream, AfterFiveSecondsRecordsGoRawWithOneWarning) {
  (void)list_call();
  pass(4s);
  closed(no_shard, {"x@0.1", "y@0.9"});
  closed(no_shard, {"z"});
  EXPECT_LE(pipeline_->next_tick(now_, budget_), start + 5s);
  at(4'999ms);
  EXPECT_EQ(told(), Story{});
  at(5s);
  EXPECT_EQ(told(), (Story{"warned raw/s", "plan raw", "unpacked x y"}));
  const Request request = send();
  EXPECT_EQ(names(request), "[z]") << "a lone one needs no unpacking";
  EXPECT_EQ(request.batches[0]->shard, no_shard);
  at(6s);
  EXPECT_EQ(told(), Story{}) << "no second warning";
}

TEST(StartLimitTest, RecordsWaitForHalfTheirTtlAtMost) {
  StreamPipeline pipeline{
      "s", {.record_ttl = 4s, .strategy = {.strategy = DistributionStrategy::user_partition_key}}, start, 1};
  pipeline.tick(start + 1'999ms);
  EXPECT_EQ(pipeline.plan().mode, PlacementMode::waiting);
  pipeline.tick(start + 2s);
  EXPECT_EQ(pipeline.plan().mode, PlacementMode::raw);
}

TEST_F(StartOfAStream, ListShardsRefusedForGoodMeansRawAtOnceAndAMapLaterHeals) {
  (void)list_call();
  closed(no_shard, {"x@0.1"});
  pass(20ms);
  pipeline_->list_failed(failure(FailureKind::lasting, "AccessDeniedException"), now_);
  EXPECT_EQ(told(), (Story{"warned raw/s", "plan raw"}));
  EXPECT_EQ(pipeline_->plan().limits.max_count, 1U);
  Request request = send();
  EXPECT_EQ(names(request), "[x]");
  answer(std::move(request), {stored("shard-0")});
  EXPECT_EQ(told(), Story{"stored x: at shard-0"});
  // Tried in the background, every 30 s.
  at(31s);
  ASSERT_EQ(list_call(), ListCall{});
  pipeline_->list_failed(failure(FailureKind::lasting, "AccessDeniedException"), now_);
  EXPECT_EQ(told(), Story{}) << "one warning is enough";
  at(62s);
  ASSERT_EQ(list_call(), ListCall{});
  closed(no_shard, {"y@0.9"});
  list(even_shards(2));
  EXPECT_EQ(told(), (Story{"plan by_key over 2", "unpacked y"})) << "what was queued raw is packed from here on";
}

TEST_F(StartOfAStream, AFailureThatMayPassIsNoReasonToGoRaw) {
  (void)list_call();
  closed(no_shard, {"x@0.1"});
  pipeline_->list_failed(failure(FailureKind::passing), now_);
  EXPECT_EQ(told(), Story{});
  at(1s);
  EXPECT_EQ(list_call(), ListCall{}) << "tried again within a second";
}

TEST_F(StartOfAStream, AStreamThatDoesNotExistIsAskedForItsRecordsFate) {
  (void)list_call();
  pipeline_->list_failed(failure(FailureKind::not_found, "ResourceNotFoundException"), now_);
  EXPECT_EQ(told(), (Story{"warned raw/s", "plan raw"}));
}

TEST_F(StartOfAStream, AnInconsistentListIsToldAndNotTaken) {
  (void)list_call();
  auto shards = listed(even_shards(3));
  shards.erase(shards.begin() + 1);
  list(shards);
  EXPECT_EQ(told(), Story{"warned shard-map/s"});
  EXPECT_EQ(pipeline_->plan().mode, PlacementMode::waiting);
}

TEST_F(StreamStory, ABatchGoesToTheShardThatHoldsAllItsHashKeys) {
  begin_with(even_shards(4));
  closed(0, {"a@0.1", "b@0.2"});
  closed(0, {"c@0.3", "d@0.4"});  // packed for another shard than holds it by now
  closed(0, {"e@0.1", "f@0.9"});
  EXPECT_EQ(told(), Story{"unpacked e f"}) << "no shard holds both";
  EXPECT_EQ(unpacked_deadline_, start + 100ms);
  const Request request = send();
  EXPECT_EQ(names(request), "[a b][c d]");
  EXPECT_EQ(request.batches[0]->shard, 0U);
  EXPECT_EQ(request.batches[1]->shard, 1U);
  EXPECT_EQ(now_, start + 100ms) << "and not before its deadline";
  EXPECT_FALSE(request.automatic);
}

TEST_F(StreamStory, AnAggregateIsCappedByTheStreamsOwnRecordLimit) {
  settings_.max_record_size = 20'000;
  begin_with(even_shards(1));
  EXPECT_EQ(pipeline_->plan().limits.max_size, 19'999U) << "its key is a byte";
  EXPECT_EQ(pipeline_->record_limit(), 20'000U);
}

TEST_F(StartOfAStream, TheRecordLimitIsLearnedAndTheLastWordIsTheServices) {
  EXPECT_EQ(pipeline_->record_limit(), std::nullopt) << "nothing is known";
  (void)list_call();
  list(even_shards(1));
  pipeline_->described({.distribution = Distribution::by_key, .record_limit = 10'000}, now_);
  EXPECT_EQ(pipeline_->record_limit(), 10'000U);
  EXPECT_EQ(pipeline_->plan().limits.max_size, 9'999U);
  told();
  closed(0, {std::string(10'001, 'L') + "@0.5"});
  const Story story = told();
  ASSERT_EQ(story.size(), 1U);
  EXPECT_TRUE(story[0].ends_with("RecordTooLarge")) << "taken while the limit was unknown";
}

TEST_F(StreamStory, WithAggregationOffRecordsAreStillPredictedAndPaced) {
  settings_.aggregation_enabled = false;
  settings_.limiter.records_per_second = 2;
  begin_with(even_shards(2));
  EXPECT_EQ(pipeline_->plan().limits.max_count, 1U);
  for (const std::string_view name : {"a@0.1", "b@0.1", "c@0.1", "d@0.9"})
    closed(name.starts_with('d') ? 1 : 0, {name});
  EXPECT_EQ(names(send()), "[a][b][d]") << "c waits for its shard's rate";
  EXPECT_EQ(names(send()), "[c]");
  EXPECT_NEAR(seconds_between(start, now_), 0.5, 0.05);
}

/// A stream that places by key, as far as is known.
class AutoStream : public StreamStory {
 protected:
  AutoStream() { settings_.strategy.strategy = DistributionStrategy::detect; }
  void describe(Distribution distribution) { pipeline_->described({.distribution = distribution}, now_); }
  /// As the service tells when it is asked again.
  void switch_to(Distribution distribution) {
    now_ += 75s;
    bool asked = false;
    while (const auto call = inquiry())
      asked |= std::holds_alternative<DescribeCall>(*call);
    ASSERT_TRUE(asked) << "asked every 60 s +- 20 %";
    describe(distribution);
  }
};

TEST_F(AutoStream, ASwitchUnpacksWhatIsQueuedAndSendsItRaw) {
  settings_.limiter.records_per_second = 2;
  settings_.record_ttl = 10min;
  begin_with(even_shards(2));
  closed(0, {"sent@0.1"});
  answer(send(), {stored("shard-0")});
  told();
  at(70s);
  closed(0, {"a@0.1", "b@0.1"});
  closed(0, {"c@0.2", "d@0.2"});
  closed(0, {"e@0.2", "f@0.2"});  // held back by the limiter
  closed(1, {"g@0.9"});
  pipeline_->tick(now_);
  switch_to(Distribution::automatic);
  EXPECT_EQ(told(), (Story{"warned strategy/s", "plan automatic", "unpacked a b", "unpacked c d", "unpacked e f"}));
  EXPECT_EQ(pipeline_->plan().limits.max_count, 1U);
  const Request request = send();
  EXPECT_EQ(names(request), "[g]");
  EXPECT_TRUE(request.automatic);
  EXPECT_EQ(request.batches[0]->shard, no_shard) << "nothing is predicted";
}

TEST_F(AutoStream, TagsHaveNoPlaceThere) {
  begin();
  (void)list_call();
  describe(Distribution::automatic);
  told();
  closed(no_shard, {"+x@0.1"});
  closed(no_shard, {"y@0.1"});
  EXPECT_EQ(told(), Story{"failed x: TagsNotSupported"});
  EXPECT_EQ(names(send()), "[y]");
}

TEST_F(AutoStream, ARawStreamTakesTagsInAnAggregateOfOne) {
  begin();
  (void)list_call();
  pipeline_->list_failed(failure(FailureKind::lasting), now_);
  closed(no_shard, {"+x@0.1"});
  const Request request = send();
  EXPECT_EQ(names(request), "[x]");
  EXPECT_FALSE(request.batches[0]->goes_raw());
}

TEST_F(AutoStream, WithAggregationOffTagsHaveNoPlaceOnARawStreamEither) {
  settings_.aggregation_enabled = false;
  begin();
  (void)list_call();
  pipeline_->list_failed(failure(FailureKind::lasting), now_);
  told();
  closed(no_shard, {"+x@0.1"});
  EXPECT_EQ(told(), Story{"failed x: TagsNotSupported"});
}

TEST_F(AutoStream, AnyShardIsASuccessThere) {
  begin();
  (void)list_call();
  describe(Distribution::automatic);
  closed(no_shard, {"x@0.1"});
  told();
  answer(send(), {stored("shard-77")});
  EXPECT_EQ(told(), Story{"stored x: at shard-77"});
}

TEST_F(AutoStream, OnASwitchBackAggregationResumesWithAFreshMap) {
  settings_.record_ttl = 10min;
  begin_with(even_shards(2));
  pipeline_->closed(packed(0, {"x@0.1"}), now_);
  answer(send(), {stored("shard-0")});
  switch_to(Distribution::automatic);
  closed(no_shard, {"y@0.1"});
  answer(send(), {stored("shard-1")});
  (void)list_call();
  list(even_shards(2));
  told();
  closed(no_shard, {"z@0.1"});
  switch_to(Distribution::by_key);
  EXPECT_EQ(told(), (Story{"plan by_key over 2", "unpacked z"})) << "the open batches pack it";
  EXPECT_TRUE(list_call()) << "the stream may have been resharded meanwhile";
}

TEST_F(AutoStream, ItsRateIsThatOfItsOpenShardsTogether) {
  settings_.strategy.strategy = DistributionStrategy::automatic;
  settings_.limiter.records_per_second = 2;
  begin();
  EXPECT_EQ(pipeline_->plan().mode, PlacementMode::automatic);
  for (int i = 0; i < 20; ++i)
    closed(no_shard, {"x@0.1"});
  EXPECT_EQ(send().batches.size(), 2U) << "one shard's rate while their number is unknown";
  ASSERT_TRUE(list_call());
  list(even_shards(4));
  pass(1s);
  EXPECT_EQ(send().batches.size(), 8U);
}

TEST_F(AutoStream, AnAggregateThatWasUnderWayAtTheSwitchIsSentAgainRaw) {
  settings_.record_ttl = 10min;
  begin_with(even_shards(2));
  closed(0, {"x@0.1"});
  answer(send(), {stored("shard-0")});
  closed(0, {"a@0.1", "b@0.2"});
  Request under_way = send();
  switch_to(Distribution::automatic);
  told();
  answer(std::move(under_way), {stored("shard-1")});
  EXPECT_EQ(told(), (Story{"misplaced at shard-1", "unpacked a b: Wrong Shard"})) << "no newer map would help it";
}

TEST_F(AutoStream, HalvesOfARefusedRequestAreUnpackedToo) {
  settings_.record_ttl = 10min;
  begin_with(even_shards(2));
  closed(0, {"x@0.1"});
  answer(send(), {stored("shard-0")});
  closed(0, {"a@0.1", "b@0.2"});
  closed(1, {"c@0.9", "d@0.9"});
  fail(send(), failure(FailureKind::validation));
  told();
  switch_to(Distribution::automatic);
  EXPECT_EQ(told(), (Story{"warned strategy/s", "plan automatic", "unpacked a b", "unpacked c d"}));
}

/// Two shards of which the first has been split, under other numbers.
std::vector<ListedShard> first_split() {
  std::vector<ListedShard> shards = listed(even_shards(2));
  const HashKey middle = even_shards(4)[0].range.last;
  shards.insert(shards.begin(), {.id = "shard-2", .range = {HashKey{}, middle}});
  shards[1].id = "shard-3";
  shards[1].range.first = {middle.high + 1, 0};
  return shards;
}

class Resharding : public StreamStory {
 protected:
  /// Another shard than predicted took a record, so that the list is asked for again.
  void mislead() {
    closed(1, {"lost@0.9"});
    answer(send(), {stored("shard-9")});
    ASSERT_TRUE(list_call());
    told();
  }
};

TEST_F(Resharding, QueuedBatchesArePlacedAgainOrUnpacked) {
  begin_with(even_shards(2));
  mislead();
  Batch* left = closed(0, {"a@0.1", "b@0.2"});
  closed(0, {"c@0.1", "d@0.3"});
  closed(1, {"e@0.6", "f@0.9"});
  list(first_split());
  EXPECT_EQ(told(), (Story{"plan by_key over 3", "unpacked c d"})) << "its shard's halves part c and d";
  const Request request = send();
  EXPECT_EQ(names(request), "[e f][a b]");
  EXPECT_EQ(request.batches[1].get(), left) << "whole, as it was packed";
  EXPECT_EQ((*pipeline_->plan().map)[0].number, left->shard);
  EXPECT_EQ((*pipeline_->plan().map)[0].id, "shard-2");
}

TEST_F(Resharding, MergedShardsTakeTheBatchesOfBoth) {
  begin_with(even_shards(2));
  mislead();
  closed(0, {"a@0.1", "b@0.2"});
  closed(1, {"c@0.6", "d@0.9"});
  std::vector<ListedShard> merged = listed(even_shards(1));
  merged[0].id = "shard-2";
  list(merged);
  EXPECT_EQ(told(), Story{"plan by_key over 1"});
  const Request request = send();
  EXPECT_EQ(names(request), "[a b][c d]");
  EXPECT_EQ(request.batches[0]->shard, request.batches[1]->shard);
}

TEST_F(Resharding, TheSameMapAgainChangesNothing) {
  begin_with(even_shards(2));
  mislead();
  const auto map = pipeline_->plan().map;
  list(even_shards(2));
  EXPECT_EQ(told(), Story{});
  EXPECT_EQ(pipeline_->plan().map, map);
}

TEST_F(Resharding, TheOldMapPredictsWhileANewOneIsFetched) {
  begin_with(even_shards(2));
  mislead();
  closed(0, {"a@0.1", "b@0.2"});
  EXPECT_EQ(names(send()), "[a b]");
  EXPECT_EQ(told(), Story{});
}

/// Records that come one after the other and wait too long.
class EndOfTime : public StreamStory {
 protected:
  /// A batch of two records, of which the first arrived before the second.
  [[nodiscard]] static BatchPtr aged(ShardNumber shard, TimePoint first, TimePoint second) {
    static TestBatches batches;
    Aggregator aggregator{shard, std::nullopt};
    const OwnedRecord old = record("old@0.1");
    const OwnedRecord young = record("young@0.1");
    const Parts old_parts{old};
    const Parts young_parts{young};
    (void)aggregator.append(old_parts.get(), first, second + 100ms, std::nullopt, {}, batches);
    (void)aggregator.append(young_parts.get(), second, second + 100ms, std::nullopt, {}, batches);
    return aggregator.close();
  }
};

TEST_F(EndOfTime, OnlyTheExpiredOnesExpireTheOthersArePackedAgainWithoutAnAttempt) {
  settings_.limiter.records_per_second = 0.001;
  begin_with(even_shards(1));
  closed(0, {"first@0.1"});
  closed(aged(0, start, start + 10s));
  (void)send();
  EXPECT_LE(pipeline_->next_tick(now_, budget_), start + 30s);
  at(30s - 1ns);
  EXPECT_EQ(told(), Story{});
  at(30s);
  EXPECT_EQ(told(), Story{"unpacked young, expired old: Expired"});
  EXPECT_EQ(unpacked_deadline_, start + 10s + 100ms);
}

TEST_F(EndOfTime, WhatExpiredWhileItWaitedForAConnectionIsTakenOutAtTheLastMoment) {
  begin_with(even_shards(1));
  closed(aged(0, start, start + 10s));
  closed(0, {"x@0.1"});
  at(11s);
  closed(0, {"y@0.1"});
  now_ = start + 35s;
  const auto request = pipeline_->next_request(now_, ~std::size_t{0});
  EXPECT_EQ(told(), (Story{"unpacked young, expired old: Expired", "expired x: Expired"}));
  EXPECT_FALSE(request) << "y was not admitted before the clock stood at 35 s";
  EXPECT_EQ(names(next().value()), "[y]");
}

TEST_F(EndOfTime, ItComesForRecordsThatWaitForTheirFirstMapToo) {
  settings_.record_ttl = 2s;
  begin();
  closed(aged(no_shard, start, start + 500ms));
  pipeline_->tick(start + 999ms);
  EXPECT_EQ(told(), Story{});
  now_ = start + 2s;
  closed(no_shard, {"late@0.1"});
  pipeline_->tick(now_);
  EXPECT_EQ(told(), (Story{"warned raw/s", "plan raw", "unpacked old young"})) << "half the TTL ended the wait";
}

TEST_F(EndOfTime, ItComesForTheHalvesOfARefusedRequest) {
  begin_with(even_shards(1));
  closed(0, {"a@0.1"});
  closed(0, {"b@0.1"});
  fail(send(), failure(FailureKind::validation));
  EXPECT_EQ(pipeline_->oldest(), start);
  at(30s);
  EXPECT_EQ(told(), (Story{"expired a: Expired", "expired b: Expired"}));
  EXPECT_TRUE(pipeline_->empty());
}

TEST_F(EndOfTime, GivenUpItHandsOverEverythingThatWaitsOnce) {
  settings_.limiter.records_per_second = 4;
  begin_with(even_shards(2));
  for (const std::string_view name : {"a@0.9", "b@0.9"})
    closed(1, {name});
  fail(send(), failure(FailureKind::validation));  // two halves
  closed(0, {"c@0.1", "d@0.1"});
  closed(0, {"e@0.1", "f@0.1"});
  pipeline_->set_hurry(true);
  pipeline_->tick(now_);
  std::vector<Request> requests;
  while (auto request = next())
    requests.push_back(*std::move(request));
  ASSERT_EQ(requests.size(), 3U);
  answer(std::move(requests[2]), {stored("shard-77"), stored("shard-1")});  // undecided, and parked
  fail(std::move(requests[0]), failure(FailureKind::passing));
  pipeline_->set_hurry(false);
  for (const std::string_view name : {"g@0.9", "h@0.9", "i@0.9", "j@0.9", "k@0.9"})
    closed(1, {name});
  pipeline_->tick(now_);
  told();
  EXPECT_FALSE(pipeline_->empty());
  std::vector<std::string> all;
  for (const BatchPtr& batch : pipeline_->take_all())
    all.push_back(names(*batch));
  std::ranges::sort(all);
  EXPECT_EQ(all, (Story{"a", "c d", "e f", "g", "h", "i", "j", "k"}));
  EXPECT_TRUE(pipeline_->take_all().empty());
  EXPECT_EQ(pipeline_->in_flight(), 1U);
  EXPECT_FALSE(pipeline_->empty()) << "b is with its sender";
  answer(std::move(requests[1]), {stored("shard-1")});
  EXPECT_TRUE(pipeline_->empty());
}

TEST_F(StreamStory, HurrySkipsTheDelayButNotTheShardsLimits) {
  settings_.limiter.records_per_second = 2;
  begin_with(even_shards(1));
  closed(0, {"a@0.1"});
  pipeline_->tick(now_);
  EXPECT_GT(pipeline_->request_due(), now_);
  pipeline_->set_hurry(true);
  EXPECT_EQ(names(next().value()), "[a]") << "what waited for companions";
  closed(0, {"b@0.1"});
  closed(0, {"c@0.1"});
  EXPECT_EQ(names(next().value()), "[b]") << "and what comes";
  EXPECT_FALSE(next()) << "c is above the shard's rate";
  pass(500ms);
  EXPECT_EQ(names(next().value()), "[c]");
  pipeline_->set_hurry(false);
  pass(10s);
  closed(0, {"d@0.1"});
  EXPECT_FALSE(next()) << "later records take their time again";
}

TEST_F(StreamStory, HurriedOnceWhatIsBeingFilledGoesAsItIs) {
  begin_with(even_shards(1));
  closed(0, {"a@0.1"});
  pipeline_->tick(now_);
  pipeline_->hurry_once();
  EXPECT_EQ(names(next().value()), "[a]");
  closed(0, {"b@0.1"});
  EXPECT_FALSE(next());
}

}  // namespace
}  // namespace aiokpl::pipeline::test
