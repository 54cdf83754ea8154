#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace aiokpl::cli {

/// How far a put has come.
struct PutProgress {
  std::uint64_t records = 0;  ///< read
  std::uint64_t bytes = 0;    ///< their data
  std::uint64_t in_flight = 0;
  std::uint64_t retries = 0;
  std::uint64_t failed = 0;
  std::chrono::nanoseconds elapsed{};
};

/// "12,345 records  3.4 MB  1,234 records/s  567 in flight  0 retries  0 failed"
[[nodiscard]] std::string progress_line(const PutProgress& progress, double records_per_second);

/// Shows a progress line a few times a second while it lives.
class ProgressLine {
 public:
  explicit ProgressLine(std::function<PutProgress()> ask);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

 private:
  void run();

  std::function<PutProgress()> ask_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool end_ = false;
  std::thread thread_;
};

/// What became of everything.
struct PutSummary {
  std::string stream;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::uint64_t stored = 0;
  std::uint64_t failed = 0;
  std::uint64_t retries = 0;
  std::map<std::string, std::uint64_t, std::less<>> errors = {};
  std::chrono::nanoseconds elapsed{};
  bool dry_run = false;
  bool interrupted = false;
  int exit_status = 0;
};

[[nodiscard]] std::string summary_text(const PutSummary& summary);
/// One line of JSON.
[[nodiscard]] std::string summary_json(const PutSummary& summary);

}  // namespace aiokpl::cli
