#pragma once

#include <cstddef>

#include <aiokpl/hash_key.hpp>

namespace aiokpl::codec {

/// Digits of 2^128 - 1.
inline constexpr std::size_t max_decimal_size = 39;

/// Writes the hash key's decimal digits, at most `max_decimal_size`. Returns the place behind them.
char* write_decimal(char* out, HashKey key) noexcept;

}  // namespace aiokpl::codec
