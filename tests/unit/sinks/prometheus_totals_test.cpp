#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include <aiokpl/error.hpp>

#include "sinks/prometheus/totals.hpp"
#include "unit/sinks/sample_snapshots.hpp"

namespace aiokpl::sinks {
namespace {

using test::sample;
using test::sample_snapshots;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> exposed(const PrometheusTotals& totals) {
  std::istringstream text{prometheus::TextSerializer{}.Serialize(totals.Collect())};
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);)
    lines.push_back(line);
  return lines;
}

// The samples whose line begins so, without comments.
std::vector<std::string> exposed(const PrometheusTotals& totals, std::string_view beginning) {
  std::vector<std::string> lines = exposed(totals);
  std::erase_if(lines, [beginning](const std::string& line) { return !line.starts_with(beginning); });
  return lines;
}

TEST(PrometheusTotals, BeginWithTheirOwnMetricAlone) {
  const PrometheusTotals totals{"p_", 100};
  EXPECT_THAT(exposed(totals), ElementsAre(HasSubstr("# HELP p_series_over_limit_total "),
                                           "# TYPE p_series_over_limit_total counter", "p_series_over_limit_total 0"));
}

TEST(PrometheusTotals, AddExportsUp) {
  PrometheusTotals totals{"aiokpl_", 100};
  totals.add(sample_snapshots());
  totals.add(std::vector{sample(metric::user_records_received, {{"StreamName", "orders"}}, {34})});
  const auto lines = exposed(totals);
  EXPECT_THAT(lines, Contains("# TYPE aiokpl_user_records_received_total counter"));
  EXPECT_THAT(lines, Contains("# HELP aiokpl_user_records_received_total User records that put_record accepted."));
  EXPECT_THAT(exposed(totals, "aiokpl_user_records_received_total"),
              ElementsAre("aiokpl_user_records_received_total{stream_name=\"audit\"} 7",
                          "aiokpl_user_records_received_total{stream_name=\"orders\"} 1234"));
}

TEST(PrometheusTotals, TellWhatWasStoredFromWhatFailed) {
  PrometheusTotals totals{"aiokpl_", 100};
  totals.add(sample_snapshots());
  const std::string orders0 = "{stream_name=\"orders\",shard_id=\"shardId-000000000000\"}";
  const std::string orders1 = "{stream_name=\"orders\",shard_id=\"shardId-000000000001\"}";
  const std::string audit0 = "{stream_name=\"audit\",shard_id=\"shardId-000000000000\"}";
  EXPECT_THAT(
      exposed(totals, "aiokpl_user_records_put_total"),
      ElementsAre("aiokpl_user_records_put_total" + audit0 + " 1", "aiokpl_user_records_put_total" + orders0 + " 600",
                  "aiokpl_user_records_put_total" + orders1 + " 3"));
  EXPECT_THAT(exposed(totals, "aiokpl_user_records_failed_total"),
              ElementsAre("aiokpl_user_records_failed_total" + audit0 + " 1",
                          "aiokpl_user_records_failed_total" + orders0 + " 0",
                          "aiokpl_user_records_failed_total" + orders1 + " 1"));
  EXPECT_THAT(exposed(totals, "aiokpl_kinesis_records_failed_total"),
              ElementsAre("aiokpl_kinesis_records_failed_total" + orders0 + " 0"));
}

