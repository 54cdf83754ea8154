#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <aiokpl/version.hpp>

#include "sinks/opentelemetry/otlp_encoder.hpp"
#include "unit/sinks/otlp_reader.hpp"
#include "unit/sinks/sample_snapshots.hpp"

namespace aiokpl::sinks {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;
using TimePoint = std::chrono::system_clock::time_point;

constexpr std::uint64_t delta = 1;
constexpr std::uint64_t cumulative = 2;
constexpr std::uint64_t is_gauge = 5;
constexpr std::uint64_t is_sum = 7;
constexpr std::uint64_t is_histogram = 9;

std::uint64_t nanoseconds(TimePoint time) {
  return static_cast<std::uint64_t>(std::chrono::nanoseconds{time.time_since_epoch()}.count());
}

// The same series a minute later.
std::vector<MetricSnapshot> a_minute_later(std::vector<MetricSnapshot> snapshots) {
  for (MetricSnapshot& snapshot : snapshots) {
    snapshot.window_start += 1min;
    snapshot.window_end += 1min;
  }
  return snapshots;
}

class OtlpEncoderTest : public testing::Test {
 protected:
  static OtlpEncoder make(OtlpTemporality temporality) {
    return OtlpEncoder{{.resource = {{"service.name", "shop"}}, .instrument_prefix = "p.", .temporality = temporality}};
  }
  // Of what is one request.
  static test::OtlpRequest encode(OtlpEncoder& encoder, const std::vector<MetricSnapshot>& snapshots,
                                  TimePoint now = test::sample_end) {
    const std::vector<std::string> bodies = encoder.encode(snapshots, now);
    EXPECT_EQ(bodies.size(), 1U);
    return test::read_otlp_request(bodies.at(0));
  }
};

TEST_F(OtlpEncoderTest, SaysWhoSendsAndWithWhat) {
  OtlpEncoder encoder = make(OtlpTemporality::delta);
  const test::OtlpRequest request = encode(encoder, test::sample_snapshots());
  EXPECT_THAT(request.resource, ElementsAre(Pair("service.name", "shop")));
  EXPECT_EQ(request.scope_name, "aiokpl");
  EXPECT_EQ(request.scope_version, version);
}

TEST_F(OtlpEncoderTest, TellsOfEachMetricOnceWithItsUnitAndMeaning) {
  OtlpEncoder encoder = make(OtlpTemporality::cumulative);
  const test::OtlpRequest request = encode(encoder, test::sample_snapshots());
  std::set<std::string> names;
  std::set<std::string> fed;
  for (const MetricSnapshot& snapshot : test::sample_snapshots())
    fed.insert("p." + snapshot.name);
  for (const test::OtlpMetric& one : request.metrics) {
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
    ASSERT_TRUE(one.name.starts_with("p."));
    EXPECT_EQ(one.description, find_metric_info(one.name.substr(2))->meaning);
  }
  EXPECT_EQ(names, fed);
  EXPECT_EQ(request.metric("p.UserRecordsPut").unit, "{record}");
  EXPECT_EQ(request.metric("p.UserRecordsDataPut").unit, "By");
  EXPECT_EQ(request.metric("p.BufferedTime").unit, "ms");
  EXPECT_EQ(request.metric("p.AllErrors").unit, "{error}");
  EXPECT_EQ(request.metric("p.RetriesPerRecord").unit, "{retry}");
}

TEST_F(OtlpEncoderTest, ACountIsAMonotonicSumOfItsWindow) {
  OtlpEncoder encoder = make(OtlpTemporality::delta);
  const test::OtlpRequest request = encode(encoder, test::sample_snapshots());
  const test::OtlpMetric& put = request.metric("p.UserRecordsPut");
  EXPECT_EQ(put.type, is_sum);
  EXPECT_EQ(put.temporality, delta);
  EXPECT_TRUE(put.monotonic);
  ASSERT_EQ(put.points.size(), 3U);
  const test::OtlpPoint& point = put.point("ShardId", "shardId-000000000001");
  EXPECT_THAT(point.attributes,
              UnorderedElementsAre(Pair("StreamName", "orders"), Pair("ShardId", "shardId-000000000001")));
  EXPECT_EQ(point.as_int, 3);
  EXPECT_EQ(point.as_double, std::nullopt);
  EXPECT_EQ(point.start, nanoseconds(test::sample_start));
  EXPECT_EQ(point.time, nanoseconds(test::sample_end));
}

TEST_F(OtlpEncoderTest, ADistributionIsAHistogramWithOurBounds) {
  OtlpEncoder encoder = make(OtlpTemporality::delta);
  const test::OtlpRequest request = encode(encoder, test::sample_snapshots());
  const test::OtlpMetric& buffered = request.metric("p.BufferedTime");
  EXPECT_EQ(buffered.type, is_histogram);
  EXPECT_EQ(buffered.temporality, delta);
  const test::OtlpPoint& point = buffered.point("ShardId", "shardId-000000000000");
  EXPECT_EQ(point.count, 5U);
  EXPECT_DOUBLE_EQ(point.sum, 312.4);
  EXPECT_EQ(point.min, 0.4);
  EXPECT_EQ(point.max, 100.5);
  const auto bounds = metric_bucket_bounds();
  EXPECT_EQ(point.bounds, std::vector<double>(bounds.begin(), bounds.end()));
  ASSERT_EQ(point.bucket_counts.size(), bounds.size() + 1);
  // 100 is the upper bound of its bucket, and inside.
  const auto hundred = static_cast<std::size_t>(std::ranges::find(bounds, 100) - bounds.begin());
  EXPECT_EQ(point.bucket_counts[hundred], 2U);
  EXPECT_EQ(point.bucket_counts[hundred + 1], 1U);
}

TEST_F(OtlpEncoderTest, ADistributionWithoutBucketsHasOneBucket) {
  OtlpEncoder encoder = make(OtlpTemporality::delta);
  const test::OtlpRequest request = encode(encoder, test::sample_snapshots());
  const test::OtlpPoint& point = request.metric("p.RetriesPerRecord").points.at(0);
  EXPECT_THAT(point.bounds, IsEmpty());
  EXPECT_THAT(point.bucket_counts, ElementsAre(4U));
  EXPECT_EQ(point.min, 0);  // written though it is zero
  EXPECT_EQ(point.max, 3);
}

TEST_F(OtlpEncoderTest, PendingRecordsAreASumThatFallsAndIsTheLastState) {
  for (const OtlpTemporality temporality : {OtlpTemporality::delta, OtlpTemporality::cumulative}) {
    OtlpEncoder encoder = make(temporality);
    const test::OtlpRequest request = encode(encoder, test::sample_snapshots());
    const test::OtlpMetric& pending = request.metric("p.UserRecordsPending");
    EXPECT_EQ(pending.type, is_sum);
    EXPECT_EQ(pending.temporality, cumulative);
    EXPECT_FALSE(pending.monotonic);
    EXPECT_EQ(pending.point("StreamName", "orders").as_int, 30);
    EXPECT_EQ(pending.point("StreamName", "audit").as_int, 0);

    auto later = a_minute_later({test::sample(metric::user_records_pending, {{"StreamName", "orders"}}, {50, 4})});
    const test::OtlpRequest second = encode(encoder, later);
    const test::OtlpPoint& point = second.metric("p.UserRecordsPending").point("StreamName", "orders");
    EXPECT_EQ(point.as_int, 4);
    EXPECT_EQ(point.start, nanoseconds(test::sample_start));
    EXPECT_EQ(point.time, nanoseconds(test::sample_end + 1min));
  }
}

TEST_F(OtlpEncoderTest, AnAgeIsAGauge) {
  OtlpEncoder encoder = make(OtlpTemporality::cumulative);
  const test::OtlpRequest request = encode(encoder, test::sample_snapshots());
  const test::OtlpMetric& age = request.metric("p.OldestRecordAge");
  EXPECT_EQ(age.type, is_gauge);
  EXPECT_EQ(age.temporality, 0U);
  EXPECT_EQ(age.points.at(0).as_double, 95);
  EXPECT_EQ(age.points.at(0).start, 0U);
  // Nobody looked, so nothing is known.
  EXPECT_THROW((void)encode(encoder, {}, test::sample_end + 1min).metric("p.OldestRecordAge"), std::runtime_error);
}

TEST_F(OtlpEncoderTest, DeltasAreOfTheirWindowAlone) {
  OtlpEncoder encoder = make(OtlpTemporality::delta);
  (void)encode(encoder, test::sample_snapshots());
  const test::OtlpRequest second = encode(encoder, a_minute_later(test::sample_snapshots()));
  const test::OtlpPoint& point = second.metric("p.UserRecordsReceived").point("StreamName", "orders");
  EXPECT_EQ(point.as_int, 1200);
  EXPECT_EQ(point.start, nanoseconds(test::sample_end));
  EXPECT_EQ(second.metric("p.DeliveryTime").points.at(0).count, 4U);
  EXPECT_EQ(encoder.remembered(), 2U);  // the two streams' pending records
}

TEST_F(OtlpEncoderTest, CumulativeSeriesAddUpFromOneStart) {
  OtlpEncoder encoder = make(OtlpTemporality::cumulative);
  (void)encode(encoder, test::sample_snapshots());
  auto later = a_minute_later(test::sample_snapshots());
  later.push_back(
      a_minute_later({test::sample(metric::delivery_time, {{"StreamName", "orders"}, {"ShardId", "x"}}, {7})}).at(0));
  const test::OtlpRequest second = encode(encoder, later);
  const test::OtlpMetric& received = second.metric("p.UserRecordsReceived");
  EXPECT_EQ(received.temporality, cumulative);
  EXPECT_EQ(received.point("StreamName", "orders").as_int, 2400);
  EXPECT_EQ(received.point("StreamName", "orders").start, nanoseconds(test::sample_start));
  EXPECT_EQ(received.point("StreamName", "orders").time, nanoseconds(test::sample_end + 1min));
  const test::OtlpPoint& delivery = second.metric("p.DeliveryTime").point("ShardId", "shardId-000000000000");
  EXPECT_EQ(delivery.count, 8U);
  EXPECT_DOUBLE_EQ(delivery.sum, 2 * (20 + 130.5 + 130.5 + 2400));
  std::uint64_t in_buckets = 0;
  for (const std::uint64_t bucket : delivery.bucket_counts)
    in_buckets += bucket;
  EXPECT_EQ(in_buckets, 8U);
  // The new one began with its own first window.
  EXPECT_EQ(second.metric("p.DeliveryTime").point("ShardId", "x").start, nanoseconds(test::sample_end));
}

TEST_F(OtlpEncoderTest, CumulativeSeriesAreToldOfThoughNothingCame) {
  OtlpEncoder encoder = make(OtlpTemporality::cumulative);
  const test::OtlpRequest first = encode(encoder, test::sample_snapshots());
  const test::OtlpRequest second = encode(encoder, {}, test::sample_end + 5min);
  const test::OtlpPoint& point = second.metric("p.UserRecordsReceived").point("StreamName", "audit");
  EXPECT_EQ(point.as_int, 7);
  EXPECT_EQ(point.time, nanoseconds(test::sample_end + 5min));
  EXPECT_EQ(second.metrics.size(), first.metrics.size() - 1);  // all but the gauge
}

TEST_F(OtlpEncoderTest, NothingIsNoRequest) {
  OtlpEncoder encoder = make(OtlpTemporality::delta);
  EXPECT_THAT(encoder.encode({}, test::sample_end), IsEmpty());
  const MetricSnapshot without_values = test::sample(metric::user_records_put, {}, {});
  EXPECT_THAT(encoder.encode(std::vector{without_values}, test::sample_end), IsEmpty());
}

TEST_F(OtlpEncoderTest, ASeriesNeverBeginsEarlierThanItSaidNorGoesBack) {
  OtlpEncoder encoder = make(OtlpTemporality::cumulative);
  MetricSnapshot received = test::sample(metric::user_records_received, {}, {5});
  (void)encode(encoder, {received});
  // Another producer of the same sink, that gathered for longer and ended earlier.
  received.window_start -= 10min;
  received.window_end -= 1s;
  const test::OtlpRequest second = encode(encoder, {received});
  const test::OtlpPoint& point = second.metric("p.UserRecordsReceived").points.at(0);
  EXPECT_EQ(point.as_int, 10);
  EXPECT_EQ(point.start, nanoseconds(test::sample_start));
  EXPECT_EQ(point.time, nanoseconds(test::sample_end));
}

TEST_F(OtlpEncoderTest, AStateIsTheOneThatWasExportedLast) {
  OtlpEncoder encoder = make(OtlpTemporality::delta);
  MetricSnapshot pending = test::sample(metric::user_records_pending, {}, {40});
  (void)encode(encoder, {pending});
  // Another producer's: of the same time, and of an earlier one. States of two are not added up.
  pending.last = 9;
  EXPECT_EQ(encode(encoder, {pending}).metric("p.UserRecordsPending").points.at(0).as_int, 9);
  pending.last = 8;
  pending.window_end -= 1s;
  EXPECT_EQ(encode(encoder, {pending}).metric("p.UserRecordsPending").points.at(0).as_int, 8);
}

TEST_F(OtlpEncoderTest, LargeExportsAreSeveralRequestsWithEachPointOnce) {
  constexpr std::size_t most = 5000;
  OtlpEncoder encoder{{.resource = {{"service.name", "shop"}}, .most_bytes = most}};
  std::vector<MetricSnapshot> snapshots;
  for (int stream = 0; stream < 200; ++stream) {
    const std::vector<MetricDimension> dimensions{{"StreamName", std::to_string(stream)}};
    snapshots.push_back(test::sample(metric::user_records_received, dimensions, {1.0 * stream}));
    snapshots.push_back(test::sample(metric::request_time, dimensions, {2}));
  }
  const std::vector<std::string> bodies = encoder.encode(snapshots, test::sample_end);
  EXPECT_GT(bodies.size(), 20U);
  std::set<std::pair<std::string, std::string>> seen;
  for (const std::string& body : bodies) {
    EXPECT_LT(body.size(), most + 500);
    const test::OtlpRequest request = test::read_otlp_request(body);
    EXPECT_EQ(request.resource.size(), 1U);
    EXPECT_EQ(request.scope_name, "aiokpl");
    for (const test::OtlpMetric& one : request.metrics) {
      EXPECT_EQ(one.temporality, cumulative);
      for (const test::OtlpPoint& point : one.points)
        EXPECT_TRUE(seen.emplace(one.name, point.attributes.at("StreamName")).second);
    }
  }
  EXPECT_EQ(seen.size(), snapshots.size());
}

TEST_F(OtlpEncoderTest, WhatIsNotUtf8DoesNotSpoilARequest) {
  OtlpEncoder encoder = make(OtlpTemporality::delta);
  const test::OtlpRequest request =
      encode(encoder, {test::sample(metric::user_records_received, {{"team", "k\xE4se"}, {"t2", "k\xC3\xA4se"}}, {1})});
  EXPECT_THAT(request.metrics.at(0).points.at(0).attributes,
              UnorderedElementsAre(Pair("team", "k?se"), Pair("t2", "k\xC3\xA4se")));
}

TEST_F(OtlpEncoderTest, AMetricThatNobodyKnowsIsSentAsItSaysItIs) {
  OtlpEncoder encoder = make(OtlpTemporality::delta);
  MetricSnapshot own = test::sample(metric::user_records_received, {}, {2});
  own.name = "Own";
  const test::OtlpRequest request = encode(encoder, {own});
  EXPECT_EQ(request.metric("p.Own").unit, "1");
  EXPECT_EQ(request.metric("p.Own").points.at(0).as_int, 2);
}

}  // namespace
}  // namespace aiokpl::sinks
