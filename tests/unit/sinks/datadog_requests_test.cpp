#include <chrono>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sinks/datadog/requests.hpp"
#include "unit/sinks/inflated.hpp"
#include "unit/sinks/sample_snapshots.hpp"

namespace aiokpl::sinks {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::inflated;
using test::sample;
using testing::SizeIs;

constexpr std::int64_t sample_second = 1'769'860'800;

std::vector<DatadogRequest> requests_of(const std::vector<MetricSnapshot>& snapshots,
                                        const DatadogRequestOptions& options = {}, std::vector<std::string> tags = {}) {
  Gathering gathering{"aiokpl.", std::move(tags)};
  gathering.add(snapshots);
  EXPECT_TRUE(gathering.due());
  const std::int64_t second = gathering.second();
  return make_requests(gathering.take(), second, options);
}

/// Every element that an intake gets, by all of its requests.
json elements_for(DatadogIntake intake, const std::vector<DatadogRequest>& requests) {
  json elements = json::array();
  for (const DatadogRequest& request : requests) {
    if (request.intake != intake) continue;
    const json body = json::parse(inflated(request.body));
    for (const json& element : body.at("series"))
      elements.push_back(element);
  }
  return elements;
}

TEST(DatadogRequests, MakeACountOfACount) {
  const auto requests =
      requests_of({sample(metric::user_records_data_put, {{"StreamName", "orders"}}, {120'000, 4'096})},
                  {.host = "h-1"}, {"env:prod"});
  ASSERT_THAT(requests, SizeIs(1));
  EXPECT_EQ(path_of(requests[0].intake), "/api/v2/series");
  EXPECT_EQ(json::parse(inflated(requests[0].body)), json::parse(R"({"series": [{
      "metric": "aiokpl.UserRecordsDataPut", "type": 1, "interval": 60, "unit": "byte",
      "points": [{"timestamp": 1769860800, "value": 124096}],
      "tags": ["env:prod", "stream_name:orders"],
      "resources": [{"name": "h-1", "type": "host"}]}]})"));
}

TEST(DatadogRequests, MakeAGaugeOfAGauge) {
  const auto requests = requests_of({sample(metric::oldest_record_age, {}, {180.5, 95})});
  ASSERT_THAT(requests, SizeIs(1));
  EXPECT_EQ(json::parse(inflated(requests[0].body)), json::parse(R"({"series": [{
      "metric": "aiokpl.OldestRecordAge", "type": 3, "unit": "millisecond",
      "points": [{"timestamp": 1769860800, "value": 95}], "tags": []}]})"));
}

TEST(DatadogRequests, MakeADistributionAndACountOfADistribution) {
  const auto requests =
      requests_of({sample(metric::request_time, {{"StreamName", "orders"}}, {31, 8.25})}, {.host = "h-1"});
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_EQ(json::parse(inflated(requests[0].body)), json::parse(R"({"series": [{
      "metric": "aiokpl.RequestTime.count", "type": 1, "interval": 60,
      "points": [{"timestamp": 1769860800, "value": 2}], "tags": ["stream_name:orders"],
      "resources": [{"name": "h-1", "type": "host"}]}]})"));
  EXPECT_EQ(path_of(requests[1].intake), "/api/v1/distribution_points");
  EXPECT_EQ(json::parse(inflated(requests[1].body)), json::parse(R"({"series": [{
      "metric": "aiokpl.RequestTime", "type": "distribution",
      "points": [[1769860800, [8.25, 31]]], "tags": ["stream_name:orders"], "host": "h-1"}]})"));
}

TEST(DatadogRequests, BoundTheValuesOfADistributionButNotTheirCount) {
  const auto requests =
      requests_of({sample(metric::delivery_time, {}, std::vector<double>(500, 20))}, {.max_values_per_point = 30});
  EXPECT_EQ(elements_for(DatadogIntake::series, requests)[0]["points"][0]["value"], 500);
  EXPECT_EQ(elements_for(DatadogIntake::distributions, requests)[0]["points"][0][1], json(std::vector<int>(30, 20)));
}

TEST(DatadogRequests, WriteTextsAsJson) {
  MetricSnapshot odd = sample(metric::user_records_put, {}, {1});
  const auto requests = requests_of({odd}, {.host = "a\"b\\c\x01"});
  EXPECT_EQ(elements_for(DatadogIntake::series, requests)[0]["resources"][0]["name"], "a\"b\\c\x01");
}

TEST(DatadogRequests, CoverAllSamplesOnce) {
  const auto snapshots = test::sample_snapshots();
  const auto requests = requests_of(snapshots);
  EXPECT_THAT(requests, SizeIs(2));
  EXPECT_EQ(elements_for(DatadogIntake::series, requests).size(), snapshots.size());
  double put = 0;
  for (const json& element : elements_for(DatadogIntake::series, requests)) {
    if (element["metric"] == "aiokpl.UserRecordsPut") put += element["points"][0]["value"].get<double>();
  }
  EXPECT_EQ(put, 600 + 3 + 1);
}

