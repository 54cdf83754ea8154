#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace aiokpl::pipeline {

/// Finds the entry that equal keys of an open batch share. Open addressing over a tag that the caller derives from the
/// key's hash; the bytes decide, since tags (and MD5s) can be made to collide.
///
/// What is probed is four bytes a place: with a batch open for each of many shards, most look-ups find memory that is
/// not in a cache, and most keys are new, so that nothing else is looked at.
class KeyTable {
 public:
  [[nodiscard]] std::optional<std::uint32_t> find(std::uint32_t tag, std::string_view key) const noexcept {
    if (keys_.empty()) return std::nullopt;
    for (std::size_t at = tag & mask(); places_[at] != 0; at = (at + 1) & mask()) {
      if ((places_[at] ^ tag) >> number_bits != 0) continue;
      const Key& candidate = keys_[(places_[at] & number_mask) - 1];
      if (candidate.tag == tag && candidate.view() == key) return candidate.index;
    }
    return std::nullopt;
  }

  /// `key` must stay where it is until `clear`. There is room for some four million.
  void add(std::uint32_t tag, std::string_view key, std::uint32_t index) {
    keys_.push_back({key.data(), static_cast<std::uint32_t>(key.size()), tag, index});
    if (keys_.size() * 4 > places_.size() * 3) {
      grow();
    } else {
      place(tag, keys_.size());
    }
  }

  /// Forgets all. The memory stays for the next batch, but where this one used little of it.
  void clear() {
    if (places_.size() > smallest && keys_.size() * 8 < places_.size()) {
      places_ = std::vector<std::uint32_t>(places_.size() / 2);
      keys_ = {};
    } else if (!keys_.empty()) {
      std::fill(places_.begin(), places_.end(), 0);
      keys_.clear();
    }
  }

  void release() {
    places_ = {};
    keys_ = {};
  }

 private:
  static constexpr std::size_t smallest = 16;
  // A place holds the number of a key, counted from 1, and the upper bits of its tag; the lower ones say where to look.
  static constexpr unsigned number_bits = 22;
  static constexpr std::uint32_t number_mask = (std::uint32_t{1} << number_bits) - 1;

  struct Key {
    const char* text;
    std::uint32_t size;
    std::uint32_t tag;
    std::uint32_t index;
    [[nodiscard]] std::string_view view() const noexcept { return {text, size}; }
  };

  [[nodiscard]] std::size_t mask() const noexcept { return places_.size() - 1; }
  void place(std::uint32_t tag, std::size_t number) {
    std::size_t at = tag & mask();
    while (places_[at] != 0)
      at = (at + 1) & mask();
    places_[at] = (tag & ~number_mask) | static_cast<std::uint32_t>(number);
  }
  void grow() {
    places_ = std::vector<std::uint32_t>(places_.empty() ? smallest : places_.size() * 2);
    for (std::size_t i = 0; i < keys_.size(); ++i)
      place(keys_[i].tag, i + 1);
  }

  std::vector<std::uint32_t> places_;
  std::vector<Key> keys_;
};

}  // namespace aiokpl::pipeline
