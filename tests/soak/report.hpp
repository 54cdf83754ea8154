#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "soak/watch.hpp"

namespace aiokpl::soak {

/// Everything that a soak has found.
struct Report {
  double seconds = 0;
  std::uint64_t accepted = 0;
  std::uint64_t stored = 0;
  std::uint64_t failed = 0;
  std::uint64_t unresolved = 0;
  std::uint64_t twice = 0;
  std::uint64_t retried = 0;
  /// Nothing where the run was too short to tell, or the memory is a sanitizer's.
  Trend resident = {};
  Trend descriptors = {};
};

/// What must not be, in words; empty when all is well. `compared`: the server's word on what is in the streams.
[[nodiscard]] std::vector<std::string> violations_of(const Report& report, const nlohmann::ordered_json& compared);

[[nodiscard]] std::string table_of(const Report& report, const nlohmann::ordered_json& compared,
                                   const std::vector<Minute>& minutes, const std::vector<std::string>& violations);
[[nodiscard]] nlohmann::ordered_json json_of(const Report& report, const nlohmann::ordered_json& compared,
                                             const Watch& watch, const std::vector<std::string>& violations);

}  // namespace aiokpl::soak
