#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "producer/settings.hpp"

namespace aiokpl::bench {

/// Each runs its mode and gives what it found, for the benchmark to make figures of.
[[nodiscard]] nlohmann::ordered_json measure_throughput(const Settings& settings);
[[nodiscard]] nlohmann::ordered_json measure_latency(const Settings& settings);
[[nodiscard]] nlohmann::ordered_json measure_idle(const Settings& settings);
[[nodiscard]] nlohmann::ordered_json measure_memory(const Settings& settings);

}  // namespace aiokpl::bench
