#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "pipeline/random.hpp"

namespace aiokpl::soak {

/// Records that follow from their number: the reader, in another process, knows what each one has to be.
struct StreamOfSoak {
  std::string_view name;
  std::uint32_t shards;
};
inline constexpr std::array<StreamOfSoak, 4> streams{{{"orders", 4}, {"clicks", 8}, {"metrics", 2}, {"audit", 3}}};

[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t number) noexcept {
  return pipeline::Random{number}.next();
}

[[nodiscard]] constexpr std::string_view stream_of(std::uint64_t number) noexcept {
  constexpr std::array<std::size_t, 8> shares{0, 0, 0, 1, 1, 1, 2, 3};
  return streams[shares[mixed(number) % shares.size()]].name;
}

/// Most are small, most of the bytes are in the others: 1.2 KB on average.
[[nodiscard]] constexpr std::size_t size_of(std::uint64_t number) noexcept {
  const std::uint64_t bits = mixed(~number);
  const std::uint64_t kind = bits % 1'000;
  const std::uint64_t spread = bits >> 20U;
  if (kind < 700) return 50 + spread % 250;
  if (kind < 950) return 500 + spread % 1'500;
  if (kind < 999) return 5'000 + spread % 15'000;
  return 100'000 + spread % 100'000;
}

/// Nothing for some: the library places those.
[[nodiscard]] inline std::optional<std::string> key_of(std::uint64_t number) {
  if (number % 16 == 0) return std::nullopt;
  return "customer-" + std::to_string(mixed(number * 3) % 20'000);
}

[[nodiscard]] inline std::string data_of(std::uint64_t number) {
  std::string data(size_of(number), '\0');
  std::memcpy(data.data(), &number, sizeof(number));
  for (std::size_t at = sizeof(number); at < data.size(); at += sizeof(std::uint64_t)) {
    const std::uint64_t word = mixed(number ^ (std::uint64_t{at} << 40U));
    std::memcpy(&data[at], &word, std::min(sizeof(word), data.size() - at));
  }
  return data;
}

/// What a record says of itself; nothing when it is too short to say anything.
[[nodiscard]] inline std::optional<std::uint64_t> number_of(std::string_view data) noexcept {
  std::uint64_t number = 0;
  if (data.size() < sizeof(number)) return std::nullopt;
  std::memcpy(&number, data.data(), sizeof(number));
  return number;
}

}  // namespace aiokpl::soak
