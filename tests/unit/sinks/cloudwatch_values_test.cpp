#include <numeric>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sinks/cloudwatch/values.hpp"
#include "unit/sinks/sample_snapshots.hpp"

namespace aiokpl::sinks {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

MetricSnapshot times(const std::vector<double>& values) {
  return test::sample(metric::delivery_time, {}, values);
}

double sum_of(const std::vector<CountedValue>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0, [](double sum, const CountedValue& one) {
    return sum + one.value * static_cast<double>(one.count);
  });
}

std::vector<std::uint64_t> buckets_of(const std::vector<CountedValue>& values) {
  const auto bounds = metric_bucket_bounds();
  std::vector<std::uint64_t> buckets(bounds.size() + 1);
  for (const CountedValue& one : values)
    buckets[static_cast<std::size_t>(std::ranges::lower_bound(bounds, one.value) - bounds.begin())] += one.count;
  return buckets;
}

TEST(CloudWatchValues, AreTheTrueOnesWhereThoseAreKnown) {
  EXPECT_THAT(values_of(times({17.5})), ElementsAre(CountedValue{17.5, 1}));
  EXPECT_THAT(values_of(times({20, 20, 20})), ElementsAre(CountedValue{20, 3}));
  EXPECT_THAT(values_of(times({0.25, 90'000})), ElementsAre(CountedValue{0.25, 1}, CountedValue{90'000, 1}));
  EXPECT_THAT(values_of(times({0, 0})), ElementsAre(CountedValue{0, 2}));
}

TEST(CloudWatchValues, LieAsFarUpInTheirBucketsAsTheSumAsks) {
  // One bucket, 10 to 15: what is left of the sum is 12 for each of two.
  EXPECT_THAT(values_of(times({11, 12, 12, 14})),
              ElementsAre(CountedValue{11, 1}, CountedValue{12, 2}, CountedValue{14, 1}));
  // All at the upper end of the buckets, and of the greatest value.
  EXPECT_THAT(values_of(times({1, 15, 15, 20, 20, 20})),
              ElementsAre(CountedValue{1, 1}, CountedValue{15, 2}, CountedValue{20, 3}));
  // All at the lower end, which is the least value.
  EXPECT_THAT(values_of(times({11, 11, 11, 14})), ElementsAre(CountedValue{11, 3}, CountedValue{14, 1}));
}

TEST(CloudWatchValues, KeepCountSumLeastGreatestAndBuckets) {
  std::mt19937_64 random{20130212};
  std::lognormal_distribution<double> latency{3.5, 2.5};  // some of it below 1 ms, some above a minute
  for (int round = 0; round < 200; ++round) {
    std::vector<double> measured(2 + random() % 400);
    for (double& one : measured)
      one = latency(random);
    const MetricSnapshot series = times(measured);
    const std::vector<CountedValue> values = values_of(series);

    ASSERT_LE(values.size(), 150U) << "more than one datum may have";
    EXPECT_EQ(values.front().value, series.min);
    EXPECT_EQ(values.back().value, series.max);
    EXPECT_NEAR(sum_of(values), series.sum, series.sum * 1e-12);
    EXPECT_EQ(buckets_of(values), series.buckets);
    for (std::size_t i = 1; i < values.size(); ++i)
      EXPECT_LT(values[i - 1].value, values[i].value) << "a value may be there once";
  }
}

TEST(CloudWatchValues, AreNotMadeUpWithoutBuckets) {
  EXPECT_THAT(values_of(test::sample(metric::retries_per_record, {}, {0, 1, 3})), IsEmpty());
  MetricSnapshot partly = times({1, 2, 3});
  MetricSnapshot without = times({4});
  without.buckets.clear();
  partly.merge(without);
  EXPECT_THAT(values_of(partly), IsEmpty());
}

}  // namespace
}  // namespace aiokpl::sinks
