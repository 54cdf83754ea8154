#include "producer/records.hpp"

#include <cstring>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace aiokpl::bench {
namespace {

/// SplitMix64.
std::uint64_t next_random(std::uint64_t& state) {
  std::uint64_t value = state += 0x9E3779B97F4A7C15U;
  value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
  value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
  return value ^ (value >> 31U);
}

}  // namespace

RecordPool::RecordPool(std::string stream, std::size_t count, std::size_t nominal_size, bool keys)
    : stream_{std::move(stream)}, keys_{keys} {
  constexpr std::string_view digits = "0123456789abcdef";
  std::uint64_t state = 1;
  const std::size_t least = nominal_size - nominal_size / 5;
  std::size_t end = 0;
  places_.reserve(count + 1);
  for (std::size_t i = 0; i < count; ++i) {
    places_.push_back(end);
    end += key_size + least + next_random(state) % (nominal_size / 5 * 2 + 1);
  }
  places_.push_back(end);
  bytes_.resize(end);
  for (std::size_t at = 0; at + sizeof state <= end; at += sizeof state) {
    const std::uint64_t word = next_random(state);
    std::memcpy(&bytes_[at], &word, sizeof word);
  }
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t word = next_random(state);
    for (std::size_t at = 0; at < key_size; ++at, word >>= 4U)
      bytes_[places_[i] + at] = digits[word & 15U];
  }
}

void RecordPool::write(const std::string& file) const {
  std::ofstream out{file, std::ios::binary};
  for (std::size_t i = 0; i < size(); ++i) {
    for (unsigned shift = 0; shift < 32; shift += 8)
      out.put(static_cast<char>(data_size(i) >> shift));
    out.write(&bytes_[places_[i]], static_cast<std::streamsize>(places_[i + 1] - places_[i]));
  }
  out.close();
  if (!out) throw std::runtime_error{"cannot write " + file};
}

}  // namespace aiokpl::bench
