#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <aiokpl/error.hpp>

#include "sinks/prometheus/names.hpp"

namespace aiokpl::sinks {
namespace {

using testing::ElementsAre;
using testing::FieldsAre;

TEST(PrometheusNames, AreInSnakeCase) {
  EXPECT_EQ(snake_case("UserRecordsPut"), "user_records_put");
  EXPECT_EQ(snake_case("KinesisRecordsPerPutRecordsRequest"), "kinesis_records_per_put_records_request");
  EXPECT_EQ(snake_case("AWSRegion"), "aws_region");
  EXPECT_EQ(snake_case("availabilityZone2"), "availability_zone2");
  EXPECT_EQ(snake_case("host-name"), "host_name");
  EXPECT_EQ(snake_case("Host Name"), "host_name");
}

TEST(PrometheusNames, AreOnesThatPrometheusTakes) {
  EXPECT_EQ(snake_case("2nd"), "_2nd");
  EXPECT_EQ(snake_case("__name__"), "_name_");
  EXPECT_EQ(snake_case("gr\xc3\xb6\xc3\x9f"
                       "e"),
            "gr_e");
  EXPECT_EQ(snake_case("?"), "_");
  EXPECT_EQ(snake_case(""), "_");
}

TEST(PrometheusLabels, AreTheDimensionsInTheirOrder) {
  EXPECT_THAT(labels_of(std::vector<MetricDimension>{{"App", "till"}, {"StreamName", "orders"}, {"ShardId", "s-0"}}),
              ElementsAre(FieldsAre("app", "till"), FieldsAre("stream_name", "orders"), FieldsAre("shard_id", "s-0")));
}

// What `labels_of` says against these names.
std::string complaint(const std::vector<std::string>& names) {
  std::vector<MetricDimension> dimensions;
  for (const std::string& name : names)
    dimensions.push_back({name, "x"});
  try {
    static_cast<void>(labels_of(dimensions));
  } catch (const ConfigError& error) {
    EXPECT_EQ(error.problems().size(), 1U);
    return error.problems().front();
  }
  return {};
}

TEST(PrometheusLabels, AreRefusedWhenTwoBecomeOne) {
  EXPECT_EQ(
      complaint({"AppName", "Host", "app-name"}),
      "additional_dimensions: each must become a label of its own for Prometheus, got AppName and app-name, which "
      "both become app_name");
  EXPECT_EQ(
      complaint({"stream name", "StreamName"}),
      "additional_dimensions: each must become a label of its own for Prometheus, got stream name and StreamName, "
      "which both become stream_name");
}

TEST(PrometheusLabels, AreRefusedWhenTheyMeanSomethingElse) {
  EXPECT_EQ(complaint({"LE"}),
            "additional_dimensions: each must become a label of its own for Prometheus, got LE, which becomes the "
            "reserved label le");
  EXPECT_NE(complaint({"Quantile"}), "");
  EXPECT_EQ(complaint({"Level", "Job"}), "");
}

TEST(PrometheusShapes, HaveAHelpAndANameOfTheirOwn) {
  std::vector<std::string> names;
  for (const MetricInfo& info : metric_infos()) {
    const PrometheusShape shape =
        shape_of({.name = std::string{info.name}, .kind = info.kind, .unit = info.unit}, "aiokpl_");
    EXPECT_NE(shape.help, "") << info.name;
    EXPECT_EQ(shape.help.find_first_of("\\\n"), std::string::npos) << "would have to be escaped: " << info.name;
    names.push_back(shape.name);
  }
  EXPECT_THAT(
      names,
      ElementsAre("aiokpl_user_records_received_total", "aiokpl_user_records_pending", "aiokpl_user_records_put_total",
                  "aiokpl_user_records_data_put_bytes_total", "aiokpl_kinesis_records_put_total",
                  "aiokpl_kinesis_records_data_put_bytes_total", "aiokpl_errors_by_code_total",
                  "aiokpl_all_errors_total", "aiokpl_retries_per_record", "aiokpl_buffered_time_seconds",
                  "aiokpl_request_time_seconds", "aiokpl_delivery_time_seconds", "aiokpl_expired_records_total",
                  "aiokpl_oldest_record_age_seconds", "aiokpl_user_records_per_kinesis_record",
                  "aiokpl_kinesis_records_per_put_records_request", "aiokpl_user_records_per_put_records_request"));
}

}  // namespace
}  // namespace aiokpl::sinks