TEST(PrometheusTotals, CountTimesInBucketsOfSeconds) {
  PrometheusTotals totals{"aiokpl_", 100};
  const auto buffered = sample(metric::buffered_time, {}, {0.4, 12, 99.5, 100, 100.5, 73'000});
  totals.add(std::vector{buffered});
  totals.add(std::vector{buffered});
  const auto lines = exposed(totals, "aiokpl_buffered_time_seconds");
  // A bound belongs to its bucket; what is above the last one is in the one without a bound.
  EXPECT_THAT(lines, Contains("aiokpl_buffered_time_seconds_bucket{le=\"0.001\"} 2"));
  EXPECT_THAT(lines, Contains("aiokpl_buffered_time_seconds_bucket{le=\"0.01\"} 2"));
  EXPECT_THAT(lines, Contains("aiokpl_buffered_time_seconds_bucket{le=\"0.015\"} 4"));
  EXPECT_THAT(lines, Contains("aiokpl_buffered_time_seconds_bucket{le=\"0.1\"} 8"));
  EXPECT_THAT(lines, Contains("aiokpl_buffered_time_seconds_bucket{le=\"60\"} 10"));
  EXPECT_THAT(lines, Contains("aiokpl_buffered_time_seconds_bucket{le=\"+Inf\"} 12"));
  EXPECT_THAT(lines, Contains("aiokpl_buffered_time_seconds_count 12"));
  EXPECT_THAT(lines, Contains("aiokpl_buffered_time_seconds_sum 146.6248"));
  EXPECT_EQ(lines.size(), metric_bucket_bounds().size() + 3);
}

TEST(PrometheusTotals, SumDistributionsWithoutBuckets) {
  PrometheusTotals totals{"aiokpl_", 100};
  totals.add(std::vector{sample(metric::retries_per_record, {}, {0, 0, 1, 3})});
  EXPECT_THAT(exposed(totals), Contains("# TYPE aiokpl_retries_per_record summary"));
  EXPECT_THAT(exposed(totals, "aiokpl_retries_per_record"),
              ElementsAre("aiokpl_retries_per_record_count 4", "aiokpl_retries_per_record_sum 4"));
}

TEST(PrometheusTotals, ShowTheLastStateUntilItIsForgotten) {
  PrometheusTotals totals{"aiokpl_", 100};
  totals.add(sample_snapshots());
  EXPECT_THAT(exposed(totals), Contains("# TYPE aiokpl_oldest_record_age_seconds gauge"));
  EXPECT_THAT(exposed(totals, "aiokpl_oldest_record_age_seconds"),
              ElementsAre("aiokpl_oldest_record_age_seconds{stream_name=\"orders\"} 0.095"));
  totals.add(std::vector{sample(metric::user_records_pending, {{"StreamName", "orders"}}, {3})});
  EXPECT_THAT(exposed(totals, "aiokpl_user_records_pending"),
              ElementsAre("aiokpl_user_records_pending{stream_name=\"audit\"} 0",
                          "aiokpl_user_records_pending{stream_name=\"orders\"} 3"));
  totals.forget_gauges();
  EXPECT_THAT(exposed(totals), Not(Contains(HasSubstr("pending"))));
  EXPECT_THAT(exposed(totals), Not(Contains(HasSubstr("oldest"))));
  EXPECT_THAT(exposed(totals), Contains("aiokpl_user_records_received_total{stream_name=\"orders\"} 1200"));
}

TEST(PrometheusTotals, TellHowOldTheyAre) {
  PrometheusTotals totals{"aiokpl_", 100};
  auto late = sample(metric::user_records_received, {}, {1});
  totals.add(std::vector{late});
  EXPECT_THAT(exposed(totals), Contains("aiokpl_last_export_timestamp_seconds 1769860800"));
  late.window_end -= std::chrono::seconds{5};
  totals.add(std::vector{late});
  EXPECT_THAT(exposed(totals), Contains("aiokpl_last_export_timestamp_seconds 1769860800"));
}

TEST(PrometheusTotals, TakeAllOfAnExportOrNothing) {
  PrometheusTotals totals{"aiokpl_", 100};
  const auto good = sample(metric::user_records_received, {}, {1});
  const auto bad = sample(metric::user_records_received, {{"App", "a"}, {"app", "b"}}, {1});
  EXPECT_THROW(totals.add(std::vector{good, bad}), ConfigError);
  EXPECT_THAT(exposed(totals, "aiokpl_user"), ElementsAre());
}

TEST(PrometheusTotals, AreBoundedAndLoseNoCount) {
  PrometheusTotals totals{"aiokpl_", 2};
  const auto shard = [](int number) {
    return std::vector{sample(metric::expired_records, {{"ShardId", std::to_string(number)}}, {1})};
  };
  for (const int number : {0, 1, 2, 3, 2, 0})
    totals.add(shard(number));
  EXPECT_THAT(exposed(totals, "aiokpl_expired_records_total"),
              ElementsAre("aiokpl_expired_records_total 3", "aiokpl_expired_records_total{shard_id=\"0\"} 2",
                          "aiokpl_expired_records_total{shard_id=\"1\"} 1"));
  // States do not add up: there is none rather than a wrong one.
  totals.add(std::vector{sample(metric::user_records_pending, {{"StreamName", "orders"}}, {3})});
  EXPECT_THAT(exposed(totals, "aiokpl_user_records_pending"), ElementsAre());
  EXPECT_THAT(exposed(totals), Contains("aiokpl_series_over_limit_total 4"));
}

TEST(PrometheusTotals, GiveTheRoomOfForgottenStatesBack) {
  PrometheusTotals totals{"aiokpl_", 1};
  totals.add(std::vector{sample(metric::user_records_pending, {{"StreamName", "orders"}}, {3})});
  totals.forget_gauges();
  totals.add(std::vector{sample(metric::expired_records, {{"ShardId", "0"}}, {1})});
  EXPECT_THAT(exposed(totals, "aiokpl_expired_records_total"),
              ElementsAre("aiokpl_expired_records_total{shard_id=\"0\"} 1"));
}

TEST(PrometheusTotals, EscapeWhatLabelsHold) {
  PrometheusTotals totals{"aiokpl_", 100};
  totals.add(std::vector{sample(metric::expired_records, {{"App", "a\"b\\c\nd"}}, {1})});
  EXPECT_THAT(exposed(totals, "aiokpl_expired_records_total"),
              ElementsAre(R"(aiokpl_expired_records_total{app="a\"b\\c\nd"} 1)"));
}

}  // namespace
}  // namespace aiokpl::sinks
