#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sinks/cloudwatch/requests.hpp"
#include "unit/sinks/cloudwatch_form.hpp"
#include "unit/sinks/sample_snapshots.hpp"

namespace aiokpl::sinks {
namespace {

using test::Fields;
using testing::ElementsAre;
using testing::Ge;
using testing::IsEmpty;
using testing::SizeIs;

const MetricDimension orders{"StreamName", "orders"};

std::vector<std::string> write(const std::vector<MetricSnapshot>& series, RequestSettings settings = {"app"}) {
  return put_metric_data(series, settings);
}

std::vector<std::string> names_in(const std::vector<MetricSnapshot>& series, CloudWatchNames names) {
  std::vector<std::string> found;
  for (const std::string& body : write(series, {"app", names})) {
    for (const Fields& datum : test::data_of(body))
      found.push_back(datum.at("MetricName"));
  }
  return found;
}

TEST(CloudWatchRequests, AreFormsOfTheQueryApi) {
  const auto bodies = write({test::sample(metric::user_records_put, {orders}, {1, 1, 0, 1})}, {"my app/kinesis#1"});
  EXPECT_THAT(bodies, ElementsAre("Action=PutMetricData&Version=2010-08-01&Namespace=my%20app%2Fkinesis%231"
                                  "&MetricData.member.1.MetricName=UserRecordsPut"
                                  "&MetricData.member.1.Dimensions.member.1.Name=StreamName"
                                  "&MetricData.member.1.Dimensions.member.1.Value=orders"
                                  "&MetricData.member.1.Timestamp=2026-01-31T12%3A00%3A00Z"
                                  "&MetricData.member.1.Unit=Count"
                                  "&MetricData.member.1.StatisticValues.SampleCount=4"
                                  "&MetricData.member.1.StatisticValues.Sum=3"
                                  "&MetricData.member.1.StatisticValues.Minimum=0"
                                  "&MetricData.member.1.StatisticValues.Maximum=1"));
  EXPECT_THAT(write({}), IsEmpty());
}

TEST(CloudWatchRequests, HaveValuesWhereThereAreBuckets) {
  const auto bodies = write({test::sample(metric::request_time, {}, {8.25, 31, 31, 40})}, {"app", {}, true});
  ASSERT_THAT(bodies, SizeIs(1));
  EXPECT_THAT(test::data_of(bodies[0]), ElementsAre(Fields{{"MetricName", "RequestTime"},
                                                           {"Timestamp", "2026-01-31T12:00:00Z"},
                                                           {"Unit", "Milliseconds"},
                                                           {"Values.member.1", "8.25"},
                                                           {"Counts.member.1", "1"},
                                                           {"Values.member.2", "31"},
                                                           {"Counts.member.2", "2"},
                                                           {"Values.member.3", "40"},
                                                           {"Counts.member.3", "1"},
                                                           {"StorageResolution", "1"}}));
}

TEST(CloudWatchRequests, SayWhichUnit) {
  const auto unit = [](std::string_view name) {
    return test::data_of(write({test::sample(name, {}, {1})}).at(0)).at(0).at("Unit");
  };
  EXPECT_EQ(unit(metric::user_records_data_put), "Bytes");
  EXPECT_EQ(unit(metric::retries_per_record), "Count");
  EXPECT_EQ(unit(metric::oldest_record_age), "Milliseconds");
}

TEST(CloudWatchRequests, SpellNamesAsAsked) {
  const std::vector<MetricSnapshot> series{test::sample(metric::buffered_time, {}, {1}),
                                           test::sample(metric::expired_records, {}, {1}),
                                           test::sample(metric::all_errors, {}, {1})};
  EXPECT_THAT(names_in(series, CloudWatchNames::both),
              ElementsAre("BufferedTime", "BufferingTime", "ExpiredRecords", "UserRecordExpired", "AllErrors"));
  EXPECT_THAT(names_in(series, CloudWatchNames::page), ElementsAre("BufferedTime", "ExpiredRecords", "AllErrors"));
  EXPECT_THAT(names_in(series, CloudWatchNames::kpl), ElementsAre("BufferingTime", "UserRecordExpired", "AllErrors"));
}

TEST(CloudWatchRequests, NumbersSurviveTheForm) {
  MetricSnapshot series = test::sample(metric::user_records_data_put, {}, {1});
  series.sum = 1e23;
  series.max = 0.1 + 0.2;
  series.count = 18'446'744'073'709'551'615U;
  const Fields datum = test::data_of(write({series}).at(0)).at(0);
  EXPECT_EQ(std::strtod(datum.at("StatisticValues.Sum").c_str(), nullptr), 1e23);
  EXPECT_EQ(std::strtod(datum.at("StatisticValues.Maximum").c_str(), nullptr), 0.1 + 0.2);
  EXPECT_EQ(datum.at("StatisticValues.SampleCount"), "18446744073709551615");
}

TEST(CloudWatchRequests, HaveOnlyDimensionValuesThatTheServiceTakes) {
  const auto value = [](std::string text) {
    const auto bodies = write({test::sample(metric::errors_by_code, {{"ErrorCode", std::move(text)}}, {1})});
    return test::data_of(bodies.at(0)).at(0).at("Dimensions.member.1.Value");
  };
  EXPECT_EQ(value("a&b=c d%+"), "a&b=c d%+");
  EXPECT_EQ(value("tab\tnul" + std::string(1, '\0') + "\xC3\xA4"), "tab?nul???");
  EXPECT_EQ(value(""), "-");
  EXPECT_EQ(value("  "), "-");
  EXPECT_EQ(value(std::string(2000, 'x')), std::string(1024, 'x'));
}

std::vector<MetricSnapshot> shards(std::string_view name, int count, const std::string& stream = "orders") {
  std::vector<MetricSnapshot> series;
  for (int i = 0; i < count; ++i)
    series.push_back(test::sample(name, {{"StreamName", stream}, {"ShardId", std::to_string(i)}}, {1}));
  return series;
}

TEST(CloudWatchRequests, HaveAThousandDataAtMost) {
  EXPECT_THAT(write(shards(metric::all_errors, 1000)), SizeIs(1));
  const auto bodies = write(shards(metric::all_errors, 2001));
  ASSERT_THAT(bodies, SizeIs(3));
  std::set<std::string> seen;
  for (const std::string& body : bodies) {
    EXPECT_TRUE(body.starts_with("Action=PutMetricData&Version=2010-08-01&Namespace=app&MetricData.member.1."));
    for (const Fields& datum : test::data_of(body))
      EXPECT_TRUE(seen.insert(datum.at("Dimensions.member.2.Value")).second);
  }
  EXPECT_THAT(test::data_of(bodies[1]), SizeIs(1000));
  EXPECT_THAT(test::data_of(bodies[2]), SizeIs(1));
  EXPECT_THAT(seen, SizeIs(2001));
}

TEST(CloudWatchRequests, StayBelowAMegabyte) {
  // Three bytes for each of the value's: some 3 KB a datum, so that not even four hundred fit.
  const auto bodies = write(shards(metric::all_errors, 900, std::string(1000, '/')));
  ASSERT_THAT(bodies, SizeIs(Ge(3U)));
  std::size_t data = 0;
  for (const std::string& body : bodies) {
    EXPECT_LE(body.size(), 1'000'000U);
    data += test::data_of(body).size();
  }
  EXPECT_EQ(data, 900U);
  for (std::size_t i = 0; i + 1 < bodies.size(); ++i)
    EXPECT_GT(bodies[i].size(), 990'000U) << "as few requests as the limit allows";
}

TEST(CloudWatchRequests, AreCompressedWhereItPays) {
  const std::string small = write({test::sample(metric::all_errors, {}, {1})}).at(0);
  EXPECT_EQ(pack(small), small);
  EXPECT_FALSE(is_packed(small));
  const std::string large = write(shards(metric::all_errors, 100)).at(0);
  const std::string packed = pack(large);
  EXPECT_TRUE(is_packed(packed));
  EXPECT_LT(packed.size(), large.size() / 5);
}

}  // namespace
}  // namespace aiokpl::sinks
