#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/shard_walk.hpp"
#include "cli/tail_printer.hpp"
#include "cli/tail_reader.hpp"
#include "cli/writer.hpp"

namespace aiokpl::cli {

struct TailOptions {
  /// Name or ARN.
  std::string stream;
  TailOutput output = {};
  Begin begin = Begin::oldest;
  /// For Begin::time.
  std::optional<WallTime> since = std::nullopt;
  /// Absent: all.
  std::optional<std::string> shard = std::nullopt;
  /// Goes on at the end of what there is.
  bool follow = false;
};

/// Reads a stream's shards in turn and prints what they hold.
class Tail {
 public:
  /// Prints to `out_fd`. A byte to read at `stop_fd` ends it.
  Tail(TailOptions options, ServiceCall call, int out_fd, int stop_fd, TailPrinter::Warn warn);

  /// Returns when everything wanted is printed, the reader of the output has gone, or it was stopped. Throws
  /// CommandError: no such stream or shard, no permission, output that cannot be written.
  void run();
  [[nodiscard]] bool stopped() const noexcept { return stopped_; }
  [[nodiscard]] std::uint64_t printed() const noexcept { return printer_.printed(); }

 private:
  using Clock = std::chrono::steady_clock;

  void read_everything();
  void list();
  void list_again(const std::string& problem);
  void check_shard() const;
  void start_ready();
  void step();
  void after_failure(const ShardReader& reader, const std::string& problem);
  [[nodiscard]] std::optional<Clock::time_point> next_move() const;
  /// False when it was stopped meanwhile.
  bool wait_until(Clock::time_point time);

  TailOptions options_;
  ServiceCall call_;
  int out_fd_;
  int stop_fd_;
  bool out_is_terminal_;
  TailPrinter::Warn warn_;
  TailPrinter printer_;
  Writer writer_;
  ShardWalk walk_;
  // The one that waited longest comes first; equal ones in turn.
  std::multimap<Clock::time_point, std::unique_ptr<ShardReader>> readers_;
  std::optional<Clock::time_point> list_at_;
  std::map<std::string, std::uint32_t, std::less<>> failures_;
  std::uint32_t list_failures_ = 0;
  bool in_trouble_ = false;
  bool stopped_ = false;
};

}  // namespace aiokpl::cli
