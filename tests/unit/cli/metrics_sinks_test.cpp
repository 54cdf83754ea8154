#include "cli/metrics_sinks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <aiokpl/prometheus_sink.hpp>

#include "cli/exit_status.hpp"
#include "unit/sinks/sample_snapshots.hpp"

namespace aiokpl::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string refusal(const std::string& text) {
  try {
    (void)make_metrics_sink(text);
  } catch (const CommandError& error) {
    EXPECT_EQ(error.status(), ExitStatus::usage);
    return error.what();
  }
  return {};
}

TEST(MetricsSinks, UnknownOnesAreToldWhatThereIs) {
  EXPECT_THAT(refusal("graphite"),
              AllOf(HasSubstr("--metrics-sink: must be stderr, cloudwatch"), HasSubstr("'graphite'")));
  EXPECT_THAT(refusal("stderr:x"), HasSubstr("stderr takes nothing after it"));
  EXPECT_THAT(refusal("prometheus:http"), HasSubstr("prometheus takes a port"));
  EXPECT_THAT(refusal("prometheus:70000"), HasSubstr("prometheus takes a port"));
  EXPECT_THAT(refusal("cloudwatch:AWS/Mine"), AllOf(HasSubstr("--metrics-sink cloudwatch: "), HasSubstr("AWS/Mine")));
  EXPECT_THAT(refusal("opentelemetry:not a url"), HasSubstr("--metrics-sink opentelemetry: "));
}

TEST(MetricsSinks, PrometheusListensWhereItIsTold) {
  const auto sink = make_metrics_sink("prometheus:127.0.0.1:0");
  const auto& first = dynamic_cast<const PrometheusSink&>(*sink);
  ASSERT_NE(first.port(), 0);
  EXPECT_THAT(refusal("prometheus:" + std::to_string(first.port())), HasSubstr(std::to_string(first.port())));
}

TEST(MetricsSinks, SeriesAreShownInALine) {
  using test::sample;
  EXPECT_EQ(show_snapshot(sample(metric::user_records_put, {{"StreamName", "orders"}}, {1, 1, 0})),
            "UserRecordsPut StreamName=orders 2");
  EXPECT_EQ(show_snapshot(sample(metric::errors_by_code, {{"ErrorCode", "a\nb"}}, {1})),
            "ErrorsByCode ErrorCode=a b 1");
  EXPECT_EQ(show_snapshot(sample(metric::oldest_record_age, {}, {30, 20})), "OldestRecordAge 20 ms");
  EXPECT_EQ(show_snapshot(sample(metric::retries_per_record, {}, {0, 1})),
            "RetriesPerRecord 2 values, mean 0.5, 0 to 1");
  EXPECT_EQ(show_snapshot(sample(metric::delivery_time, {}, {12, 12})),
            "DeliveryTime 2 values, mean 12 ms, 12 to 12, p99 12");
}

}  // namespace
}  // namespace aiokpl::cli
