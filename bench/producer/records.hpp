#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <aiokpl/record.hpp>

namespace aiokpl::bench {

constexpr std::size_t key_size = 16;

/// Records made up front, so that making them is not measured: random bytes of a size within a fifth of the nominal
/// one, under random keys of 16 characters. The seed is fixed: every run sends the same.
class RecordPool {
 public:
  RecordPool(std::string stream, std::size_t count, std::size_t nominal_size, bool keys);

  [[nodiscard]] std::size_t size() const noexcept { return places_.size() - 1; }
  [[nodiscard]] bool has_keys() const noexcept { return keys_; }
  [[nodiscard]] std::size_t data_size(std::size_t index) const noexcept {
    return places_[index + 1] - places_[index] - key_size;
  }
  [[nodiscard]] Record record(std::size_t index) const noexcept {
    const std::string_view all{&bytes_[places_[index]], places_[index + 1] - places_[index]};
    Record record{.stream = stream_, .data = all.substr(key_size)};
    if (keys_) record.partition_key = all.substr(0, key_size);
    return record;
  }
  /// Each record as its data's size (four bytes, little endian), its key and its data.
  void write(const std::string& file) const;

 private:
  std::string stream_;
  bool keys_;
  /// Each record's key and data, one after the other.
  std::string bytes_;
  /// Where each begins, and the end of the last.
  std::vector<std::size_t> places_;
};

}  // namespace aiokpl::bench
