#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "pipeline/time.hpp"

namespace aiokpl::pipeline {

/// Small whole numbers, each with a moment, of which the earliest is at hand. Moments can be changed.
class MomentHeap {
 public:
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  [[nodiscard]] std::uint32_t top() const noexcept { return entries_.front().id; }
  /// `never` when empty.
  [[nodiscard]] TimePoint top_moment() const noexcept { return empty() ? never : entries_.front().moment; }

  /// Adds the number, or changes its moment.
  void set(std::uint32_t id, TimePoint moment) {
    if (id >= places_.size()) places_.resize(std::size_t{id} + 1, nowhere);
    if (places_[id] == nowhere) {
      places_[id] = static_cast<std::uint32_t>(entries_.size());
      entries_.push_back({moment, id});
      rise(entries_.size() - 1);
      return;
    }
    const std::size_t place = places_[id];
    const bool earlier = moment < entries_[place].moment;
    entries_[place].moment = moment;
    if (earlier) {
      rise(place);
    } else {
      sink(place);
    }
  }

  void remove(std::uint32_t id) {
    if (id >= places_.size() || places_[id] == nowhere) return;
    const std::size_t place = places_[id];
    const std::size_t last = entries_.size() - 1;
    if (place != last) swap(place, last);
    entries_.pop_back();
    places_[id] = nowhere;
    if (place == last) return;
    rise(place);
    sink(place);
  }

 private:
  struct Entry {
    TimePoint moment;
    std::uint32_t id;
  };
  static constexpr std::uint32_t nowhere = ~std::uint32_t{0};

  /// Equal moments go by number, so that the order does not hang on history.
  [[nodiscard]] bool before(std::size_t a, std::size_t b) const noexcept {
    const Entry& left = entries_[a];
    const Entry& right = entries_[b];
    return left.moment != right.moment ? left.moment < right.moment : left.id < right.id;
  }
  void swap(std::size_t a, std::size_t b) noexcept {
    std::swap(entries_[a], entries_[b]);
    places_[entries_[a].id] = static_cast<std::uint32_t>(a);
    places_[entries_[b].id] = static_cast<std::uint32_t>(b);
  }
  void rise(std::size_t place) noexcept {
    for (std::size_t parent = 0; place != 0; place = parent) {
      parent = (place - 1) / 2;
      if (!before(place, parent)) return;
      swap(place, parent);
    }
  }
  void sink(std::size_t place) noexcept {
    for (;;) {
      std::size_t least = place;
      for (const std::size_t child : {2 * place + 1, 2 * place + 2}) {
        if (child < entries_.size() && before(child, least)) least = child;
      }
      if (least == place) return;
      swap(place, least);
      place = least;
    }
  }

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> places_;
};

}  // namespace aiokpl::pipeline