std::vector<MetricSnapshot> many_series(int number) {
  std::vector<MetricSnapshot> snapshots;
  for (int i = 0; i < number; ++i)
    snapshots.push_back(sample(metric::user_records_put, {{"StreamName", "s" + std::to_string(i)}}, {1.0 * i}));
  return snapshots;
}

TEST(DatadogRequests, AreSplitWhereOneWouldBeTooLarge) {
  const auto snapshots = many_series(1'000);
  for (const DatadogRequestOptions& options :
       {DatadogRequestOptions{.most_bytes = 10'000}, DatadogRequestOptions{.most_compressed_bytes = 1'000}}) {
    const auto requests = requests_of(snapshots, options);
    EXPECT_GT(requests.size(), 4U);
    for (const DatadogRequest& request : requests) {
      EXPECT_LE(request.body.size(), options.most_compressed_bytes);
      EXPECT_LE(inflated(request.body).size(), options.most_bytes);
    }
    std::set<std::string> streams;
    const json elements = elements_for(DatadogIntake::series, requests);
    for (const json& element : elements)
      streams.insert(element["tags"][0].get<std::string>());
    EXPECT_EQ(elements.size(), 1'000U);
    EXPECT_EQ(streams.size(), 1'000U);
  }
}

TEST(DatadogRequests, HoldASeriesThatIsTooLargeAloneAllTheSame) {
  EXPECT_THAT(requests_of(many_series(3), {.most_bytes = 10}), SizeIs(3));
  EXPECT_THAT(requests_of(many_series(3), {.most_compressed_bytes = 10}), SizeIs(3));
}

TEST(Gathering, AddsUpSeriesThatDatadogWouldTakeForOne) {
  const auto requests = requests_of({sample(metric::user_records_put, {{"StreamName", "Orders"}}, {5}),
                                     sample(metric::user_records_put, {{"StreamName", "orders"}}, {7}),
                                     sample(metric::user_records_put, {{"StreamName", "other"}}, {1})});
  const json elements = elements_for(DatadogIntake::series, requests);
  ASSERT_EQ(elements.size(), 2U);
  EXPECT_EQ(elements[0]["points"][0]["value"], 12);
  EXPECT_EQ(elements[1]["points"][0]["value"], 1);
}

TEST(Gathering, LeavesOutWhatHasNoValuesAndWhatIsNoNumber) {
  MetricSnapshot endless = sample(metric::request_time, {}, {1, 2});
  endless.sum = std::numeric_limits<double>::infinity();
  Gathering gathering{"aiokpl.", {}};
  gathering.add(std::vector{sample(metric::request_time, {}, {}), endless});
  EXPECT_TRUE(gathering.empty());
  EXPECT_FALSE(gathering.due());
}

// Of two points for the same second Datadog would keep the last.
TEST(Gathering, WaitsForASecondThatWasNotSent) {
  const auto at = [](std::chrono::milliseconds time, double value) {
    MetricSnapshot one = sample(metric::user_records_put, {}, {value});
    one.window_end = test::sample_end + time;
    one.window_start = one.window_end - 400ms;
    return std::vector{one};
  };
  Gathering gathering{"aiokpl.", {}};
  gathering.add(at(100ms, 1));
  ASSERT_TRUE(gathering.due());
  EXPECT_EQ(gathering.second(), sample_second);
  EXPECT_EQ(gathering.take()[0].data.sum, 1);
  EXPECT_TRUE(gathering.empty());

  gathering.add(at(500ms, 2));
  EXPECT_FALSE(gathering.due());
  gathering.add(at(900ms, 4));
  EXPECT_FALSE(gathering.due());
  gathering.add(at(1'300ms, 8));
  ASSERT_TRUE(gathering.due());
  EXPECT_EQ(gathering.second(), sample_second + 1);
  EXPECT_EQ(gathering.take()[0].data.sum, 14);

  // Another producer, that is late.
  gathering.add(at(200ms, 16));
  EXPECT_FALSE(gathering.due());
  gathering.make_due();
  ASSERT_TRUE(gathering.due());
  EXPECT_EQ(gathering.second(), sample_second + 2);
  EXPECT_EQ(gathering.take()[0].data.sum, 16);

  // A clock that was set back.
  gathering.add(at(-1h, 32));
  ASSERT_TRUE(gathering.due());
  EXPECT_EQ(gathering.second(), sample_second - 3'600);
}

}  // namespace
}  // namespace aiokpl::sinks
