#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include <aiokpl/emulator.hpp>

#include "emulator/api_error.hpp"
#include "pipeline/random.hpp"

namespace aiokpl::emulator {

/// How an answer leaves, or does not.
enum class Delivery { whole, dropped, truncated, garbage };

/// What becomes of one Kinesis record.
enum class RecordFate { normal, throttled, failed };

/// What becomes of one request: decided before it is processed, as a value.
struct RequestFate {
  std::chrono::nanoseconds latency{};
  /// Closes without processing.
  bool drop_before = false;
  /// Answers this without processing.
  std::optional<ApiError> error = std::nullopt;
  Delivery delivery = Delivery::whole;
  bool wrong_count = false;
  /// Set by script: all records of the request.
  std::optional<RecordFate> all_records = std::nullopt;
  double throttle_rate = 0;
  double internal_error_rate = 0;
  /// Where the fates of its records, and garbage, come from.
  pipeline::Random random{0};

  [[nodiscard]] RecordFate next_record() noexcept;
};

/// Decides the fates of requests. The n-th request draws from a sequence of its own, made of the seed and n, so that
/// switching one fault on leaves the others as they were.
class FaultPlan {
 public:
  FaultPlan(std::uint64_t seed, Faults faults);

  void set(Faults faults);
  [[nodiscard]] const Faults& faults() const noexcept { return faults_; }
  void script(std::string operation, ScriptedFault fault, std::uint32_t times);

  [[nodiscard]] RequestFate decide(std::string_view operation);

 private:
  struct Scripted {
    std::string operation;
    ScriptedFault fault;
    std::uint32_t times;
  };

  std::optional<ScriptedFault> take_scripted(std::string_view operation);

  std::uint64_t seed_;
  Faults faults_;
  std::deque<Scripted> script_;
  std::uint64_t requests_ = 0;
};

/// Throws std::invalid_argument when a rate is outside of 0 to 1, a time negative or above an hour, or the name of a
/// refused operation no text.
void check(const Faults& faults);

[[nodiscard]] std::string to_json(const Faults& faults);
/// Changes the fields that the JSON object names. Throws std::invalid_argument for anything that it does not know.
[[nodiscard]] Faults from_json(std::string_view json, Faults faults);

}  // namespace aiokpl::emulator
