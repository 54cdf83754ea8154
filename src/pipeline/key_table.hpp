#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace aiokpl::pipeline {

/// Finds the entry that equal keys of an open batch share. Open addressing over a tag that the caller derives from the
/// key's hash; the bytes decide, since tags (and MD5s) can be made to collide.
class KeyTable {
 public:
  [[nodiscard]] std::optional<std::uint32_t> find(std::uint32_t tag, std::string_view key) const noexcept {
    if (used_ == 0) return std::nullopt;
    for (std::size_t at = tag & mask();; at = (at + 1) & mask()) {
      const Entry& entry = entries_[at];
      if (entry.text == nullptr) return std::nullopt;
      if (entry.tag == tag && entry.view() == key) return entry.index;
    }
  }

  /// `key` must stay where it is until `clear`.
  void add(std::uint32_t tag, std::string_view key, std::uint32_t index) {
    if ((used_ + 1) * 4 > entries_.size() * 3) grow();
    place({key.data(), static_cast<std::uint32_t>(key.size()), tag, index});
    ++used_;
  }

  /// Forgets all. The memory stays for the next batch, but where this one used little of it.
  void clear() {
    if (entries_.size() > smallest && used_ * 8 < entries_.size()) {
      entries_ = std::vector<Entry>(entries_.size() / 2);
    } else if (used_ != 0) {
      std::fill(entries_.begin(), entries_.end(), Entry{});
    }
    used_ = 0;
  }

  void release() {
    entries_ = {};
    used_ = 0;
  }

 private:
  static constexpr std::size_t smallest = 16;

  struct Entry {
    const char* text = nullptr;
    std::uint32_t size = 0;
    std::uint32_t tag = 0;
    std::uint32_t index = 0;
    [[nodiscard]] std::string_view view() const noexcept { return {text, size}; }
  };

  [[nodiscard]] std::size_t mask() const noexcept { return entries_.size() - 1; }
  void place(Entry entry) {
    std::size_t at = entry.tag & mask();
    while (entries_[at].text != nullptr)
      at = (at + 1) & mask();
    entries_[at] = entry;
  }
  void grow() {
    std::vector<Entry> old(entries_.empty() ? smallest : entries_.size() * 2);
    old.swap(entries_);
    for (const Entry& entry : old) {
      if (entry.text != nullptr) place(entry);
    }
  }

  std::vector<Entry> entries_;
  std::size_t used_ = 0;
};

}  // namespace aiokpl::pipeline
