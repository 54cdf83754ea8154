#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "emulator/stream.hpp"

namespace aiokpl::emulator {

/// All streams, by name. No I/O, no lock, no clock.
class Store {
 public:
  Store(const StreamRules& rules, std::uint64_t seed) : rules_{rules}, seed_{seed} {}

  /// ResourceInUseException when there is one of that name.
  Stream& create(const StreamSpec& spec, Time now);
  void remove(std::string_view name, Time now);
  /// ResourceNotFoundException when there is none.
  [[nodiscard]] Stream& stream(std::string_view name, Time now);
  [[nodiscard]] const std::map<std::string, std::unique_ptr<Stream>, std::less<>>& streams(Time now);
  /// ListShards tells the shards of now, until this is taken back.
  void freeze(bool frozen);
  [[nodiscard]] const StreamRules& rules() const noexcept { return rules_; }

 private:
  void forget_deleted(Time now);

  StreamRules rules_;
  std::uint64_t seed_;
  std::map<std::string, std::unique_ptr<Stream>, std::less<>> streams_;
};

}  // namespace aiokpl::emulator
