#include <fstream>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <aiokpl/cloudwatch_sink.hpp>
#include <aiokpl/metrics.hpp>

namespace aiokpl {
namespace {

using nlohmann::json;
using testing::IsSupersetOf;

/// One line of a widget: what it shows.
struct Shown {
  std::string name_space;
  std::string name;
  std::string stat;
  std::vector<std::string> dimensions;
};

// The widgets' lines are [namespace, name, {how}] or [{"expression": a search}].
std::optional<Shown> read_line(const json& line) {
  if (line.at(0).is_string()) return Shown{line.at(0), line.at(1), line.at(2).at("stat"), {}};
  static const std::regex search{R"re(SEARCH\('\{([^,}]+)((?:,\w+)*)\} MetricName="(\w+)"', '(\w+)', \d+\))re"};
  const std::string expression = line.at(0).at("expression");
  std::smatch found;
  if (!std::regex_match(expression, found, search)) return std::nullopt;
  Shown shown{found[1], found[3], found[4], {}};
  static const std::regex dimension{R"(\w+)"};
  const std::string list = found[2];
  for (auto at = std::sregex_iterator(list.begin(), list.end(), dimension); at != std::sregex_iterator{}; ++at)
    shown.dimensions.push_back(at->str());
  return shown;
}

const MetricInfo* info_of(std::string name) {
  if (name == "BufferingTime") name = metric::buffered_time;
  if (name == "UserRecordExpired") name = metric::expired_records;
  return find_metric_info(name);
}

class CloudWatchDashboard : public testing::Test {
 protected:
  std::vector<Shown> shown() {
    std::vector<Shown> lines;
    for (const json& widget : dashboard.at("widgets")) {
      if (widget.at("type") != "metric") continue;
      for (const json& line : widget.at("properties").at("metrics")) {
        const auto read = read_line(line);
        EXPECT_TRUE(read) << line;
        if (read) lines.push_back(*read);
      }
    }
    return lines;
  }

  json dashboard = json::parse(std::ifstream{DASHBOARD});
};

TEST_F(CloudWatchDashboard, ShowsOnlyWhatTheSinkUploads) {
  for (const Shown& line : shown()) {
    const MetricInfo* info = info_of(line.name);
    ASSERT_NE(info, nullptr) << line.name;
    EXPECT_EQ(line.name_space, CloudWatchSinkOptions{}.name_space);
    const bool percentile = line.stat.starts_with('p');
    EXPECT_TRUE(!percentile || info->buckets) << "no percentiles of " << line.name;
    const std::set<std::string_view> stats{"Sum", "Average", "Minimum", "Maximum", "SampleCount"};
    EXPECT_TRUE(percentile || stats.contains(line.stat)) << line.stat;
    // A search finds the series that have exactly these dimensions.
    if (line.dimensions.empty()) continue;
    std::vector<std::string> expected{std::string{dimension::stream_name}};
    if (info->name == metric::errors_by_code) expected.emplace_back(dimension::error_code);
    EXPECT_EQ(line.dimensions, expected) << line.name;
  }
}

TEST_F(CloudWatchDashboard, ShowsWhatMattersPerStream) {
  std::vector<std::string> names;
  for (const Shown& line : shown()) {
    if (!line.dimensions.empty()) names.push_back(line.name + " " + line.stat);
  }
  EXPECT_THAT(names, IsSupersetOf({"UserRecordsPut Sum", "UserRecordsDataPut Sum", "ErrorsByCode Sum",
                                   "DeliveryTime p50", "DeliveryTime p99", "BufferedTime p50", "BufferedTime p99",
                                   "RequestTime p50", "RequestTime p99", "RetriesPerRecord Average",
                                   "UserRecordsPending Maximum", "OldestRecordAge Maximum"}));
}

TEST_F(CloudWatchDashboard, HasWidgetsThatFitAndDoNotOverlap) {
  std::set<std::pair<int, int>> taken;
  for (const json& widget : dashboard.at("widgets")) {
    const int x = widget.at("x");
    const int y = widget.at("y");
    const int width = widget.at("width");
    const int height = widget.at("height");
    EXPECT_LE(x + width, 24);
    for (int column = x; column < x + width; ++column) {
      for (int row = y; row < y + height; ++row)
        EXPECT_TRUE(taken.emplace(column, row).second) << "two widgets at " << column << "," << row;
    }
    if (widget.at("type") == "metric") {
      EXPECT_TRUE(widget.at("properties").contains("region"));
    }
  }
}

}  // namespace
}  // namespace aiokpl
