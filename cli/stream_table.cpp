#include "cli/stream_table.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "cli/shard_choice.hpp"
#include "cli/text.hpp"

namespace aiokpl::cli {
namespace {

using nlohmann::json;
using Row = std::vector<std::string>;

// Columns two blanks apart, as wide as what stands in them; nothing after the last.
std::string table(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      line.append(widths[i] - row[i].size() + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

std::string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return {};
  return found->is_string() ? found->get<std::string>() : found->dump();
}

std::string mode_of(const json& summary) {
  const auto details = summary.find("StreamModeDetails");
  return details == summary.end() ? std::string{} : text_of(*details, "StreamMode");
}

std::string distribution_of(const json& summary) {
  return text_of(summary, "RecordDistributionStrategy") == "AUTO"
             ? "AUTO: the service spreads records evenly and ignores their keys"
             : "by partition key";
}

std::string percent(double share) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f %%", 100 * share);
  return text.data();
}

std::string parents_of(const aws::Shard& shard) {
  std::string parents = shard.parent.value_or("");
  if (shard.adjacent_parent) parents += (parents.empty() ? "" : ", ") + *shard.adjacent_parent;
  return parents;
}

std::string shard_table(const std::vector<aws::Shard>& shards) {
  std::vector<Row> rows{{"SHARD", "STATE", "SHARE", "FIRST HASH KEY", "LAST HASH KEY", "PARENTS"}};
  for (const aws::Shard& shard : shards) {
    rows.push_back({shard.id, shard.open ? "open" : "closed", percent(share_of_all_keys(shard.range)),
                    shard.range.first.to_decimal(), shard.range.last.to_decimal(), parents_of(shard)});
  }
  return table(rows);
}

}  // namespace

std::string stream_as_text(const json& summary, const std::vector<aws::Shard>& shards) {
  const auto open = static_cast<std::size_t>(std::ranges::count_if(shards, &aws::Shard::open));
  std::vector<Row> facts{{"Stream", text_of(summary, "StreamName")},
                         {"ARN", text_of(summary, "StreamARN")},
                         {"Status", text_of(summary, "StreamStatus")},
                         {"Mode", mode_of(summary)},
                         {"Distribution", distribution_of(summary)}};
  const std::string limit = text_of(summary, "MaxRecordSizeInKiB");
  facts.push_back({"Record limit", (limit.empty() ? "1024" : limit) + " KiB, data and partition key"});
  const std::string hours = text_of(summary, "RetentionPeriodHours");
  if (!hours.empty()) facts.push_back({"Retention", hours + " h"});
  facts.push_back({"Shards", grouped(open) + " open, " + grouped(shards.size() - open) + " closed"});
  std::erase_if(facts, [](const Row& fact) { return fact[1].empty(); });
  return table(facts) + '\n' + shard_table(shards);
}

std::string stream_as_json(const json& summary, const std::vector<aws::Shard>& shards) {
  auto document = nlohmann::ordered_json::object();
  document["stream"] = text_of(summary, "StreamName");
  document["arn"] = text_of(summary, "StreamARN");
  document["status"] = text_of(summary, "StreamStatus");
  document["mode"] = mode_of(summary);
  const std::string strategy = text_of(summary, "RecordDistributionStrategy");
  document["record_distribution_strategy"] = strategy.empty() ? "USER_PARTITION_KEY" : strategy;
  document["max_record_size_kib"] = summary.value("MaxRecordSizeInKiB", 1024);
  if (summary.contains("RetentionPeriodHours")) document["retention_hours"] = summary.at("RetentionPeriodHours");
  document["shards"] = nlohmann::ordered_json::array();
  for (const aws::Shard& shard : shards) {
    auto& entry = document["shards"].emplace_back(nlohmann::ordered_json::object());
    entry["id"] = shard.id;
    entry["open"] = shard.open;
    entry["first_hash_key"] = shard.range.first.to_decimal();
    entry["last_hash_key"] = shard.range.last.to_decimal();
    entry["parents"] = nlohmann::ordered_json::array();
    if (shard.parent) entry["parents"].push_back(*shard.parent);
    if (shard.adjacent_parent) entry["parents"].push_back(*shard.adjacent_parent);
  }
  return document.dump(2) + '\n';
}

std::string streams_as_text(const std::vector<json>& streams) {
  std::vector<Row> rows;
  for (const json& stream : streams)
    rows.push_back({text_of(stream, "StreamName"), text_of(stream, "StreamStatus"), mode_of(stream)});
  return table(rows);
}

}  // namespace aiokpl::cli
