#include <algorithm>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sinks/cloudwatch/roll_up.hpp"
#include "unit/sinks/sample_snapshots.hpp"

namespace aiokpl::sinks {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using Dimensions = std::vector<MetricDimension>;

const MetricDimension orders{"StreamName", "orders"};
const MetricDimension audit{"StreamName", "audit"};
const MetricDimension shard0{"ShardId", "shardId-000000000000"};
const MetricDimension shard1{"ShardId", "shardId-000000000001"};
const MetricDimension throttled{"ErrorCode", "ProvisionedThroughputExceededException"};
const MetricDimension internal{"ErrorCode", "InternalFailure"};

std::map<Dimensions, double> sums_of(const std::vector<MetricSnapshot>& all, std::string_view name) {
  std::map<Dimensions, double> sums;
  for (const MetricSnapshot& one : all) {
    if (one.name == name) sums[one.dimensions] = one.sum;
  }
  return sums;
}

TEST(CloudWatchRollUp, HasEachMetricGloballyPerStreamAndPerShard) {
  const auto all = roll_up(test::sample_snapshots(), {});
  EXPECT_THAT(
      sums_of(all, metric::user_records_put),
      UnorderedElementsAre(std::pair{Dimensions{}, 604.0}, std::pair{Dimensions{orders}, 603.0},
                           std::pair{Dimensions{audit}, 1.0}, std::pair{Dimensions{orders, shard0}, 600.0},
                           std::pair{Dimensions{orders, shard1}, 3.0}, std::pair{Dimensions{audit, shard0}, 1.0}));
  // Never per shard: no such level is made up.
  EXPECT_THAT(sums_of(all, metric::user_records_received),
              UnorderedElementsAre(std::pair{Dimensions{}, 1207.0}, std::pair{Dimensions{orders}, 1200.0},
                                   std::pair{Dimensions{audit}, 7.0}));
}

TEST(CloudWatchRollUp, KeepsTheErrorCodeAndTakesCoarseSeriesInOnce) {
  const auto all = roll_up(test::sample_snapshots(), {});
  EXPECT_THAT(
      sums_of(all, metric::errors_by_code),
      UnorderedElementsAre(std::pair{Dimensions{throttled}, 3.0}, std::pair{Dimensions{internal}, 1.0},
                           std::pair{Dimensions{orders, throttled}, 3.0}, std::pair{Dimensions{orders, internal}, 1.0},
                           std::pair{Dimensions{orders, shard0, throttled}, 2.0},
                           std::pair{Dimensions{orders, shard1, throttled}, 1.0}));
  // One failure without a shard beside two with one.
  EXPECT_THAT(sums_of(all, metric::all_errors),
              UnorderedElementsAre(std::pair{Dimensions{}, 3.0}, std::pair{Dimensions{orders}, 3.0},
                                   std::pair{Dimensions{orders, shard0}, 2.0}));
  std::set<std::pair<std::string, Dimensions>> keys;
  for (const MetricSnapshot& one : all)
    EXPECT_TRUE(keys.emplace(one.name, one.dimensions).second) << one.name << " is there twice";
}

TEST(CloudWatchRollUp, MergesLeastGreatestAndBuckets) {
  const auto all = roll_up(test::sample_snapshots(), {});
  const auto global = std::ranges::find_if(
      all, [](const MetricSnapshot& one) { return one.name == metric::buffered_time && one.dimensions.empty(); });
  ASSERT_NE(global, all.end());
  const MetricSnapshot whole = test::sample(metric::buffered_time, {}, {0.4, 12, 99.5, 100, 100.5, 101, 73'000});
  EXPECT_EQ(global->kind, MetricKind::distribution);
  EXPECT_EQ(global->unit, MetricUnit::milliseconds);
  EXPECT_EQ(global->count, 7U);
  EXPECT_DOUBLE_EQ(global->sum, whole.sum);
  EXPECT_EQ(global->min, 0.4);
  EXPECT_EQ(global->max, 73'000);
  EXPECT_EQ(global->buckets, whole.buckets);
  EXPECT_EQ(global->window_start, test::sample_start);
  EXPECT_EQ(global->window_end, test::sample_end);
}

TEST(CloudWatchRollUp, HasOwnDimensionsFromTheirGranularityOn) {
  const MetricDimension host{"Host", "a"};
  const MetricDimension team{"Team", "b"};
  const MetricDimension rack{"Rack", "c"};
  const std::vector<AdditionalDimension> additional{{"Host", "a", MetricsGranularity::global},
                                                    {"Team", "b", MetricsGranularity::stream},
                                                    {"Rack", "c", MetricsGranularity::shard}};
  const std::vector<MetricSnapshot> series{test::sample(metric::all_errors, {host, team, rack, orders, shard0}, {1, 1}),
                                           test::sample(metric::all_errors, {host, team, orders}, {1})};
  EXPECT_THAT(sums_of(roll_up(series, additional), metric::all_errors),
              UnorderedElementsAre(std::pair{Dimensions{host}, 3.0}, std::pair{Dimensions{host, team, orders}, 3.0},
                                   std::pair{Dimensions{host, team, rack, orders, shard0}, 2.0}));
}

TEST(CloudWatchRollUp, LeavesOutWhatHasNoValues) {
  const std::vector<MetricSnapshot> series{test::sample(metric::all_errors, {orders, shard0}, {})};
  EXPECT_THAT(roll_up(series, {}), IsEmpty());
  EXPECT_THAT(roll_up({}, {}), IsEmpty());
}

TEST(CloudWatchRollUp, LeavesGlobalSeriesAsTheyAre) {
  const std::vector<MetricSnapshot> series{test::sample(metric::all_errors, {}, {1, 1})};
  EXPECT_THAT(sums_of(roll_up(series, {}), metric::all_errors), ElementsAre(std::pair{Dimensions{}, 2.0}));
}

}  // namespace
}  // namespace aiokpl::sinks
