#include "metrics/registry.hpp"

#include <algorithm>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aiokpl::metrics {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const TimePoint start{100h};

Registry registry(MetricsLevel level = MetricsLevel::detailed,
                  MetricsGranularity granularity = MetricsGranularity::shard) {
  return Registry{{.level = level, .granularity = granularity, .start = start}};
}

// The one series of that name; fails when there are none or several.
MetricSnapshot only(const Registry::Read& read, std::string_view name) {
  std::vector<MetricSnapshot> found;
  std::ranges::copy_if(read.snapshots, std::back_inserter(found),
                       [name](const MetricSnapshot& one) { return one.name == name; });
  EXPECT_EQ(found.size(), 1U) << name;
  return found.empty() ? MetricSnapshot{} : found.front();
}

std::vector<std::string> values(const MetricSnapshot& snapshot) {
  std::vector<std::string> list;
  for (const MetricDimension& one : snapshot.dimensions)
    list.push_back(one.name + "=" + one.value);
  return list;
}

TEST(Registry, NamesStandInTheOrderOfTheirNumbers) {
  ASSERT_EQ(metric_infos().size(), metric_count);
  Registry all = registry();
  Meter& meter = all.meter("s");
  for (std::size_t i = 0; i < metric_count; ++i)
    EXPECT_TRUE(all.measures(static_cast<MetricId>(i)));
  all.add(meter, MetricId::oldest_record_age, 1);
  all.add(meter, MetricId::user_records_per_request, 1);
  all.add(meter, MetricId::user_records_received, 1);
  EXPECT_EQ(only(all.total(start), metric::oldest_record_age).count, 1U);
  EXPECT_EQ(only(all.total(start), metric::user_records_per_request).count, 1U);
  EXPECT_EQ(only(all.total(start), metric::user_records_received).count, 1U);
}

TEST(Registry, TheLevelSelectsWhatIsMeasured) {
  Registry summary = registry(MetricsLevel::summary);
  Meter& meter = summary.meter("s");
  summary.add(meter, MetricId::user_records_put, 1);
  summary.add(meter, MetricId::user_records_data_put, 100);
  TimeTally time;
  time.add(5ms);
  summary.add(meter, MetricId::request_time, time);
  const auto read = summary.total(start);
  ASSERT_EQ(read.snapshots.size(), 1U);
  EXPECT_EQ(read.snapshots[0].name, metric::user_records_put);
}

TEST(Registry, TheGranularitySelectsTheDimensions) {
  const auto dimensions_at = [](MetricsGranularity granularity, std::string_view shard) {
    Registry one = registry(MetricsLevel::summary, granularity);
    one.add(one.meter("orders", shard), MetricId::user_records_put, 1);
    return values(only(one.total(start), metric::user_records_put));
  };
  EXPECT_THAT(dimensions_at(MetricsGranularity::global, "shard-1"), IsEmpty());
  EXPECT_THAT(dimensions_at(MetricsGranularity::stream, "shard-1"), ElementsAre("StreamName=orders"));
  EXPECT_THAT(dimensions_at(MetricsGranularity::shard, "shard-1"), ElementsAre("StreamName=orders", "ShardId=shard-1"));
  EXPECT_THAT(dimensions_at(MetricsGranularity::shard, ""), ElementsAre("StreamName=orders"));
}

TEST(Registry, AdditionalDimensionsStartAtTheirGranularity) {
  Registry one{{.level = MetricsLevel::detailed,
                .granularity = MetricsGranularity::shard,
                .additional_dimensions = {{"env", "prod", MetricsGranularity::global},
                                          {"host", "h1", MetricsGranularity::shard}},
                .start = start}};
  one.add(one.meter("orders"), MetricId::user_records_received, 1);
  one.add(one.meter("orders", "shard-1"), MetricId::user_records_put, 1);
  one.add_error(one.meter("orders", "shard-1"), "Throttled");
  EXPECT_THAT(values(only(one.total(start), metric::user_records_received)),
              ElementsAre("env=prod", "StreamName=orders"));
  EXPECT_THAT(values(only(one.total(start), metric::user_records_put)),
              ElementsAre("env=prod", "host=h1", "StreamName=orders", "ShardId=shard-1"));
  EXPECT_THAT(values(only(one.total(start), metric::errors_by_code)),
              ElementsAre("env=prod", "host=h1", "StreamName=orders", "ShardId=shard-1", "ErrorCode=Throttled"));
}

