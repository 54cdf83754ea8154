#include "soak/report.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include <nlohmann/json.hpp>

namespace aiokpl::soak {
namespace {

constexpr double mebibyte = 1024 * 1024;
// Of the straight line through the whole time that is judged: less is what bursts and faults make of it by chance.
constexpr double most_resident_growth = 8 * mebibyte;
constexpr double most_descriptor_growth = 4;

template <typename... Values>
std::string format(const char* how, Values... values) {
  char text[256];
  std::snprintf(text, sizeof(text), how, values...);
  return text;
}

std::string grouped(std::uint64_t value) {
  std::string text = std::to_string(value);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

nlohmann::ordered_json json_of(const Trend& trend) {
  return {{"mean", trend.mean}, {"growth", trend.growth}, {"seconds", trend.seconds}};
}

}  // namespace

std::vector<std::string> violations_of(const Report& report, const nlohmann::ordered_json& compared) {
  std::vector<std::string> found;
  const auto none = [&](std::uint64_t count, const char* what) {
    if (count > 0) found.push_back(grouped(count) + " " + what);
  };
  none(report.unresolved, "accepted records whose outcome did not resolve");
  none(report.twice, "outcomes that resolved more than once");
  none(report.failed, "records that failed, although every fault passes within their time to live");
  none(compared.at("missing").get<std::uint64_t>(), "records that were reported as stored and are not in the streams");
  none(compared.at("damaged").get<std::uint64_t>(), "records in the streams that are not what was put");
  if (!compared.at("complete").get<bool>()) found.emplace_back("the streams could not be read to their ends");
  if (report.accepted == 0) found.emplace_back("nothing was put");
  if (report.resident.growth > most_resident_growth) {
    found.push_back(
        format("memory grew by %.1f MiB in %.0f s", report.resident.growth / mebibyte, report.resident.seconds));
  }
  if (report.descriptors.growth > most_descriptor_growth) {
    found.push_back(format("open files grew by %.1f in %.0f s", report.descriptors.growth, report.descriptors.seconds));
  }
  return found;
}

std::string table_of(const Report& report, const nlohmann::ordered_json& compared, const std::vector<Minute>& minutes,
                     const std::vector<std::string>& violations) {
  std::string text =
      "| minute | records/s | MB/s | p50 ms | p90 | p99 | p99.9 | most | sent again | MiB resident | open files |\n"
      "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n";
  for (std::size_t i = 0; i < minutes.size(); ++i) {
    const Minute& minute = minutes[i];
    const double seconds = std::max(minute.seconds, 0.001);
    text += format("| %zu | %.0f | %.1f | %.0f | %.0f | %.0f | %.0f | %.0f | %s | %.1f | %.1f |\n", i + 1,
                   static_cast<double>(minute.records) / seconds, static_cast<double>(minute.bytes) / seconds / 1e6,
                   minute.p50, minute.p90, minute.p99, minute.p999, minute.most, grouped(minute.retried).c_str(),
                   minute.resident / mebibyte, minute.descriptors);
  }
  const auto count = [&](const char* name) { return grouped(compared.at(name).get<std::uint64_t>()); };
  text += "\n" + format("%.0f s: ", report.seconds) + grouped(report.accepted) + " records accepted, " +
          grouped(report.stored) + " stored, " + grouped(report.failed) + " failed, " + grouped(report.unresolved) +
          " open, " + grouped(report.twice) + " resolved twice, " + grouped(report.retried) + " sent again.\n";
  text += "In the streams: " + count("different") + " different records, " + count("again") + " of them once more, " +
          count("missing") + " missing, " + count("damaged") + " damaged, " + count("dropped_aggregates") +
          " aggregates of the wrong shard.\n";
  if (report.resident.seconds > 0) {
    text += format("After warming up, in %.0f s: memory %+.1f MiB of %.1f, open files %+.1f of %.1f.\n",
                   report.resident.seconds, report.resident.growth / mebibyte, report.resident.mean / mebibyte,
                   report.descriptors.growth, report.descriptors.mean);
  } else {
    text += "Memory and open files were not judged.\n";
  }
  for (const std::string& violation : violations)
    text += "VIOLATION: " + violation + "\n";
  return text;
}

nlohmann::ordered_json json_of(const Report& report, const nlohmann::ordered_json& compared, const Watch& watch,
                               const std::vector<std::string>& violations) {
  nlohmann::ordered_json samples = nlohmann::ordered_json::array();
  for (const Sample& sample : watch.samples()) {
    samples.push_back({{"at", sample.at},
                       {"phase", sample.phase},
                       {"rss", sample.resident},
                       {"fds", sample.descriptors},
                       {"outstanding", sample.outstanding},
                       {"records_per_second", static_cast<double>(sample.records) / std::max(sample.seconds, 0.001)},
                       {"retried", sample.retried},
                       {"p50_ms", sample.p50},
                       {"p99_ms", sample.p99}});
  }
  return {{"seconds", report.seconds},       {"accepted", report.accepted},
          {"stored", report.stored},         {"failed", report.failed},
          {"unresolved", report.unresolved}, {"resolved_twice", report.twice},
          {"retried", report.retried},       {"streams", compared},
          {"rss", json_of(report.resident)}, {"fds", json_of(report.descriptors)},
          {"violations", violations},        {"samples", samples}};
}

}  // namespace aiokpl::soak
