#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "pipeline/random.hpp"
#include "pipeline/time.hpp"

namespace aiokpl::simulation {

/// Everything random about a simulation comes from a seed, through these.
class Dice {
 public:
  explicit constexpr Dice(std::uint64_t seed) noexcept : random_{seed} {}

  std::uint64_t next() noexcept { return random_.next(); }
  /// At least 0 and less than `count`.
  std::uint64_t below(std::uint64_t count) noexcept { return random_.next() % count; }
  /// Both ends included.
  std::uint64_t from_to(std::uint64_t least, std::uint64_t most) noexcept { return least + below(most - least + 1); }
  bool chance(double probability) noexcept { return random_.uniform() < probability; }
  pipeline::Duration from_to(pipeline::Duration least, pipeline::Duration most) noexcept {
    return pipeline::Duration{static_cast<std::int64_t>(
        from_to(static_cast<std::uint64_t>(least.count()), static_cast<std::uint64_t>(most.count())))};
  }
  template <typename T>
  T one_of(std::initializer_list<T> choices) noexcept {
    return *(choices.begin() + below(choices.size()));
  }

 private:
  pipeline::Random random_;
};

}  // namespace aiokpl::simulation
