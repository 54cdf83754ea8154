#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <prometheus/text_serializer.h>

#include "sinks/prometheus/totals.hpp"
#include "unit/sinks/sample_snapshots.hpp"

namespace aiokpl::sinks {
namespace {

using testing::Contains;
using testing::IsSubsetOf;
using testing::SizeIs;

nlohmann::json dashboard() {
  std::ifstream file{AIOKPL_SOURCE_DIR "/dashboards/grafana-prometheus.json"};
  return nlohmann::json::parse(file);
}

// Everything in it that goes to Prometheus: what the panels show and what the variables choose from.
std::vector<std::string> expressions(const nlohmann::json& board) {
  std::vector<std::string> found;
  for (const auto& panel : board.at("panels")) {
    for (const auto& target : panel.value("targets", nlohmann::json::array()))
      found.push_back(target.at("expr"));
  }
  for (const auto& variable : board.at("templating").at("list"))
    if (variable.at("type") == "query") found.push_back(variable.at("query").at("query"));
  return found;
}

// The names before a '{': each selector has one.
std::set<std::string> names_in(const std::string& text) {
  static const std::regex selector{R"(([a-zA-Z_:][a-zA-Z0-9_:]*)\{)"};
  std::set<std::string> names;
  for (std::sregex_iterator at{text.begin(), text.end(), selector}; at != std::sregex_iterator{}; ++at)
    names.insert((*at)[1]);
  return names;
}

// The names of the samples, as the text has them.
std::set<std::string> exposed_names() {
  PrometheusTotals totals{"aiokpl_", 1000};
  totals.add(test::sample_snapshots());
  const std::string text = prometheus::TextSerializer{}.Serialize(totals.Collect());
  static const std::regex sample{R"((?:^|\n)([a-zA-Z_:][a-zA-Z0-9_:]*)[ {])"};
  std::set<std::string> names;
  for (std::sregex_iterator at{text.begin(), text.end(), sample}; at != std::sregex_iterator{}; ++at)
    names.insert((*at)[1]);
  return names;
}

TEST(PrometheusDashboard, AsksForNothingThatIsNotExposed) {
  const auto exposed = exposed_names();
  ASSERT_THAT(exposed, Contains("aiokpl_delivery_time_seconds_bucket"));
  std::set<std::string> used;
  for (const std::string& expression : expressions(dashboard())) {
    const auto names = names_in(expression);
    EXPECT_FALSE(names.empty()) << expression;
    EXPECT_THAT(names, IsSubsetOf(exposed)) << expression;
    used.insert(names.begin(), names.end());
  }
  // Every kind of what there is to see.
  for (const char* name :
       {"aiokpl_user_records_put_total", "aiokpl_user_records_data_put_bytes_total", "aiokpl_user_records_failed_total",
        "aiokpl_errors_by_code_total", "aiokpl_delivery_time_seconds_bucket", "aiokpl_buffered_time_seconds_bucket",
        "aiokpl_request_time_seconds_bucket", "aiokpl_retries_per_record_sum",
        "aiokpl_user_records_per_kinesis_record_sum", "aiokpl_kinesis_records_per_put_records_request_sum",
        "aiokpl_user_records_pending", "aiokpl_oldest_record_age_seconds"}) {
    EXPECT_THAT(used, Contains(name));
  }
}

TEST(PrometheusDashboard, LeavesTheDataSourceStreamsAndShardsToItsReader) {
  const auto board = dashboard();
  std::set<std::string> variables;
  for (const auto& variable : board.at("templating").at("list"))
    variables.insert(variable.at("name"));
  EXPECT_EQ(variables, (std::set<std::string>{"datasource", "stream_name", "shard_id"}));
  static const std::regex variable{R"(\$\{?([a-zA-Z_]+))"};
  const std::string text = board.at("panels").dump();
  std::set<std::string> used;
  for (std::sregex_iterator at{text.begin(), text.end(), variable}; at != std::sregex_iterator{}; ++at)
    used.insert((*at)[1]);
  EXPECT_TRUE(used.erase("__rate_interval"));  // Grafana's own
  EXPECT_EQ(used, variables);
}

TEST(PrometheusDashboard, HasPanelsThatDoNotLieOnEachOther) {
  std::set<std::pair<int, int>> cells;
  std::set<int> ids;
  const auto board = dashboard();
  const auto& panels = board.at("panels");
  for (const auto& panel : panels) {
    EXPECT_TRUE(ids.insert(panel.at("id").get<int>()).second) << panel.at("title");
    const auto& place = panel.at("gridPos");
    EXPECT_LE(place.at("x").get<int>() + place.at("w").get<int>(), 24) << panel.at("title");
    for (int x = 0; x < place.at("w"); ++x) {
      for (int y = 0; y < place.at("h"); ++y)
        EXPECT_TRUE(cells.emplace(place.at("x").get<int>() + x, place.at("y").get<int>() + y).second)
            << panel.at("title");
    }
  }
  EXPECT_THAT(ids, SizeIs(panels.size()));
}

}  // namespace
}  // namespace aiokpl::sinks
