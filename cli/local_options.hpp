#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <aiokpl/emulator.hpp>

/// What stands behind the flags of `aiokpl local`. What is wrong throws CommandError (usage).
namespace aiokpl::cli {

/// "NAME" (one shard), "NAME:4", "NAME:on-demand", or "NAME:auto" for an on-demand stream with the AUTO distribution
/// strategy.
[[nodiscard]] emulator::StreamSpec parse_stream_spec(std::string_view text);

/// Adds "throttle=0.2,drop=0.02,latency=5ms,refuse=ListShards,stale-list-shards" to what is there. Rates are 0 to 1.
void parse_faults(std::string_view text, emulator::Faults& faults);
/// Every fault's name with what it does, one to a line.
[[nodiscard]] std::string fault_names();

/// A local Kinesis that answers.
struct RunningLocal {
  std::string endpoint_url;
  /// Empty without TLS.
  std::string tls_endpoint_url;
  /// File that holds what clients of TLS have to trust; empty without TLS.
  std::string certificate_file;
  std::string region;
  std::vector<emulator::StreamSpec> streams = {};
  bool discard = false;
  /// Only requests signed with this environment's credentials are served.
  bool checks_signatures = false;
};

/// What a person needs to use it, to paste.
[[nodiscard]] std::string how_to_use(const RunningLocal& local);
/// {"endpoint_url", "tls_endpoint_url", "certificate"}: what a program needs. null for what there is not.
[[nodiscard]] std::string ready_json(const RunningLocal& local);

}  // namespace aiokpl::cli
