#include "metrics/tally.hpp"

#include <gtest/gtest.h>

#include <aiokpl/metrics.hpp>

namespace aiokpl::metrics {
namespace {

using namespace std::chrono_literals;

TEST(Totals, KeepLeastGreatestAndLast) {
  Totals totals;
  totals.add(5);
  totals.add(-2, 3);
  totals.add(1);
  EXPECT_EQ(totals.count, 5U);
  EXPECT_DOUBLE_EQ(totals.sum, 0);
  EXPECT_DOUBLE_EQ(totals.min, -2);
  EXPECT_DOUBLE_EQ(totals.max, 5);
  EXPECT_DOUBLE_EQ(totals.last, 1);
}

TEST(Totals, NothingAddedChangesNothing) {
  Totals totals;
  totals.add(7);
  totals.merge({});
  totals.add(9, 0);
  EXPECT_EQ(totals.count, 1U);
  EXPECT_DOUBLE_EQ(totals.min, 7);
  EXPECT_DOUBLE_EQ(totals.last, 7);
}

TEST(TimeTally, HasABucketForEachBoundAndOneMore) {
  EXPECT_EQ(metric_bucket_bounds().size() + 1, bucket_count);
}

// Each bound belongs to the bucket that it closes, whatever was looked for before.
TEST(TimeTally, PutsEachValueIntoTheBucketThatHasIt) {
  const auto bounds = metric_bucket_bounds();
  TimeTally tally;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    const std::chrono::nanoseconds bound{static_cast<std::int64_t>(bounds[i] * 1e6)};
    tally.add(bound);
    tally.add(bound + 1ns);
    tally.add(bound);
  }
  EXPECT_EQ(tally.buckets().front(), 2U);
  for (std::size_t i = 1; i < bounds.size(); ++i)
    EXPECT_EQ(tally.buckets()[i], 3U) << i;
  EXPECT_EQ(tally.buckets().back(), 1U);
  EXPECT_EQ(tally.totals().count, 3 * bounds.size());
}

TEST(TimeTally, AddsUpInMilliseconds) {
  TimeTally tally;
  EXPECT_TRUE(tally.empty());
  tally.add(1500us, 2);
  tally.add(0ns);
  tally.add(-5ms);  // a clock of another processor
  EXPECT_FALSE(tally.empty());
  EXPECT_EQ(tally.totals().count, 4U);
  EXPECT_DOUBLE_EQ(tally.totals().sum, 3);
  EXPECT_DOUBLE_EQ(tally.totals().min, 0);
  EXPECT_DOUBLE_EQ(tally.totals().max, 1.5);
  EXPECT_EQ(tally.buckets()[0], 2U);
  EXPECT_EQ(tally.buckets()[1], 2U);
}

}  // namespace
}  // namespace aiokpl::metrics
