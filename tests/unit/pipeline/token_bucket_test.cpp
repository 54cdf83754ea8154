#include "pipeline/token_bucket.hpp"

#include <gtest/gtest.h>

#include "moments.hpp"
#include "pipeline/random.hpp"

namespace aiokpl::pipeline::test {
namespace {

TEST(TokenBucketTest, IsFullAtTheStartAndRefillsAtItsRate) {
  TokenBucket bucket{1'000, 1'000};
  EXPECT_TRUE(bucket.admit(start, 1'000));
  EXPECT_FALSE(bucket.admit(start, 1));
  EXPECT_FALSE(bucket.admit(start + 999us, 1));
  EXPECT_TRUE(bucket.admit(start + 1ms, 1));
  EXPECT_FALSE(bucket.admit(start + 1ms, 1));
  EXPECT_TRUE(bucket.admit(start + 500ms, 499));
}

TEST(TokenBucketTest, HoldsNoMoreThanItsCapacityHoweverLongItRests) {
  TokenBucket bucket{1'000, 1'000};
  EXPECT_TRUE(bucket.admit(start, 10));
  EXPECT_TRUE(bucket.admit(start + 24h, 1'000));
  EXPECT_FALSE(bucket.admit(start + 24h, 1));
}

TEST(TokenBucketTest, AnAmountLargerThanTheCapacityPassesWhenFullAndLeavesADebt) {
  TokenBucket bucket{100, 100};
  EXPECT_TRUE(bucket.admit(start, 1));
  EXPECT_FALSE(bucket.admit(start, 1'000)) << "not full";
  EXPECT_EQ(bucket.ready_at(start, 1'000), start + 10ms);
  EXPECT_TRUE(bucket.admit(start + 10ms, 1'000));
  EXPECT_DOUBLE_EQ(bucket.level(start + 10ms), -900);
  EXPECT_EQ(bucket.ready_at(start + 10ms, 1), start + 10ms + 9'010ms);
  EXPECT_FALSE(bucket.admit(start + 9s, 1));
  EXPECT_TRUE(bucket.admit(start + 9'020ms, 1));
}

TEST(TokenBucketTest, SaysWhenAnAmountPassesAndThenItDoes) {
  Random random{7};
  for (const double rate : {0.3, 7.0, 1'000.0, 1'048'576.0, 123'456.789}) {
    TokenBucket bucket{rate, rate};
    TimePoint now = start;
    for (int i = 0; i < 10'000; ++i) {
      const auto amount = static_cast<std::uint64_t>(random.between(1, rate * 2 + 2));
      const TimePoint ready = bucket.ready_at(now, amount);
      if (ready > now) {
        ASSERT_FALSE(bucket.passes(now, amount));
      }
      ASSERT_TRUE(bucket.admit(ready, amount)) << "rate " << rate << ", step " << i;
      now = ready;
    }
  }
}

TEST(TokenBucketTest, DoesNotDriftInAMonthOfSmallSteps) {
  TokenBucket bucket{1'000, 1'000};
  bucket.take(start, 1'000);
  // Odd steps, so that no moment falls on a whole token.
  constexpr Duration step = 2'592'000s / 1'000'003;
  std::uint64_t passed = 0;
  TimePoint now = start;
  for (int i = 0; i < 1'000'003; ++i) {
    now += step;
    // One token always stays behind, so that the bucket is never full and never known exactly.
    while (passed < 1'000 * 2'592'000ULL && bucket.passes(now, 1'000)) {
      bucket.take(now, 999);
      passed += 999;
    }
    if (bucket.level(now) > 1) {
      const auto rest = static_cast<std::uint64_t>(bucket.level(now)) - 1;
      bucket.take(now, rest);
      passed += rest;
    }
  }
  const double earned = 1'000 * std::min(seconds_between(start, now), 2'592'000.0);
  EXPECT_LE(static_cast<double>(passed), earned + 1'000);
}

TEST(TokenBucketTest, TimeThatStandsStillOrGoesBackGivesNothing) {
  TokenBucket bucket{1'000, 1'000};
  EXPECT_TRUE(bucket.admit(start + 1s, 1'000));
  EXPECT_FALSE(bucket.admit(start + 1s, 1));
  EXPECT_FALSE(bucket.admit(start, 1));
  EXPECT_GT(bucket.ready_at(start, 1), start + 1s);
  EXPECT_FALSE(bucket.admit(start + 1s, 1));
  EXPECT_TRUE(bucket.admit(start + 1s + 1ms, 1)) << "and going back costs nothing either";
}

TEST(TokenBucketTest, ANewRateHoldsFromThenOn) {
  TokenBucket bucket{1'000, 1'000};
  bucket.take(start, 1'000);
  bucket.set_rate(start + 100ms, 500, 500);
  EXPECT_DOUBLE_EQ(bucket.level(start + 100ms), 100);
  EXPECT_DOUBLE_EQ(bucket.level(start + 300ms), 200);
  EXPECT_DOUBLE_EQ(bucket.level(start + 10s), 500);
  bucket.set_rate(start + 10s, 10, 10);
  EXPECT_DOUBLE_EQ(bucket.level(start + 10s), 10) << "what lies above the new capacity is gone";
}

TEST(TokenBucketTest, AWaitBeyondAllTimeIsNever) {
  TokenBucket bucket{1e-12, 1};
  bucket.take(start, 1);
  EXPECT_EQ(bucket.ready_at(start, 1), never);
}

}  // namespace
}  // namespace aiokpl::pipeline::test
