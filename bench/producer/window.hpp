#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace aiokpl::bench {

/// The outcomes that a caller holds: a ring with a fixed number of places, the oldest taken out first. When it is full,
/// a quarter is waited for at once, so that a caller that has to sleep does not sleep for every record.
template <typename Outcome>
class Window {
 public:
  explicit Window(std::size_t places) : outcomes_(places) {}

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t quarter() const noexcept { return outcomes_.size() / 4 + 1; }
  [[nodiscard]] bool has_room(std::size_t count) const noexcept { return size_ + count <= outcomes_.size(); }
  void add(Outcome outcome) {
    const std::size_t place = first_ + size_;
    outcomes_[place < outcomes_.size() ? place : place - outcomes_.size()] = std::move(outcome);
    ++size_;
  }
  [[nodiscard]] Outcome take() {
    Outcome oldest = std::move(outcomes_[first_]);
    if (++first_ == outcomes_.size()) first_ = 0;
    --size_;
    return oldest;
  }

 private:
  std::vector<Outcome> outcomes_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

}  // namespace aiokpl::bench
