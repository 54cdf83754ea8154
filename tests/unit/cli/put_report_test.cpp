#include "cli/put_report.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace aiokpl::cli {
namespace {

using namespace std::chrono_literals;

TEST(PutReport, ProgressInOneLine) {
  EXPECT_EQ(progress_line({.records = 12'345, .bytes = 3'400'000, .in_flight = 567, .retries = 1, .failed = 0}, 1234.4),
            "12,345 records  3.4 MB  1,234 records/s  567 in flight  1 retry  0 failed");
}

TEST(PutReport, SummaryInWords) {
  EXPECT_EQ(summary_text({.records = 1, .bytes = 5, .stored = 1, .elapsed = 500ms}),
            "1 record (5 B) in 500 ms: 1 stored (2 records/s)");
  EXPECT_EQ(summary_text({.records = 3,
                          .bytes = 5000,
                          .stored = 1,
                          .failed = 2,
                          .errors = {{"Expired", 1}, {"Refused", 1}},
                          .elapsed = 2s}),
            "3 records (5.0 kB) in 2.0 s: 1 stored, 2 failed (1 records/s)\n  1 x Expired\n  1 x Refused");
  EXPECT_EQ(summary_text({.records = 2, .bytes = 5, .stored = 1, .failed = 1, .elapsed = 1s, .dry_run = true}),
            "2 records (5 B) in 1.0 s: 1 would be stored, 1 would fail");
}

TEST(PutReport, SummaryForPrograms) {
  const auto json = nlohmann::json::parse(summary_json({.stream = "s",
                                                        .records = 3,
                                                        .stored = 2,
                                                        .failed = 1,
                                                        .errors = {{"Expired", 1}},
                                                        .elapsed = 1500ms,
                                                        .exit_status = 1}));
  EXPECT_EQ(json["stored"], 2);
  EXPECT_EQ(json["errors"]["Expired"], 1);
  EXPECT_EQ(json["seconds"], 1.5);
  EXPECT_EQ(json["exit_status"], 1);
}

}  // namespace
}  // namespace aiokpl::cli
