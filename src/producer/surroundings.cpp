#include "producer/surroundings.hpp"

#include <random>

#include "aws/environment.hpp"
#include "producer/engine_settings.hpp"

namespace aiokpl::detail {

namespace {

class MachineClock final : public Clock {
 public:
  [[nodiscard]] pipeline::TimePoint now() const noexcept override { return std::chrono::steady_clock::now(); }
  [[nodiscard]] std::chrono::system_clock::time_point time_of_day() const noexcept override {
    return std::chrono::system_clock::now();
  }
};

std::uint64_t random_seed() {
  std::random_device device;
  const std::uint64_t high = device();
  return (high << 32U) | device();
}

}  // namespace

Surroundings real_surroundings(const Config& config) {
  Surroundings real;
  real.clock = std::make_shared<const MachineClock>();
  real.client = std::make_unique<aws::KinesisClient>(client_options(config, aws::process_environment()));
  real.random_seed = random_seed();
  return real;
}

}  // namespace aiokpl::detail
