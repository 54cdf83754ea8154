#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <aiokpl/producer.hpp>

#include "cli/compression.hpp"
#include "cli/exit_status.hpp"
#include "cli/failures.hpp"
#include "cli/put.hpp"
#include "cli/put_report.hpp"
#include "cli/reader.hpp"
#include "cli/signals.hpp"

namespace aiokpl::cli {

/// One run of `put`: reads records and hands them to a producer until the input ends or a signal comes. No outcome is
/// kept: what was accepted and has not failed is stored, once nothing is outstanding.
class PutSession {
 public:
  PutSession(const PutOptions& options, Config config);
  ~PutSession();
  PutSession(const PutSession&) = delete;
  PutSession& operator=(const PutSession&) = delete;

  /// Returns when every record has its end.
  [[nodiscard]] PutSummary run();

 private:
  void on_signal(int number, int count);
  void on_failed(const FailedRecord& record);

  void read_and_put();
  void put_batch(InputBatch& batch);
  /// Puts the first of them, as many as go without waiting, or one; returns how many.
  std::size_t put_some(std::span<const InputRecord> records);
  std::size_t put_slice(std::span<const InputRecord> records);
  void put_one(const InputRecord& input);
  /// Listens for the first success.
  void watch_for_success(const SyncOutcome& outcome);
  void refuse(const InputRecord& input, std::string_view code, std::string_view message);
  [[nodiscard]] Record to_record(const InputRecord& input) const;
  void compress(InputBatch& batch);
  /// What was read, before it was compressed.
  [[nodiscard]] std::string original(std::string_view data) const;

  void finish();
  [[nodiscard]] PutProgress progress() const;
  [[nodiscard]] std::uint64_t stored() const;
  [[nodiscard]] ExitStatus exit_status();
  void explain_end(ExitStatus status);

  const PutOptions& options_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  StopSwitch stop_;
  Failures failures_;
  Compressor compressor_;
  RecordReader reader_;
  InputBatch batch_;
  std::vector<Record> slice_;

  std::atomic<std::uint64_t> records_ = 0;
  std::atomic<std::uint64_t> bytes_ = 0;
  std::atomic<std::uint64_t> accepted_ = 0;
  /// Of the accepted ones.
  std::atomic<std::uint64_t> failed_ = 0;
  std::atomic<std::uint64_t> unreachable_ = 0;
  std::atomic<bool> something_stored_ = false;
  std::atomic<bool> interrupted_ = false;
  std::atomic<bool> gave_up_ = false;
  std::atomic<bool> hopeless_ = false;
  /// The first accepted record that failed. The completion thread's until the producer is closed.
  std::string cause_code_;
  std::string cause_;
  bool failures_written_ = true;

  // The watch comes before the producer, whose threads inherit the signals that it blocks.
  std::mutex producer_mutex_;
  SyncProducer* for_signals_ = nullptr;
  SignalWatch watch_;
  std::unique_ptr<SyncProducer> producer_;
};

}  // namespace aiokpl::cli
