#include "pipeline/shard_map_refresh.hpp"

#include <gtest/gtest.h>

#include "even_shards.hpp"
#include "moments.hpp"

namespace aiokpl::pipeline::test {
namespace {

const ListCall first_page{};
const ListCall first_page_with_closed{.include_closed = true};

ShardMapRefresh refresh_of(Duration record_ttl = 30s) {
  return {start, record_ttl, Random{1}};
}

/// Past the first map, which came within 10 ms.
ShardMapRefresh with_map(std::size_t shards = 2) {
  ShardMapRefresh refresh = refresh_of();
  EXPECT_EQ(refresh.next_call(start), first_page);
  EXPECT_TRUE(refresh.page(listed(even_shards(shards)), std::nullopt, start + 10ms));
  return refresh;
}

TEST(ShardMapRefreshTest, ListsAtTheStartOnceAndThenRests) {
  ShardMapRefresh refresh = refresh_of();
  EXPECT_EQ(refresh.next(), start);
  EXPECT_FALSE(refresh.next_call(start - 1ms));
  EXPECT_EQ(refresh.next_call(start), first_page);
  EXPECT_FALSE(refresh.next_call(start)) << "one call at a time";
  EXPECT_EQ(refresh.next(), never);
  const auto listing = refresh.page(listed(even_shards(3)), std::nullopt, start + 10ms);
  ASSERT_TRUE(listing);
  EXPECT_EQ(listing->shards, listed(even_shards(3)));
  EXPECT_TRUE(refresh.has_map());
  EXPECT_FALSE(refresh.wanted());
  EXPECT_EQ(refresh.next(), never);
}

TEST(ShardMapRefreshTest, PagesBecomeOneList) {
  ShardMapRefresh refresh = refresh_of();
  const auto all = listed(even_shards(3));
  EXPECT_TRUE(refresh.next_call(start));
  EXPECT_FALSE(refresh.page({all[0], all[1]}, "token", start + 10ms));
  EXPECT_TRUE(refresh.in_progress());
  EXPECT_LE(refresh.next(), start + 10ms) << "the next page is due at once";
  EXPECT_EQ(refresh.next_call(start + 10ms), (ListCall{false, "token"}));
  const auto listing = refresh.page({all[2]}, std::nullopt, start + 20ms);
  ASSERT_TRUE(listing);
  EXPECT_EQ(listing->shards, all);
}

TEST(ShardMapRefreshTest, AFailureInTheMiddleStartsAgainFromTheFirstPage) {
  ShardMapRefresh refresh = refresh_of();
  const auto all = listed(even_shards(2));
  EXPECT_TRUE(refresh.next_call(start));
  EXPECT_FALSE(refresh.page({all[0]}, "token", start));
  EXPECT_TRUE(refresh.next_call(start));
  refresh.failed(false, start);
  const TimePoint again = refresh.next();
  EXPECT_EQ(refresh.next_call(again), first_page);
  const auto listing = refresh.page(all, std::nullopt, again);
  ASSERT_TRUE(listing);
  EXPECT_EQ(listing->shards.size(), 2U) << "what came before the failure is gone";
}

TEST(ShardMapRefreshTest, MayBeToldToTryAgainNow) {
  ShardMapRefresh refresh = refresh_of();
  ASSERT_TRUE(refresh.next_call(start));
  refresh.try_now(start + 1ms);
  EXPECT_EQ(refresh.next(), never) << "one call at a time";
  refresh.failed(false, start + 2ms);
  EXPECT_GT(refresh.next(), start + 3ms);
  refresh.try_now(start + 3ms);
  EXPECT_EQ(refresh.next_call(start + 3ms), first_page);
  refresh.failed(false, start + 4ms);
  EXPECT_LE(refresh.next(), start + 4ms + ShardMapRefresh::first_wait) << "the waits begin anew";
  refresh.try_now(start + 5ms);
  ASSERT_TRUE(refresh.next_call(start + 5ms));
  refresh.failed(true, start + 6ms);
  const TimePoint later_on = refresh.next();
  refresh.try_now(start + 7ms);
  EXPECT_EQ(refresh.next(), later_on) << "what is forbidden stays so";
}

TEST(ShardMapRefreshTest, FailuresBackOffFromOneSecondDoublingToThirtyWithJitter) {
  ShardMapRefresh refresh = refresh_of();
  TimePoint now = start;
  for (const double longest : {1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0}) {
    ASSERT_TRUE(refresh.next_call(now));
    refresh.failed(false, now);
    const double wait = seconds_between(now, refresh.next());
    EXPECT_GE(wait, longest / 2);
    EXPECT_LE(wait, longest);
    EXPECT_FALSE(refresh.next_call(refresh.next() - 1ns));
    now = refresh.next();
  }
  ASSERT_TRUE(refresh.next_call(now));
  EXPECT_TRUE(refresh.page(listed(even_shards(1)), std::nullopt, now));
  refresh.want(now + 1h);
  ASSERT_TRUE(refresh.next_call(now + 1h));
  refresh.failed(false, now + 1h);
  EXPECT_LE(refresh.next(), now + 1h + 1s) << "a success starts the back-off anew";
}

TEST(ShardMapRefreshTest, AHoleOrOverlapOfASplitBetweenTwoPagesIsAFailureThatIsRetried) {
  ShardMapRefresh refresh = refresh_of();
  auto shards = listed(even_shards(3));
  EXPECT_TRUE(refresh.next_call(start));
  EXPECT_FALSE(refresh.page({shards[0], shards[2]}, std::nullopt, start));
  EXPECT_EQ(refresh.problem(), "no shard holds the keys between shard-0 and shard-2");
  EXPECT_FALSE(refresh.has_map());
  EXPECT_GE(refresh.next(), start + 500ms);
  EXPECT_EQ(refresh.next_call(start + 1s), first_page);
  EXPECT_FALSE(refresh.page({shards[0], shards[1], shards[1], shards[2]}, std::nullopt, start + 1s));
  EXPECT_EQ(refresh.next_call(start + 3s), first_page);
  EXPECT_TRUE(refresh.page(shards, std::nullopt, start + 3s));
  EXPECT_EQ(refresh.problem(), "");
}

TEST(ShardMapRefreshTest, PagesWithoutAnEndAreAFailure) {
  ShardMapRefresh refresh = refresh_of();
  EXPECT_TRUE(refresh.next_call(start));
  EXPECT_FALSE(refresh.page({}, "same", start));
  EXPECT_TRUE(refresh.next_call(start));
  EXPECT_FALSE(refresh.page({}, "same", start));
  EXPECT_EQ(refresh.problem(), "the pages come to no end");
  EXPECT_GT(refresh.next(), start);
}

TEST(ShardMapRefreshTest, ARefreshIsSkippedWhenTheMapIsNewerThanTheRequest) {
  ShardMapRefresh refresh = with_map();
  refresh.want(start - 1ms);
  EXPECT_FALSE(refresh.wanted());
  refresh.want(start + 5ms);
  EXPECT_TRUE(refresh.wanted()) << "the list may have been made before the request";
}

TEST(ShardMapRefreshTest, AListingUnderWayServesTheRequestsBeforeIt) {
  ShardMapRefresh refresh = with_map();
  refresh.want(start + 1s);
  EXPECT_EQ(refresh.next_call(start + 2s), first_page);
  refresh.want(start + 1'500ms);
  EXPECT_TRUE(refresh.page(listed(even_shards(3)), std::nullopt, start + 3s));
  EXPECT_FALSE(refresh.wanted());

  refresh.want(start + 4s);
  EXPECT_EQ(refresh.next_call(start + 5s), first_page);
  refresh.want(start + 5'500ms);
  EXPECT_TRUE(refresh.page(listed(even_shards(4)), std::nullopt, start + 6s));
  EXPECT_EQ(refresh.next_call(start + 6s), first_page) << "and the ones after it get another";
}

TEST(ShardMapRefreshTest, AListThatBroughtNothingNewHoldsTheNextDemandBackForASecond) {
  ShardMapRefresh refresh = with_map(2);
  refresh.want(start + 1s);
  EXPECT_TRUE(refresh.next_call(start + 1s));
  EXPECT_TRUE(refresh.page(listed(even_shards(2)), std::nullopt, start + 1s));
  refresh.want(start + 1'100ms);
  EXPECT_EQ(refresh.next(), start + 2s);
  EXPECT_FALSE(refresh.next_call(start + 1'999ms));
  EXPECT_TRUE(refresh.next_call(start + 2s));
}

TEST(ShardMapRefreshTest, RefusedForGoodIsRememberedAndTriedInTheBackgroundEveryThirtySeconds) {
  ShardMapRefresh refresh = refresh_of();
  EXPECT_TRUE(refresh.records_wait(start));
  EXPECT_TRUE(refresh.next_call(start));
  refresh.failed(true, start + 1ms);
  EXPECT_TRUE(refresh.refused());
  EXPECT_FALSE(refresh.records_wait(start + 1ms)) << "they go raw";
  refresh.want(start + 2ms);
  EXPECT_EQ(refresh.next(), start + 1ms + 30s);
  EXPECT_EQ(refresh.next_call(start + 31s), first_page);
  refresh.failed(true, start + 31s);
  EXPECT_EQ(refresh.next(), start + 61s);
  EXPECT_TRUE(refresh.next_call(start + 61s));
  EXPECT_TRUE(refresh.page(listed(even_shards(1)), std::nullopt, start + 61s)) << "somebody gave the permission";
  EXPECT_FALSE(refresh.refused());
  EXPECT_TRUE(refresh.has_map());
}

TEST(ShardMapRefreshTest, RecordsWaitForTheFirstMapUpToFiveSecondsOrHalfTheirTtl) {
  EXPECT_EQ(refresh_of(30s).start_limit(), start + 5s);
  EXPECT_EQ(refresh_of(4s).start_limit(), start + 2s);
  ShardMapRefresh refresh = refresh_of(30s);
  EXPECT_TRUE(refresh.next_call(start));
  refresh.failed(false, start + 10ms);
  EXPECT_TRUE(refresh.records_wait(start + 4'999ms)) << "a failure may pass";
  EXPECT_FALSE(refresh.records_wait(start + 5s));
  EXPECT_FALSE(with_map().records_wait(start + 10ms));
}

TEST(ShardMapRefreshTest, AnUndecidedRecordAsksForTheClosedShardsToo) {
  ShardMapRefresh refresh = with_map(2);
  refresh.want_closed();
  EXPECT_EQ(refresh.next_call(start + 1s), first_page_with_closed);
  auto shards = listed(even_shards(2));
  shards.push_back({.id = "closed", .range = {}, .open = false});
  EXPECT_FALSE(refresh.page({shards[0]}, "token", start + 1s));
  EXPECT_EQ(refresh.next_call(start + 1s), (ListCall{true, "token"}));
  const auto listing = refresh.page({shards[1], shards[2]}, std::nullopt, start + 1s);
  ASSERT_TRUE(listing) << "closed shards overlap by nature";
  EXPECT_TRUE(listing->included_closed);
  EXPECT_EQ(listing->shards, shards);
  EXPECT_FALSE(refresh.wanted()) << "once";
}

TEST(ShardMapRefreshTest, AListWithClosedShardsIsTriedAgainAsSuch) {
  ShardMapRefresh refresh = with_map();
  refresh.want_closed();
  EXPECT_TRUE(refresh.next_call(start + 1s));
  refresh.failed(false, start + 1s);
  EXPECT_EQ(refresh.next_call(start + 2s), first_page_with_closed);
}

}  // namespace
}  // namespace aiokpl::pipeline::test
