// What becomes of a Kinesis record, row by row, and what the failure of a whole request means for its stream.
#include "stream_story.hpp"

namespace aiokpl::pipeline::test {
namespace {

constexpr std::string_view throttled = "ProvisionedThroughputExceededException";

/// One shard that was split while requests were under way: `shard-0` became `left` and `right`.
std::vector<ListedShard> halves(bool with_closed = false) {
  std::vector<ListedShard> shards = listed(even_shards(2));
  shards[0].id = "left";
  shards[1].id = "right";
  if (with_closed) shards.push_back({.id = "shard-0", .range = {}, .open = false});
  return shards;
}

class Judging : public StreamStory {
 protected:
  /// An aggregate of x and y, sent to the only shard; the answer is still to come.
  Request sent(std::initializer_list<std::string_view> records) {
    begin_with(even_shards(1));
    closed(0, records);
    return send();
  }
};

TEST_F(Judging, AnAggregateOnThePredictedShardIsASuccessOfAll) {
  answer(sent({"x@0.1", "y@0.9"}), {stored("shard-0")});
  EXPECT_EQ(told(), Story{"stored x y: at shard-0"});
  EXPECT_FALSE(list_call());
  const Attempt& attempt = *last().attempts.last();
  EXPECT_EQ(attempt.started_at, std::chrono::system_clock::time_point{400'000h + 100ms});
  EXPECT_EQ(attempt.ended_at, std::chrono::system_clock::time_point{400'000h + 110ms});
  EXPECT_EQ(attempt.sequence_number, "49");
  EXPECT_TRUE(pipeline_->empty());
}

TEST_F(Judging, ARawRecordOnAnyShardIsASuccessAndAnotherOneRefreshesTheMap) {
  answer(sent({"x@0.1"}), {stored("nobody-knows-it")});
  EXPECT_EQ(told(), Story{"stored x: at nobody-knows-it"});
  EXPECT_EQ(list_call(), ListCall{});
}

TEST_F(Judging, AnAggregateOnAnotherShardThatHoldsAllOfItIsASuccessAndRefreshesTheMap) {
  begin_with(even_shards(1));
  closed(0, {"first@0.1"});
  answer(send(), {stored("left")});
  closed(0, {"x@0.1", "y@0.2"});
  Request under_way = send();
  ASSERT_TRUE(list_call());
  list(halves());
  closed(0, {"z@0.1", "w@0.2"});
  told();
  answer(std::move(under_way), {stored("left")});
  EXPECT_EQ(told(), Story{"stored x y: at left"});
}

TEST_F(Judging, AnAggregateOnAShardThatLeavesOutAnyOfItIsSentAgainWithTheNewMap) {
  begin_with(even_shards(2));
  closed(0, {"x@0.1", "y@0.2"});
  answer(send(), {stored("shard-1")});
  EXPECT_EQ(told(), Story{"misplaced at shard-1"}) << "it waits: the map that misled it would do so again";
  EXPECT_FALSE(pipeline_->empty());
  EXPECT_EQ(pipeline_->oldest(), start);
  ASSERT_EQ(list_call(), ListCall{});
  pass(5ms);
  list(even_shards(4));
  EXPECT_EQ(told(), Story{"plan by_key over 4"});
  Request again = send();
  EXPECT_EQ(names(again), "[x y]") << "whole: one shard holds both";
  answer(std::move(again), {stored("shard-0")});
  EXPECT_EQ(told(), Story{"stored x y: Wrong Shard, at shard-0"});
}

TEST_F(Judging, WhatTheNewMapPartsIsUnpacked) {
  Request under_way = sent({"x@0.1", "y@0.9"});
  answer(std::move(under_way), {stored("left")});
  EXPECT_EQ(told(), Story{}) << "undecided: nobody knows that shard";
  EXPECT_EQ(list_call(), ListCall{.include_closed = true});
  pass(20ms);
  list(halves(true));
  EXPECT_EQ(told(), (Story{"plan by_key over 2", "misplaced at left", "unpacked x y: Wrong Shard"}));
  EXPECT_EQ(unpacked_deadline_, now_ + 50ms) << "now + retry_deadline";
}

TEST_F(Judging, AnUndecidedAggregateIsLookedUpAmongTheClosedShardsToo) {
  begin_with(even_shards(2));
  closed(0, {"x@0.1", "y@0.2"});
  answer(send(), {stored("between")});
  ASSERT_EQ(list_call(), ListCall{.include_closed = true});
  std::vector<ListedShard> shards = listed(even_shards(2));
  shards.push_back({.id = "between", .range = {}, .open = false});  // merged of both, and split again
  list(shards);
  EXPECT_EQ(told(), Story{"stored x y: at between"});
  EXPECT_TRUE(pipeline_->empty());
}

TEST_F(Judging, AListingThatWasUnderWayWithoutClosedShardsDoesNotDecide) {
  begin_with(even_shards(2));
  closed(1, {"first@0.9"});
  Request first = send();
  closed(0, {"x@0.1", "y@0.2"});
  Request second = send();
  answer(std::move(first), {stored("between")});
  ASSERT_EQ(list_call(), ListCall{});
  answer(std::move(second), {stored("between")});
  told();
  list(even_shards(2));
  EXPECT_EQ(told(), Story{});
  pass(2s);
  EXPECT_EQ(list_call(), ListCall{.include_closed = true});
}

TEST_F(Judging, StillUndecidedAtTheEndOfItsTimeItFailsAsWrongShardAndExpired) {
  begin_with(even_shards(2));
  closed(0, {"x@0.1", "y@0.2"});
  answer(send(), {stored("nobody-knows-it")});
  int lists = 0;
  while (told().empty() && now_ < start + 60s) {
    if (list_call()) {
      ++lists;
      list(even_shards(2));
    }
    now_ = std::max(now_ + 1ns, pipeline_->next_tick(now_, budget_));
    pipeline_->tick(now_);
    if (now_ >= start + 30s) break;
  }
  EXPECT_EQ(now_, start + 30s);
  EXPECT_EQ(told(), (Story{"misplaced at nobody-knows-it", "expired x y: Wrong Shard, Expired"}));
  EXPECT_EQ(last().attempts.last()->shard_id, "nobody-knows-it");
  EXPECT_GT(lists, 10) << "it was looked for";
  EXPECT_LT(lists, 40) << "but not in a spin";
}

TEST_F(Judging, WithoutPermissionToListUndecidedOnesEndAtTheEndOfTheirTime) {
  begin_with(even_shards(2));
  closed(0, {"x@0.1", "y@0.2"});
  answer(send(), {stored("nobody-knows-it")});
  ASSERT_TRUE(list_call());
  pipeline_->list_failed(failure(FailureKind::lasting), now_);
  at(30s);
  EXPECT_EQ(told().back(), "expired x y: Wrong Shard, Expired");
}

TEST_F(Judging, AMapThatMisledAndCannotBeRenewedIsGivenUp) {
  begin_with(even_shards(2));
  closed(0, {"x@0.1", "y@0.2"});
  answer(send(), {stored("shard-1")});
  ASSERT_TRUE(list_call());
  pipeline_->list_failed(failure(FailureKind::lasting), now_);
  EXPECT_EQ(told(), (Story{"misplaced at shard-1", "warned raw/s", "plan raw", "unpacked x y: Wrong Shard"}));
}

TEST_F(Judging, AMapThatCouldNotBeRenewedIsGivenUpWhenItMisleads) {
  begin_with(even_shards(2));
  closed(1, {"first@0.9"});
  answer(send(), {stored("shard-0")});
  ASSERT_TRUE(list_call());
  pipeline_->list_failed(failure(FailureKind::lasting), now_);
  closed(0, {"x@0.1", "y@0.2"});
  told();
  answer(send(), {stored("shard-1")});
  EXPECT_EQ(told(), (Story{"misplaced at shard-1", "warned raw/s", "plan raw", "unpacked x y: Wrong Shard"}))
      << "nothing newer is to be had: by this map it would go wrong until its time ends";
}

TEST_F(Judging, ARefreshIsSkippedWhenTheMapIsNewerThanTheRequest) {
  begin_with(even_shards(2));
  closed(0, {"a@0.1"});
  Request first = send();
  closed(0, {"b@0.1"});
  Request second = send();
  answer(std::move(first), {stored("shard-1")});
  ASSERT_TRUE(list_call());
  list(even_shards(2));
  answer(std::move(second), {stored("shard-1")});
  pass(5s);
  EXPECT_FALSE(list_call());
}

TEST_F(Judging, AClosedShardsRangeStaysKnownForAWhile) {
  Request under_way = sent({"first@0.1"});
  answer(std::move(under_way), {stored("left")});
  ASSERT_TRUE(list_call());
  list(halves());
  pass(20s);
  closed(packed((*pipeline_->plan().map)[0].number, {"x@0.1", "y@0.2"}));
  told();
  answer(send(), {stored("shard-0")});  // the parent, which the map dropped
  EXPECT_EQ(told(), Story{"stored x y: at shard-0"});
}

TEST_F(Judging, EveryErrorOfOneRecordIsRetriedWholeWithItsTrailer) {
  for (const std::string_view code :
       {throttled, std::string_view{"InternalFailure"}, std::string_view{"SomethingNew"}}) {
    now_ = start;
    Request first = sent({"x@0.1", "y@0.9"});
    Batch* batch = first.batches[0].get();
    batch->trailer.emplace();
    answer(std::move(first), {refused(std::string{code})});
    EXPECT_EQ(told(), Story{});
    EXPECT_EQ(batch->deadline, now_ + 50ms);
    const TimePoint failed_at = now_;
    Request second = send();
    EXPECT_EQ(now_, failed_at + 50ms);
    EXPECT_EQ(second.batches[0].get(), batch) << "as it is";
    EXPECT_TRUE(batch->trailer) << "with its trailer";
    answer(std::move(second), {stored("shard-0")});
    EXPECT_EQ(told(), Story{"stored x y: " + std::string{code} + ", at shard-0"});
    EXPECT_FALSE(list_call());
  }
}

TEST_F(Judging, NeitherAPlaceNorAnErrorIsAnInternalError) {
  answer(sent({"x@0.1"}), {stored("")});
  answer(send(), {stored("shard-0")});
  EXPECT_EQ(told(), Story{"stored x: Internal, at shard-0"});
}

TEST_F(Judging, RecordsOfOneRequestGoTheirOwnWays) {
  begin_with(even_shards(2));
  closed(0, {"a@0.1"});
  closed(0, {"b@0.1", "c@0.1"});
  closed(1, {"d@0.9"});
  answer(send(), {stored("shard-0"), refused("InternalFailure"), stored("shard-1")});
  EXPECT_EQ(told(), (Story{"stored a: at shard-0", "stored d: at shard-1"}));
  EXPECT_EQ(names(send()), "[b c]");
}

TEST_F(Judging, WhatIsRetriedAfterAReshardingIsPlacedByTheNewMap) {
  begin_with(even_shards(1));
  closed(0, {"first@0.1"});
  answer(send(), {stored("left")});
  closed(0, {"a@0.1", "b@0.2"});
  closed(0, {"c@0.1", "d@0.9"});
  Request under_way = send();
  ASSERT_TRUE(list_call());
  list(halves());
  told();
  answer(std::move(under_way), {refused(std::string{throttled}), refused(std::string{throttled})});
  EXPECT_EQ(told(), Story{"unpacked c d: " + std::string{throttled}});
  Request again = send();
  EXPECT_EQ(names(again), "[a b]");
  answer(std::move(again), {stored("left")});
  EXPECT_EQ(told(), Story{"stored a b: " + std::string{throttled} + ", at left"});
}

TEST_F(Judging, ThrottledRecordsFailWhereThatIsAskedFor) {
  settings_.fail_if_throttled = true;
  begin_with(even_shards(1));
  closed(0, {"x@0.1", "y@0.9"});
  closed(0, {"z@0.1"});
  answer(send(), {refused(std::string{throttled}), refused("InternalFailure")});
  EXPECT_EQ(told(), Story{"failed x y: " + std::string{throttled}});
  EXPECT_EQ(names(send()), "[z]") << "other errors are retried";
}

TEST_F(Judging, AShardThatIsThrottledWithinItsLimitsGetsLess) {
  settings_.limiter.records_per_second = 100;
  begin_with(even_shards(2));
  closed(0, {"first@0.1"});
  Request first = send();
  answer(std::move(first), {refused(std::string{throttled})});
  pass(2s);
  std::size_t left = 0;
  for (int i = 0; i < 200; ++i) {
    closed(0, {"l@0.1"});
    closed(1, {"r@0.9"});
  }
  pipeline_->set_hurry(true);
  std::size_t right = 0;
  while (const auto request = next()) {
    for (const BatchPtr& batch : request->batches)
      ++(batch->shard == 0 ? left : right);
  }
  EXPECT_EQ(right, 100U);
  EXPECT_GE(left, 75U);
  EXPECT_LE(left, 90U) << "three quarters, and a twentieth a second more";
}

TEST_F(Judging, ARetryThatIsDueAfterTheTtlExpires) {
  settings_.record_ttl = 1s;
  begin_with(even_shards(1));
  closed(0, {"x@0.1", "y@0.2"});
  Request under_way = send();
  now_ = start + 990ms;
  answer(std::move(under_way), {refused("InternalFailure")});
  EXPECT_EQ(told(), Story{"expired x y: InternalFailure, Expired"});
  EXPECT_TRUE(pipeline_->empty());
}

TEST_F(Judging, AnotherNumberOfAnswersThanRecordsFailsAll) {
  begin_with(even_shards(1));
  closed(0, {"x@0.1", "y@0.2"});
  closed(0, {"z@0.1"});
  answer(send(), {stored("shard-0")});
  EXPECT_EQ(told(), (Story{"failed x y: Record Count Mismatch", "failed z: Record Count Mismatch"}));
  EXPECT_EQ(last().attempts.last()->error_message, "The service answered for 1 records, and 2 were sent");
}

class WholeRequests : public StreamStory {
 protected:
  WholeRequests() { settings_.request.max_count = 4; }
  void close_four(std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names)
      closed(0, {name});
  }
};

TEST_F(WholeRequests, ALastingFailureFailsAtOnceInTheServicesWords) {
  begin_with(even_shards(1));
  close_four({"a@0.1", "b@0.1"});
  fail(send(), failure(FailureKind::lasting, "AccessDeniedException"));
  EXPECT_EQ(told(), (Story{"failed a: AccessDeniedException", "failed b: AccessDeniedException"}));
  EXPECT_EQ(last().attempts.last()->error_message, "in the service's words");
  close_four({"c@0.1"});
  EXPECT_EQ(names(send()), "[c]") << "others are still tried";
}

TEST_F(WholeRequests, AStreamThatIsNotFoundIsTriedOnceMoreASecondLater) {
  begin_with(even_shards(1));
  close_four({"a@0.1", "b@0.1", "c@0.1", "d@0.1"});
  close_four({"e@0.1", "f@0.1", "g@0.1", "h@0.1"});
  Request first = send();
  Request second = send();
  fail(std::move(first), failure(FailureKind::not_found, "ResourceNotFoundException"));
  const TimePoint said_first = now_;
  EXPECT_EQ(told(), Story{"plan waiting"}) << "what was known of its shards may be wrong";
  ASSERT_TRUE(list_call());
  pipeline_->list_failed(failure(FailureKind::not_found, "ResourceNotFoundException"), now_);
  EXPECT_EQ(told(), (Story{"warned raw/s", "plan raw"}));
  pass(200ms);
  EXPECT_FALSE(next());
  fail(std::move(second), failure(FailureKind::not_found, "ResourceNotFoundException"));
  EXPECT_EQ(told(), Story{}) << "it was under way when that became known: it has its second try too";
  Request again = send();
  EXPECT_EQ(now_, said_first + 1s);
  EXPECT_EQ(names(again), "[a][b][c][d]");
  EXPECT_FALSE(next()) << "one finds out";
  fail(std::move(again), failure(FailureKind::not_found, "ResourceNotFoundException"));
  EXPECT_EQ(told().front(), "failed a: ResourceNotFoundException, ResourceNotFoundException");
  const TimePoint said_again = now_;
  again = send();
  EXPECT_EQ(now_, said_again) << "no use in waiting any more";
  fail(std::move(again), failure(FailureKind::not_found, "ResourceNotFoundException"));
  EXPECT_EQ(told().size(), 4U);
  close_four({"i@0.1", "j@0.1", "k@0.1", "l@0.1"});
  const TimePoint closed_at = now_;
  fail(send(), failure(FailureKind::not_found, "ResourceNotFoundException"));
  EXPECT_EQ(now_, closed_at + 10ms);
  EXPECT_EQ(told().front(), "failed i: ResourceNotFoundException");
}

TEST_F(WholeRequests, AStreamThatWasMadeMeanwhileIsFound) {
  begin_with(even_shards(1));
  close_four({"a@0.1"});
  fail(send(), failure(FailureKind::not_found, "ResourceNotFoundException"));
  ASSERT_TRUE(list_call());
  list(even_shards(1));
  EXPECT_EQ(told(), (Story{"plan waiting", "plan by_key over 1"}));
  answer(send(), {stored("shard-0")});
  EXPECT_EQ(told(), (Story{"plan waiting", "stored a: ResourceNotFoundException, at shard-0"}))
      << "what was listed may be the stream that was being deleted";
  ASSERT_TRUE(list_call());
  list(even_shards(1));
  EXPECT_EQ(told(), Story{"plan by_key over 1"});
  close_four({"b@0.1"});
  fail(send(), failure(FailureKind::not_found, "ResourceNotFoundException"));
  EXPECT_EQ(told(), Story{"plan waiting"}) << "found once, it has another second to come back";
}

TEST_F(WholeRequests, ARefusedRequestIsHalvedUntilTheGuiltyRecordIsAlone) {
  settings_.request.max_count = 8;
  for (const std::string guilty : {"a", "d", "e", "h"}) {
    now_ = start;
    begin_with(even_shards(1));
    close_four({"a@0.1", "b@0.1", "c@0.1", "d@0.1", "e@0.1", "f@0.1", "g@0.1", "h@0.1"});
    Request request = send();
    ASSERT_EQ(request.batches.size(), 8U);
    Story story;
    int requests = 1;
    for (;; ++requests) {
      if (names(request).find('[' + guilty + ']') != std::string::npos) {
        fail(std::move(request), failure(FailureKind::validation, "ValidationException"));
      } else {
        const std::vector<Answer> all_stored(request.batches.size(), stored("shard-0"));
        answer(std::move(request), all_stored);
      }
      for (std::string& line : told())
        story.push_back(std::move(line));
      if (pipeline_->empty()) break;
      EXPECT_EQ(pipeline_->request_due(), TimePoint::min()) << "without delay";
      request = send();
    }
    EXPECT_EQ(requests, 7) << "8, then the right half and the wrong one of 4, 2 and 1";
    std::ranges::sort(story);
    Story expected{"failed " + guilty + ": ValidationException"};
    for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h"}) {
      if (name != guilty) expected.push_back("stored " + std::string{name} + ": at shard-0");
    }
    EXPECT_EQ(story, expected) << "the others go on without an attempt";
  }
}

TEST_F(WholeRequests, RecordsThatAreTakenUpAgainAreCounted) {
  begin_with(even_shards(1));
  close_four({"a@0.1", "b@0.1", "c@0.1", "d@0.1"});
  fail(send(), failure(FailureKind::passing));
  EXPECT_EQ(pipeline_->retried(), 4U);
  now_ += settings_.record_ttl;
  pipeline_->tick(now_);
  EXPECT_EQ(pipeline_->retried(), 4U) << "what has expired is not";
}

TEST_F(WholeRequests, HalvesGoBeforeAnythingElse) {
  begin_with(even_shards(1));
  close_four({"a@0.1", "b@0.1", "c@0.1", "d@0.1"});
  fail(send(), failure(FailureKind::validation));
  close_four({"e@0.1", "f@0.1", "g@0.1", "h@0.1"});
  EXPECT_EQ(names(send()), "[a][b]");
  EXPECT_EQ(names(send()), "[c][d]");
  EXPECT_EQ(names(send()), "[e][f][g][h]");
}

TEST_F(WholeRequests, AKeylessRecordThatIsRefusedAfterASwitchBackGetsAKey) {
  settings_.strategy.strategy = DistributionStrategy::detect;
  begin();
  (void)list_call();
  list(even_shards(2));
  pipeline_->described({.distribution = Distribution::automatic}, now_);
  told();
  closed(no_shard, {"keyless"});
  fail(send(), failure(FailureKind::validation, "ValidationException"));
  EXPECT_EQ(told(), Story{}) << "the stream may place by key again";
  bool asked = false;
  while (const auto call = inquiry())
    asked |= std::holds_alternative<DescribeCall>(*call);
  EXPECT_TRUE(asked);
  pipeline_->described({.distribution = Distribution::by_key}, now_);
  EXPECT_EQ(told(), (Story{"plan by_key over 2", "unpacked keyless: ValidationException"}));
}

TEST_F(WholeRequests, WhereTheStrategyIsConfiguredARefusedKeylessRecordFailsInTheServicesWords) {
  settings_.strategy.strategy = DistributionStrategy::automatic;
  begin();
  closed(no_shard, {"keyless"});
  fail(send(), failure(FailureKind::validation, "ValidationException"));
  EXPECT_EQ(told(), Story{"failed keyless: ValidationException"}) << "nothing will change";
}

TEST_F(WholeRequests, FailuresThatMayPassBackOffDoublingToTwoSecondsOneProbeAtATime) {
  settings_.record_ttl = 10min;
  begin_with(even_shards(1));
  close_four({"a@0.1", "b@0.1", "c@0.1", "d@0.1"});
  close_four({"e@0.1", "f@0.1", "g@0.1", "h@0.1"});
  Request first = send();
  Request second = send();
  fail(std::move(first), failure(FailureKind::passing));
  const TimePoint failed_first = now_;
  fail(std::move(second), failure(FailureKind::passing));
  TimePoint failed_at = failed_first;
  for (const double longest : {0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0}) {
    Request probe = send();
    EXPECT_GE(seconds_between(failed_at, now_), longest / 2);
    EXPECT_LE(seconds_between(failed_at, now_), longest + 0.06) << "and a retry's own deadline";
    close_four({"x@0.1"});
    EXPECT_FALSE(next()) << "new requests wait too";
    EXPECT_EQ(pipeline_->request_due(), never);
    fail(std::move(probe), failure(FailureKind::passing, "ServiceUnavailable"));
    failed_at = now_;
  }
  Request probe = send();
  const std::size_t count = probe.batches.size();
  answer(std::move(probe), std::vector<Answer>(count, stored("shard-0")));
  EXPECT_EQ(told().size(), count);
  EXPECT_TRUE(next()) << "one success ends it";
  EXPECT_TRUE(next());
}

TEST_F(WholeRequests, AFailureThatMayPassIsAnAttemptWithTheServicesCodeOrInternal) {
  begin_with(even_shards(1));
  close_four({"a@0.1"});
  fail(send(), failure(FailureKind::passing));
  fail(send(), failure(FailureKind::passing, "ServiceUnavailable"));
  answer(send(), {stored("shard-0")});
  EXPECT_EQ(told(), Story{"stored a: Internal, ServiceUnavailable, at shard-0"});
}

TEST_F(WholeRequests, ARefusalShowsThatTheServiceIsThere) {
  begin_with(even_shards(1));
  close_four({"a@0.1"});
  fail(send(), failure(FailureKind::passing));
  fail(send(), failure(FailureKind::lasting));
  close_four({"b@0.1", "c@0.1", "d@0.1", "e@0.1"});
  EXPECT_TRUE(next());
}

TEST_F(WholeRequests, WhatBackedOffUntilItsTimeWasOverExpires) {
  settings_.record_ttl = 3s;
  begin_with(even_shards(1));
  close_four({"a@0.1"});
  while (pipeline_->in_flight() != 0 || !pipeline_->empty()) {
    auto request = next();
    if (request) {
      fail(*std::move(request), failure(FailureKind::passing));
    } else if (!pipeline_->empty()) {
      now_ = std::max(now_ + 1ns, std::min(pipeline_->request_due(), pipeline_->next_tick(now_, budget_)));
    }
    ASSERT_LT(now_, start + 4s) << "nothing outlives its time";
  }
  const Story story = told();
  ASSERT_EQ(story.size(), 1U);
  EXPECT_TRUE(story[0].starts_with("expired a: Internal, Internal,"));
  EXPECT_TRUE(story[0].ends_with(", Expired"));
}

TEST_F(WholeRequests, NoMoreBytesAreTakenThanTheLineMovesButAtLeastOneRecord) {
  begin_with(even_shards(1));
  closed(0, {"aaaaaaaa@0.1"});
  closed(0, {"bbbbbbbb@0.1"});
  closed(0, {"cccccccc@0.1"});
  pipeline_->set_hurry(true);
  EXPECT_EQ(names(next(18).value()), "[aaaaaaaa][bbbbbbbb]");
  EXPECT_EQ(names(next(1).value()), "[cccccccc]");
}

}  // namespace
}  // namespace aiokpl::pipeline::test