TEST(Registry, ErrorsCountByCodeAndTogether) {
  Registry one = registry(MetricsLevel::summary, MetricsGranularity::stream);
  Meter& meter = one.meter("orders");
  one.add_error(meter, "Throttled", 3);
  one.add_error(meter, "Internal");
  one.add_error(meter, "Throttled");
  EXPECT_EQ(only(one.total(start), metric::all_errors).count, 5U);
  std::map<std::string, double> by_code;
  for (const MetricSnapshot& snapshot : one.total(start).snapshots) {
    if (snapshot.name == metric::errors_by_code) by_code[std::string{*snapshot.dimension("ErrorCode")}] = snapshot.sum;
  }
  EXPECT_EQ(by_code, (std::map<std::string, double>{{"Internal", 1}, {"Throttled", 4}}));
}

TEST(Registry, AWindowHasItsSecondsAndTheRunningOne) {
  Registry one = registry();
  Meter& meter = one.meter("orders");
  for (int second = 0; second < 100; ++second) {
    one.set_time(start + second * 1s + 500ms);
    one.add(meter, MetricId::user_records_received, 1);
  }
  const TimePoint now = start + 99s + 700ms;
  EXPECT_EQ(only(one.window(1s, now), metric::user_records_received).count, 2U);
  EXPECT_EQ(only(one.window(10s, now), metric::user_records_received).count, 11U);
  EXPECT_EQ(only(one.window(60s, now), metric::user_records_received).count, 61U);
  EXPECT_EQ(one.window(10s, now).start, start + 89s);
  EXPECT_EQ(only(one.total(now), metric::user_records_received).count, 100U);
  EXPECT_THAT(one.window(10s, now + 5min).snapshots, IsEmpty());
}

TEST(Registry, AnExportHasExactlyWhatCameSinceTheLastOneThatWasTaken) {
  Registry one = registry();
  Meter& meter = one.meter("orders");
  const auto received = [&](const Registry::Read& read) {
    return read.snapshots.empty() ? 0.0 : only(read, metric::user_records_received).sum;
  };
  one.add(meter, MetricId::user_records_received, 1, 5);
  const auto first = one.begin_export(start + 1s);
  EXPECT_EQ(received(first), 5);
  EXPECT_EQ(first.start, start);
  one.add(meter, MetricId::user_records_received, 1, 2);  // while it is on its way
  one.end_export(false);
  const auto again = one.begin_export(start + 2s);
  EXPECT_EQ(received(again), 7);
  EXPECT_EQ(again.start, start);
  one.end_export(true);
  EXPECT_EQ(received(one.begin_export(start + 3s)), 0);
  one.end_export(true);
  one.add(meter, MetricId::user_records_received, 1);
  const auto last = one.begin_export(start + 4s);
  EXPECT_EQ(received(last), 1);
  EXPECT_EQ(last.start, start + 3s);
  one.end_export(true);
  EXPECT_EQ(received(one.total(start + 5s)), 8);
}

TEST(Registry, BucketsComeBackWithAnExportThatFailed) {
  Registry one = registry();
  Meter& meter = one.meter("orders");
  const auto add = [&](std::chrono::nanoseconds time) {
    TimeTally tally;
    tally.add(time);
    one.add(meter, MetricId::request_time, tally);
  };
  add(1ms);
  (void)one.begin_export(start);
  add(70s);
  one.end_export(false);
  const MetricSnapshot both = only(one.begin_export(start), metric::request_time);
  EXPECT_EQ(both.buckets.front(), 1U);
  EXPECT_EQ(both.buckets.back(), 1U);
  EXPECT_EQ(both.count, 2U);
  one.end_export(true);
  EXPECT_THAT(one.begin_export(start).snapshots, IsEmpty());
  EXPECT_EQ(only(one.total(start), metric::request_time).buckets.back(), 1U);
}

TEST(Registry, IsBoundedAndLosesNoValue) {
  Registry small{
      {.level = MetricsLevel::detailed, .granularity = MetricsGranularity::shard, .start = start, .most_series = 10}};
  for (int shard = 0; shard < 100; ++shard) {
    Meter& meter = small.meter("orders", "shard-" + std::to_string(shard));
    small.add(meter, MetricId::user_records_put, 1);
    small.add_error(meter, "code-" + std::to_string(shard));
  }
  const auto read = small.total(start);
  EXPECT_LT(read.snapshots.size(), 20U);
  EXPECT_GT(small.coarsened(), 0U);
  double put = 0;
  double errors = 0;
  for (const MetricSnapshot& one : read.snapshots) {
    if (one.name == metric::user_records_put) put += one.sum;
    if (one.name == metric::errors_by_code) errors += one.sum;
  }
  EXPECT_EQ(put, 100);
  EXPECT_EQ(errors, 100);
}

}  // namespace
}  // namespace aiokpl::metrics
