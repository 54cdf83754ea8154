#include <array>
#include <fstream>
#include <numeric>
#include <sstream>

#include <gtest/gtest.h>

#include <aiokpl/metrics.hpp>

#include "metrics/tally.hpp"

namespace aiokpl {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::system_clock::time_point noon{};

MetricSnapshot times(const std::vector<std::chrono::milliseconds>& values) {
  metrics::TimeTally tally;
  for (const auto value : values)
    tally.add(value);
  const metrics::Totals totals = tally.totals();
  return {.name = std::string{metric::delivery_time},
          .kind = MetricKind::distribution,
          .unit = MetricUnit::milliseconds,
          .count = totals.count,
          .sum = totals.sum,
          .min = totals.min,
          .max = totals.max,
          .buckets = {tally.buckets().begin(), tally.buckets().end()}};
}

TEST(MetricInfos, AreFoundByTheirNames) {
  for (const MetricInfo& info : metric_infos()) {
    EXPECT_EQ(find_metric_info(info.name), &info);
    EXPECT_FALSE(info.meaning.empty());
    EXPECT_NE(info.level, MetricsLevel::none);
  }
  EXPECT_EQ(find_metric_info("UserRecordsLost"), nullptr);
}

TEST(MetricInfos, ArePrintedInTheManual) {
  std::ifstream file{AIOKPL_SOURCE_DIR "/docs/metrics.md"};
  std::stringstream manual;
  manual << file.rdbuf();
  const std::array kinds{"count", "distribution", "gauge"};
  const std::array units{"count", "bytes", "milliseconds"};
  const std::array levels{"none", "summary", "detailed"};
  const std::array granularities{"global", "stream", "shard"};
  for (const MetricInfo& info : metric_infos()) {
    std::ostringstream row;
    row << "| `" << info.name << "` | " << kinds[static_cast<std::size_t>(info.kind)]
        << (info.buckets ? ", buckets" : "") << " | " << units[static_cast<std::size_t>(info.unit)] << " | "
        << levels[static_cast<std::size_t>(info.level)] << " | "
        << granularities[static_cast<std::size_t>(info.granularity)] << " | " << info.meaning << " |\n";
    EXPECT_NE(manual.str().find(row.str()), std::string::npos) << row.str();
  }
}

TEST(MetricSnapshot, PercentilesAreWithinTheirBucket) {
  std::vector<std::chrono::milliseconds> values(1000);
  std::iota(values.begin(), values.end(), 1ms);
  const MetricSnapshot snapshot = times(values);
  for (const double share : {0.01, 0.1, 0.5, 0.9, 0.99, 0.999}) {
    const double truth = share * 1000;
    EXPECT_NEAR(*snapshot.percentile(share), truth, truth / 4) << share;
  }
  EXPECT_DOUBLE_EQ(*snapshot.percentile(0), 1);
  EXPECT_DOUBLE_EQ(*snapshot.percentile(1), 1000);
}

TEST(MetricSnapshot, PercentilesStayBetweenTheLeastAndTheGreatestValue) {
  const MetricSnapshot same = times({110ms, 110ms, 110ms});
  EXPECT_DOUBLE_EQ(*same.percentile(0.5), 110);
  const MetricSnapshot above_all = times({90'000ms, 120'000ms});
  EXPECT_GE(*above_all.percentile(0.01), 60'000);
  EXPECT_LE(*above_all.percentile(0.99), 120'000);
}

TEST(MetricSnapshot, WithoutBucketsThereAreNoPercentiles) {
  MetricSnapshot snapshot = times({1ms});
  snapshot.buckets.clear();
  EXPECT_EQ(snapshot.percentile(0.5), std::nullopt);
  EXPECT_EQ(MetricSnapshot{}.percentile(0.5), std::nullopt);
}

TEST(MetricSnapshot, MergesWhatWasCounted) {
  MetricSnapshot all = times({10ms, 20ms});
  all.window_start = noon + 10s;
  all.window_end = noon + 20s;
  MetricSnapshot more = times({5ms, 300ms, 301ms});
  more.window_start = noon;
  more.window_end = noon + 15s;
  all.merge(more);
  EXPECT_EQ(all.count, 5U);
  EXPECT_DOUBLE_EQ(all.sum, 636);
  EXPECT_DOUBLE_EQ(all.min, 5);
  EXPECT_DOUBLE_EQ(all.max, 301);
  EXPECT_EQ(all.window_start, noon);
  EXPECT_EQ(all.window_end, noon + 20s);
  EXPECT_EQ(std::accumulate(all.buckets.begin(), all.buckets.end(), 0ULL), 5U);
  all.merge(MetricSnapshot{.window_end = noon + 99s});
  EXPECT_EQ(all.window_end, noon + 20s) << "nothing was counted";
}

TEST(MetricSnapshot, StatesOfOneTimeAddUpAndAgesDoNot) {
  const auto state = [](MetricUnit unit, double last, std::chrono::seconds at) {
    return MetricSnapshot{.kind = MetricKind::gauge,
                          .unit = unit,
                          .count = 1,
                          .sum = last,
                          .min = last,
                          .max = last,
                          .last = last,
                          .window_end = noon + at};
  };
  MetricSnapshot pending;
  pending.kind = MetricKind::gauge;
  pending.merge(state(MetricUnit::count, 3, 10s));
  pending.merge(state(MetricUnit::count, 4, 10s));
  EXPECT_DOUBLE_EQ(pending.last, 7);
  pending.merge(state(MetricUnit::count, 1, 5s));
  EXPECT_DOUBLE_EQ(pending.last, 7) << "an older one";
  pending.merge(state(MetricUnit::count, 2, 20s));
  EXPECT_DOUBLE_EQ(pending.last, 2) << "a newer one";
  MetricSnapshot age = state(MetricUnit::milliseconds, 30, 10s);
  age.merge(state(MetricUnit::milliseconds, 20, 10s));
  EXPECT_DOUBLE_EQ(age.last, 30);
}

TEST(InMemorySink, KeepsEveryExport) {
  InMemorySink sink;
  MetricSnapshot put;
  put.name = "a";
  MetricSnapshot failed;
  failed.name = "b";
  sink.export_metrics(std::vector{put, failed});
  sink.export_metrics(std::vector{put});
  EXPECT_EQ(sink.exports().size(), 2U);
  EXPECT_EQ(sink.all_snapshots().size(), 3U);
  EXPECT_EQ(sink.by_name("a").size(), 2U);
  EXPECT_EQ(sink.by_name("c").size(), 0U);
  sink.clear();
  EXPECT_EQ(sink.exports().size(), 0U);
}

}  // namespace
}  // namespace aiokpl
