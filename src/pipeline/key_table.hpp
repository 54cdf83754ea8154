#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace aiokpl::pipeline {

/// A hash table's places by open addressing. A place holds the number of a key, counted from 1, and the upper bits of
/// its tag; the lower ones say where to look.
template <typename Word, unsigned number_bits>
class KeyPlaces {
 public:
  static constexpr std::size_t most_keys = (std::size_t{1} << number_bits) - 1;

  /// The number that `is_it` accepts; 0 when there is none.
  template <typename IsIt>
  [[nodiscard]] std::size_t find(std::uint32_t tag, IsIt is_it) const noexcept {
    for (std::size_t at = tag & mask(); words_[at] != 0; at = (at + 1) & mask()) {
      const std::size_t number = words_[at] & most_keys;
      if (word(tag, number) == words_[at] && is_it(number)) return number;
    }
    return 0;
  }
  /// There must be room.
  void add(std::uint32_t tag, std::size_t number) noexcept {
    std::size_t at = tag & mask();
    while (words_[at] != 0)
      at = (at + 1) & mask();
    words_[at] = word(tag, number);
  }
  [[nodiscard]] std::size_t size() const noexcept { return words_.size(); }
  /// So many empty places: a power of two, or none.
  void reset(std::size_t size) { words_ = std::vector<Word>(size); }
  void clear() noexcept { std::fill(words_.begin(), words_.end(), Word{0}); }

 private:
  [[nodiscard]] std::size_t mask() const noexcept { return words_.size() - 1; }
  static Word word(std::uint32_t tag, std::size_t number) noexcept {
    constexpr unsigned unused = 32 - 8 * sizeof(Word);
    return static_cast<Word>(((tag >> unused) & ~most_keys) | number);
  }

  std::vector<Word> words_;
};

/// Finds the entry that equal keys of an open batch share. The tag is derived from the key's hash by the caller; the
/// bytes decide, since tags (and MD5s) can be made to collide.
///
/// What is probed is two bytes a place, in tables of more than a thousand keys four: with a batch open for each of many
/// shards, the places compete for the caches with the records themselves, and most keys are new, so that nothing else
/// is looked at.
class KeyTable {
 public:
  static constexpr std::uint32_t none = ~std::uint32_t{0};

  /// The index that the key was added with; `none` where it was not.
  [[nodiscard]] std::uint32_t find(std::uint32_t tag, std::string_view key) const noexcept {
    if (keys_.empty()) return none;
    const auto is_it = [&](std::size_t number) {
      const Key& candidate = keys_[number - 1];
      return candidate.tag == tag && candidate.view() == key;
    };
    const std::size_t number = is_wide() ? wide_.find(tag, is_it) : narrow_.find(tag, is_it);
    return number == 0 ? none : keys_[number - 1].index;
  }

  /// `key` must stay where it is until `clear`. There is room for some four million.
  void add(std::uint32_t tag, std::string_view key, std::uint32_t index) {
    keys_.push_back({key.data(), static_cast<std::uint32_t>(key.size()), tag, index});
    if (keys_.size() * 4 > places() * 3 || (!is_wide() && keys_.size() > Narrow::most_keys)) {
      resize(std::max(smallest, places() * 2));
    } else if (is_wide()) {
      wide_.add(tag, keys_.size());
    } else {
      narrow_.add(tag, keys_.size());
    }
  }

  /// Forgets all. The memory stays for the next batch, but where this one used little of it.
  void clear() {
    if (places() > smallest && keys_.size() * 8 < places()) {
      const std::size_t less = places() / 2;
      release();
      resize(less);
    } else if (!keys_.empty()) {
      keys_.clear();
      narrow_.clear();
      wide_.clear();
    }
  }

  void release() {
    narrow_.reset(0);
    wide_.reset(0);
    keys_ = {};
  }

 private:
  using Narrow = KeyPlaces<std::uint16_t, 10>;
  using Wide = KeyPlaces<std::uint32_t, 22>;
  static constexpr std::size_t smallest = 16;
  /// Places of the largest narrow table.
  static constexpr std::size_t most_narrow = 2048;

  struct Key {
    const char* text;
    std::uint32_t size;
    std::uint32_t tag;
    std::uint32_t index;
    [[nodiscard]] std::string_view view() const noexcept { return {text, size}; }
  };

  [[nodiscard]] bool is_wide() const noexcept { return wide_.size() != 0; }
  [[nodiscard]] std::size_t places() const noexcept { return is_wide() ? wide_.size() : narrow_.size(); }
  void resize(std::size_t size) {
    const bool wide = size > most_narrow;
    wide_.reset(wide ? size : 0);
    narrow_.reset(wide ? 0 : size);
    for (std::size_t number = 1; number <= keys_.size(); ++number) {
      const std::uint32_t tag = keys_[number - 1].tag;
      wide ? wide_.add(tag, number) : narrow_.add(tag, number);
    }
  }

  Narrow narrow_;
  Wide wide_;
  std::vector<Key> keys_;
};

}  // namespace aiokpl::pipeline
