#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conditions.hpp"
#include "emulator/service.hpp"
#include "scenario.hpp"
#include "world_time.hpp"

namespace aiokpl::simulation {

/// What poisonous records have for a key: the service refuses every request in which it reads it.
inline constexpr std::string_view poison_key = "a-poisonous-partition-key";

/// The service of a simulation: the local Kinesis without its sockets, in simulated time.
class Kinesis {
 public:
  using Headers = std::vector<std::pair<std::string_view, std::string_view>>;

  Kinesis(const Scenario& scenario, const SimulatedClock& clock, const Conditions& conditions);

  /// The body of the reply stays until the next call.
  emulator::Reply handle(std::string_view operation, const Headers& headers, std::string_view body);
  [[nodiscard]] std::string_view answer() const noexcept { return scratch_.answer; }

  /// Faults began or ended.
  void conditions_changed();

  // What others do with the streams. What the service refuses at the moment does not happen: false.
  bool split(const std::string& stream, std::uint64_t chosen);
  bool merge(const std::string& stream, std::uint64_t chosen);
  bool rescale(const std::string& stream, std::uint32_t shards);
  bool switch_strategy(const std::string& stream);
  bool remove(const std::string& stream);
  bool create(const emulator::StreamSpec& spec);
  /// Whether it is there, and not about to be deleted.
  [[nodiscard]] bool exists(const std::string& stream) const;
  /// Other writers use up a share, in percent, of what each shard takes within `span`.
  void write_beside(std::uint64_t share, Duration span);

  template <typename Work>
  decltype(auto) with_store(Work&& work) const {
    return service_.with_store(std::forward<Work>(work));
  }
  [[nodiscard]] emulator::Time now() const noexcept { return clock_->service_time(); }

 private:
  /// Whether the service let it.
  template <typename Work>
  bool change(const Work& work);

  const SimulatedClock* clock_;
  const Conditions* conditions_;
  emulator::Service service_;
  emulator::Scratch scratch_;
};

}  // namespace aiokpl::simulation
