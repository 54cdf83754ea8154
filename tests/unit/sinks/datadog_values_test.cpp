#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sinks/web/representative_values.hpp"
#include "unit/sinks/sample_snapshots.hpp"

namespace aiokpl::sinks {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::uint64_t number_of(const std::vector<ValueRun>& runs) {
  std::uint64_t number = 0;
  for (const ValueRun& run : runs)
    number += run.times;
  return number;
}

double sum_of(const std::vector<ValueRun>& runs) {
  double sum = 0;
  for (const ValueRun& run : runs)
    sum += run.value * static_cast<double>(run.times);
  return sum;
}

/// How many of the values are in each bucket.
std::vector<std::uint64_t> buckets_of(const std::vector<ValueRun>& runs) {
  const auto bounds = metric_bucket_bounds();
  std::vector<std::uint64_t> buckets(bounds.size() + 1);
  for (const ValueRun& run : runs)
    buckets[static_cast<std::size_t>(std::ranges::lower_bound(bounds, run.value) - bounds.begin())] += run.times;
  return buckets;
}

std::vector<double> latencies(std::size_t number) {
  std::mt19937 source{7};
  std::lognormal_distribution<double> milliseconds{3, 1};
  std::vector<double> values(number);
  std::ranges::generate(values, [&] { return std::round(milliseconds(source) * 16) / 16; });
  return values;
}

TEST(RepresentativeValues, OfFewObservationsAreTheObservations) {
  EXPECT_THAT(representative_values({}, 10), IsEmpty());
  EXPECT_THAT(representative_values(test::sample(metric::request_time, {}, {8.25}), 10),
              ElementsAre(ValueRun{8.25, 1}));
  EXPECT_THAT(representative_values(test::sample(metric::request_time, {}, {31, 8.25}), 10),
              ElementsAre(ValueRun{8.25, 1}, ValueRun{31, 1}));
  // Of three there is only one that the sum leaves open.
  EXPECT_THAT(representative_values(test::sample(metric::user_records_per_kinesis_record, {}, {250, 1, 349}), 10),
              ElementsAre(ValueRun{1, 1}, ValueRun{250, 1}, ValueRun{349, 1}));
  EXPECT_THAT(representative_values(test::sample(metric::buffered_time, {}, std::vector<double>(500, 20)), 1000),
              ElementsAre(ValueRun{20, 1}, ValueRun{20, 498}, ValueRun{20, 1}));
}

TEST(RepresentativeValues, WithoutBucketsAreTheMeanBetweenTheEnds) {
  EXPECT_THAT(representative_values(test::sample(metric::retries_per_record, {}, {0, 0, 1, 3}), 10),
              ElementsAre(ValueRun{0, 1}, ValueRun{0.5, 2}, ValueRun{3, 1}));
}

TEST(RepresentativeValues, KeepNumberSumEndsAndBuckets) {
  for (const std::size_t number : {2U, 3U, 10U, 999U, 1000U}) {
    const MetricSnapshot observed = test::sample(metric::delivery_time, {}, latencies(number));
    const std::vector<ValueRun> runs = representative_values(observed, 1000);
    EXPECT_EQ(number_of(runs), number);
    EXPECT_NEAR(sum_of(runs), observed.sum, 1e-9 * observed.sum);
    EXPECT_EQ(runs.front().value, observed.min);
    EXPECT_EQ(runs.back().value, observed.max);
    EXPECT_TRUE(std::ranges::is_sorted(runs, {}, &ValueRun::value));
    EXPECT_EQ(buckets_of(runs), observed.buckets) << number;
  }
}

TEST(RepresentativeValues, OfTooManyAreASampleWithTheSameShares) {
  const MetricSnapshot observed = test::sample(metric::delivery_time, {}, latencies(20'000));
  const std::vector<ValueRun> runs = representative_values(observed, 1000);
  EXPECT_EQ(number_of(runs), 1000U);
  EXPECT_NEAR(sum_of(runs) / 1000, observed.mean(), 1e-9 * observed.mean());
  EXPECT_EQ(runs.front().value, observed.min);
  EXPECT_EQ(runs.back().value, observed.max);
  const std::vector<std::uint64_t> buckets = buckets_of(runs);
  for (std::size_t i = 0; i < buckets.size(); ++i)
    EXPECT_NEAR(static_cast<double>(buckets[i]), static_cast<double>(observed.buckets[i]) / 20, 2) << i;
}

TEST(RepresentativeValues, OfVeryManyAreStillExactlySoMany) {
  MetricSnapshot observed = test::sample(metric::delivery_time, {}, {0.5, 4, 70, 70'000});
  constexpr std::uint64_t times = std::uint64_t{1} << 52;
  observed.count *= times;
  observed.sum *= static_cast<double>(times);
  for (std::uint64_t& bucket : observed.buckets)
    bucket *= times;
  for (const std::uint64_t most : {2U, 3U, 7U, 100'000U}) {
    const std::vector<ValueRun> runs = representative_values(observed, most);
    EXPECT_EQ(number_of(runs), most);
    EXPECT_EQ(runs.front(), (ValueRun{0.5, 1}));
    EXPECT_EQ(runs.back(), (ValueRun{70'000, 1}));
  }
}

// One that stands out among a sample weighs more than it did; the others stay where they were seen.
TEST(RepresentativeValues, StayInTheirBucketsThoughTheMeanIsOutOfReach) {
  std::vector<double> values(5'000, 4);
  values.push_back(60'000);
  const std::vector<ValueRun> runs = representative_values(test::sample(metric::delivery_time, {}, values), 100);
  EXPECT_THAT(runs, ElementsAre(ValueRun{4, 1}, ValueRun{4, 98}, ValueRun{60'000, 1}));
}

TEST(RepresentativeValues, DoNotTrustBucketsThatDoNotAddUp) {
  MetricSnapshot observed = test::sample(metric::delivery_time, {}, {2, 4, 6});
  observed.buckets.assign(observed.buckets.size(), 0);
  EXPECT_THAT(representative_values(observed, 10), ElementsAre(ValueRun{2, 1}, ValueRun{4, 1}, ValueRun{6, 1}));
}

}  // namespace
}  // namespace aiokpl::sinks
