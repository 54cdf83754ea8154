#include "pipeline/strategy_watch.hpp"

#include <gtest/gtest.h>

#include "moments.hpp"

namespace aiokpl::pipeline::test {
namespace {

const StreamTraits by_key{.distribution = Distribution::by_key, .record_limit = 1'048'576};
const StreamTraits automatic{.distribution = Distribution::automatic, .record_limit = 1'048'576};

struct Story {
  DescribeBudget budget;
  StrategyWatch watch;

  explicit Story(StrategyWatch::Config config = {}, std::uint64_t seed = 1) : watch{config, start, Random{seed}} {}

  /// The moment of the next call, which is answered at once.
  TimePoint answered_call(const StreamTraits& traits) {
    const TimePoint now = watch.next(budget);
    EXPECT_TRUE(watch.next_call(now, budget));
    watch.answered(traits, now);
    return now;
  }
};

TEST(StrategyWatchTest, AsksAtTheStartAndKnowsNothingBefore) {
  Story story;
  EXPECT_TRUE(story.watch.pending_first_answer());
  EXPECT_EQ(story.watch.distribution(), Distribution::unknown);
  EXPECT_FALSE(story.watch.automatic());
  EXPECT_FALSE(story.watch.next_call(start - 1ms, story.budget));
  EXPECT_TRUE(story.watch.next_call(start, story.budget));
  EXPECT_FALSE(story.watch.next_call(start + 10s, story.budget)) << "in flight";
  EXPECT_EQ(story.watch.next(story.budget), never);
  EXPECT_TRUE(story.watch.answered(automatic, start + 10ms));
  EXPECT_TRUE(story.watch.automatic());
  EXPECT_EQ(story.watch.record_limit(), 1'048'576U);
  EXPECT_FALSE(story.watch.pending_first_answer());
}

TEST(StrategyWatchTest, MayBeToldToAskAgainNow) {
  Story story;
  EXPECT_TRUE(story.watch.next_call(start, story.budget));
  story.watch.failed(start + 1ms);
  EXPECT_FALSE(story.watch.next_call(start + 2ms, story.budget));
  story.watch.try_now(start + 2ms);
  EXPECT_TRUE(story.watch.next_call(start + 2ms, story.budget));
  story.watch.refused(start + 3ms);
  story.watch.traffic();
  const TimePoint later_on = story.watch.next(story.budget);
  story.watch.try_now(start + 4ms);
  EXPECT_EQ(story.watch.next(story.budget), later_on) << "nothing failed in passing";
}

TEST(StrategyWatchTest, AsksEveryMinuteGiveOrTakeAFifthWhileThereIsTraffic) {
  double shortest = 1e9;
  double longest = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Story story{{}, seed};
    EXPECT_EQ(story.answered_call(by_key), start);
    EXPECT_EQ(story.watch.next(story.budget), never) << "no traffic, no question";
    story.watch.traffic();
    const double wait = seconds_between(start, story.answered_call(by_key));
    shortest = std::min(shortest, wait);
    longest = std::max(longest, wait);
  }
  EXPECT_GE(shortest, 48);
  EXPECT_LT(shortest, 50);
  EXPECT_LE(longest, 72);
  EXPECT_GT(longest, 70);
}

TEST(StrategyWatchTest, TrafficAfterALongRestIsAskedAboutAtOnce) {
  Story story;
  story.answered_call(by_key);
  story.watch.traffic();
  EXPECT_TRUE(story.watch.next_call(start + 1h, story.budget));
}

TEST(StrategyWatchTest, AsksAtOnceWhenPredictionsFail) {
  Story story;
  story.answered_call(by_key);
  story.watch.suspect(start + 5s);
  EXPECT_TRUE(story.watch.next_call(start + 6s, story.budget));
  story.watch.suspect(start + 5'500ms);
  EXPECT_TRUE(story.watch.answered(automatic, start + 7s));
  EXPECT_EQ(story.watch.next(story.budget), never) << "the second suspicion was older than the question";
  story.watch.suspect(start + 5'900ms);
  EXPECT_EQ(story.watch.next(story.budget), never);
}

TEST(StrategyWatchTest, SuspicionsThatComeToNothingWaitLongerAndLonger) {
  Story story;
  TimePoint now = story.answered_call(by_key);
  for (const auto wait : {0s, 1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    story.watch.suspect(now + 1ns);
    const TimePoint next = story.answered_call(by_key);
    EXPECT_GE(next, now + wait);
    EXPECT_LE(next, now + wait + 1s) << "the budget's second";
    now = next;
  }
  story.watch.suspect(now + 1ns);
  now = story.answered_call(automatic);
  story.watch.suspect(now + 1ns);
  EXPECT_LE(story.watch.next(story.budget), now + 1s) << "one that came to something starts anew";
}

TEST(StrategyWatchTest, AtMostTwiceInAnySecondForAllStreamsTogether) {
  DescribeBudget budget;
  std::vector<StrategyWatch> watches;
  for (std::uint64_t seed = 1; seed <= 9; ++seed)
    watches.emplace_back(StrategyWatch::Config{}, start, Random{seed});
  std::vector<TimePoint> calls;
  for (TimePoint now = start; now < start + 10s; now += 50ms) {
    for (StrategyWatch& watch : watches) {
      if (!watch.next_call(now, budget)) continue;
      calls.push_back(now);
    }
  }
  ASSERT_EQ(calls.size(), 9U) << "and everybody's turn comes";
  for (std::size_t i = 2; i < calls.size(); ++i)
    EXPECT_GE(calls[i] - calls[i - 2], 1s);
  EXPECT_EQ(calls.back(), start + 4s);
}

TEST(StrategyWatchTest, ARefusalIsQuietAndNotRepeatedUntilTheNextInterval) {
  Story story;
  EXPECT_TRUE(story.watch.next_call(start, story.budget));
  story.watch.refused(start);
  EXPECT_FALSE(story.watch.pending_first_answer());
  EXPECT_EQ(story.watch.distribution(), Distribution::unknown);
  story.watch.traffic();
  story.watch.suspect(start + 1s);
  EXPECT_GE(story.watch.next(story.budget), start + 48s);
  EXPECT_TRUE(story.watch.next_call(start + 72s, story.budget));
}

TEST(StrategyWatchTest, AFailureThatMayPassIsTriedAgainSoonerEachTimeTwiceAsLate) {
  Story story;
  TimePoint now = start;
  for (const auto wait : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    ASSERT_TRUE(story.watch.next_call(now, story.budget));
    story.watch.failed(now);
    EXPECT_TRUE(story.watch.pending_first_answer());
    EXPECT_EQ(story.watch.next(story.budget), now + wait);
    now += wait;
  }
  story.answered_call(by_key);
  EXPECT_EQ(story.watch.distribution(), Distribution::by_key);
}

TEST(StrategyWatchTest, AFailureLeavesWhatIsKnown) {
  Story story;
  story.answered_call(automatic);
  story.watch.suspect(start + 2s);
  EXPECT_TRUE(story.watch.next_call(start + 2s, story.budget));
  story.watch.failed(start + 2s);
  EXPECT_TRUE(story.watch.automatic());
  EXPECT_EQ(story.watch.next(story.budget), start + 3s) << "the suspicion is not forgotten";
}

TEST(StrategyWatchTest, TheConfiguredStrategyHoldsWhateverTheServiceSays) {
  Story fixed{{.strategy = DistributionStrategy::user_partition_key}};
  EXPECT_EQ(fixed.watch.distribution(), Distribution::by_key);
  EXPECT_EQ(fixed.answered_call(automatic), start) << "asked for the record limit";
  EXPECT_EQ(fixed.watch.distribution(), Distribution::by_key);
  EXPECT_EQ(fixed.watch.record_limit(), 1'048'576U);
  fixed.watch.suspect(start + 1s);
  EXPECT_EQ(fixed.watch.next(fixed.budget), never) << "nothing to suspect";

  Story nothing_to_learn{{.strategy = DistributionStrategy::automatic, .learn_record_limit = false}};
  EXPECT_TRUE(nothing_to_learn.watch.automatic());
  EXPECT_FALSE(nothing_to_learn.watch.pending_first_answer());
  nothing_to_learn.watch.traffic();
  EXPECT_EQ(nothing_to_learn.watch.next(nothing_to_learn.budget), never);
}

TEST(StrategyWatchTest, AnAnswerSaysWhetherItChangesAnything) {
  Story story;
  EXPECT_TRUE(story.watch.next_call(start, story.budget));
  EXPECT_TRUE(story.watch.answered(by_key, start));
  story.watch.traffic();
  EXPECT_TRUE(story.watch.next_call(start + 80s, story.budget));
  EXPECT_FALSE(story.watch.answered({.distribution = Distribution::by_key}, start + 80s));
  EXPECT_EQ(story.watch.record_limit(), 1'048'576U) << "an answer without it does not take it away";
}

}  // namespace
}  // namespace aiokpl::pipeline::test
