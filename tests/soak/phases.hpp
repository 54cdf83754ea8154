#pragma once

#include <array>
#include <string_view>

#include <aiokpl/emulator.hpp>

namespace aiokpl::soak {

/// What goes wrong for a while; all of them, one after the other, make a cycle.
struct Phase {
  std::string_view name;
  emulator::Faults faults = {};
  /// At its beginning. What is split is merged in a later phase: shards stay as many, and as wide, as they were.
  bool splits = false;
  bool merges = false;
  bool restarts = false;
};

inline const std::array<Phase, 10>& phases() {
  using namespace std::chrono_literals;
  static const std::array<Phase, 10> all{{
      {.name = "calm"},
      {.name = "throttling", .faults = {.request_throttle_rate = 0.05, .throttle_rate = 0.2}},
      {.name = "internal errors", .faults = {.request_error_rate = 0.05, .internal_error_rate = 0.1}},
      {.name = "dropped connections", .faults = {.drop_rate = 0.05, .drop_after_rate = 0.03}},
      {.name = "latency", .faults = {.latency = 50ms, .latency_jitter = 150ms}},
      {.name = "split shards", .splits = true},
      {.name = "restart, merged shards", .merges = true, .restarts = true},
      {.name = "noise", .faults = {.truncate_rate = 0.03, .garbage_rate = 0.03}},
      {.name = "all at once",
       .faults = {.latency = 5ms,
                  .latency_jitter = 20ms,
                  .drop_rate = 0.01,
                  .request_error_rate = 0.01,
                  .throttle_rate = 0.05,
                  .internal_error_rate = 0.02,
                  .drop_after_rate = 0.01,
                  .truncate_rate = 0.01},
       .splits = true,
       .restarts = true},
      {.name = "merged shards", .merges = true},
  }};
  return all;
}

}  // namespace aiokpl::soak
