#include "cli/put_report.hpp"

#include <cmath>
#include <utility>

#include <nlohmann/json.hpp>

#include "cli/terminal.hpp"
#include "cli/text.hpp"

namespace aiokpl::cli {
namespace {

using namespace std::chrono_literals;
constexpr auto interval = 200ms;

double rate(std::uint64_t count, std::chrono::nanoseconds time) {
  return time.count() <= 0 ? 0.0 : static_cast<double>(count) / std::chrono::duration<double>(time).count();
}

std::string counted(std::uint64_t count, const char* one, const char* many) {
  return grouped(count) + " " + (count == 1 ? one : many);
}

}  // namespace

std::string progress_line(const PutProgress& progress, double records_per_second) {
  return counted(progress.records, "record", "records") + "  " + show_bytes(progress.bytes) + "  " +
         grouped(static_cast<std::uint64_t>(std::llround(records_per_second))) + " records/s  " +
         grouped(progress.in_flight) + " in flight  " + counted(progress.retries, "retry", "retries") + "  " +
         grouped(progress.failed) + " failed";
}

ProgressLine::ProgressLine(std::function<PutProgress()> ask) : ask_{std::move(ask)} {
  thread_ = std::thread{[this] { run(); }};
}

ProgressLine::~ProgressLine() {
  {
    const std::lock_guard lock{mutex_};
    end_ = true;
  }
  ended_.notify_one();
  thread_.join();
  show_progress({});
}

void ProgressLine::run() {
  PutProgress before;
  double smoothed = 0;
  std::unique_lock lock{mutex_};
  while (!ended_.wait_for(lock, interval, [this] { return end_; })) {
    const PutProgress now = ask_();
    const auto resolved = [](const PutProgress& at) { return at.records - std::min(at.records, at.in_flight); };
    const double latest = rate(resolved(now) - std::min(resolved(now), resolved(before)), now.elapsed - before.elapsed);
    // Over about a second, so that the number can be read.
    smoothed = before.elapsed == 0ns ? latest : 0.8 * smoothed + 0.2 * latest;
    before = now;
    show_progress(progress_line(now, smoothed));
  }
}

std::string summary_text(const PutSummary& summary) {
  const char* const verb = summary.dry_run ? "would be stored" : "stored";
  std::string text = counted(summary.records, "record", "records") + " (" + show_bytes(summary.bytes) + ") in " +
                     show_seconds(summary.elapsed) + ": " + grouped(summary.stored) + " " + verb;
  if (summary.failed > 0) text += ", " + grouped(summary.failed) + (summary.dry_run ? " would fail" : " failed");
  if (summary.retries > 0) text += ", " + counted(summary.retries, "retry", "retries");
  if (!summary.dry_run && summary.stored > 0) {
    text +=
        " (" + grouped(static_cast<std::uint64_t>(std::llround(rate(summary.stored, summary.elapsed)))) + " records/s)";
  }
  for (const auto& [code, count] : summary.errors)
    text += "\n  " + grouped(count) + " x " + printable(code);
  return text;
}

std::string summary_json(const PutSummary& summary) {
  const nlohmann::ordered_json json{{"stream", summary.stream},
                                    {"records", summary.records},
                                    {"bytes", summary.bytes},
                                    {"stored", summary.stored},
                                    {"failed", summary.failed},
                                    {"retries", summary.retries},
                                    {"errors", summary.errors},
                                    {"seconds", std::chrono::duration<double>(summary.elapsed).count()},
                                    {"dry_run", summary.dry_run},
                                    {"interrupted", summary.interrupted},
                                    {"exit_status", summary.exit_status}};
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace aiokpl::cli
