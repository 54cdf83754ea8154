#include "cli/demo_compare.hpp"

#include <cstdint>
#include <unordered_map>

namespace aiokpl::cli {
namespace {

struct Expected {
  const DemoRecord* record;
  std::size_t readings = 0;
  bool different = false;
};

void remember(DemoComparison& comparison, const char* what, const std::string& key) {
  if (!comparison.example) comparison.example = what + key;
}

}  // namespace

DemoComparison compare(const std::vector<DemoRecord>& put, const std::vector<DemoRecord>& read) {
  DemoComparison comparison;
  std::unordered_map<std::string_view, Expected> expected;
  expected.reserve(put.size());
  for (const DemoRecord& record : put)
    expected.emplace(record.key, Expected{&record});
  for (const DemoRecord& record : read) {
    const auto found = expected.find(record.key);
    if (found == expected.end()) {
      ++comparison.unknown;
      remember(comparison, "nobody put the record with the key ", record.key);
      continue;
    }
    Expected& match = found->second;
    if (++match.readings > 1) ++comparison.duplicates;
    if (record.data == match.record->data || match.different) continue;
    match.different = true;
    ++comparison.different;
    remember(comparison, "other bytes came back under the key ", record.key);
  }
  // In the order of the puts, so that the example is the same each time.
  for (const DemoRecord& record : put) {
    if (expected.at(record.key).readings > 0) continue;
    ++comparison.missing;
    remember(comparison, "nothing came back under the key ", record.key);
  }
  return comparison;
}

std::vector<DemoRecord> demo_records(std::string_view text, std::size_t copies) {
  std::vector<DemoRecord> records;
  for (std::size_t copy = 1; copy <= copies; ++copy) {
    std::size_t line = 1;
    for (std::size_t begin = 0; begin < text.size(); ++line) {
      const std::size_t feed = text.find('\n', begin);
      const std::size_t end = feed == std::string_view::npos ? text.size() : feed + 1;
      records.push_back({"copy-" + std::to_string(copy) + "-line-" + std::to_string(line),
                         std::string{text.substr(begin, end - begin)}});
      begin = end;
    }
  }
  return records;
}

}  // namespace aiokpl::cli
