#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <aiokpl/result.hpp>

namespace aiokpl::pipeline {

/// One try; shared by all records that made it together.
using AttemptPtr = Attempts::Pointer;

/// A record's tries in order. A record that is sent again for hours must not grow without bound: of more than 100, the
/// first 10 and the last 90 are kept, and the rest are counted.
class AttemptList {
 public:
  static constexpr std::size_t first_kept = 10;
  static constexpr std::size_t last_kept = 90;

  void add(AttemptPtr attempt) {
    if (empty()) {
      first_ = std::move(attempt);
      return;
    }
    // The dropped ones are taken out in runs, so that a long history does not shift at every try.
    if (size() == first_kept + 2 * last_kept) {
      const auto hole = later_.begin() + first_kept - 1;
      later_.erase(hole, hole + last_kept);
      omitted_ += last_kept;
    }
    later_.push_back(std::move(attempt));
  }
  void add(const AttemptList& later_ones) {
    if (later_ones.first_) add(later_ones.first_);
    for (const AttemptPtr& attempt : later_ones.later_)
      add(attempt);
    omitted_ += later_ones.omitted_;
  }

  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
  [[nodiscard]] const AttemptPtr& last() const noexcept { return later_.empty() ? first_ : later_.back(); }
  [[nodiscard]] std::uint64_t total() const noexcept { return size() + omitted_; }
  [[nodiscard]] std::uint64_t omitted() const noexcept { return total() - kept_count(); }

  /// Those that are kept, for a record's result.
  [[nodiscard]] Attempts kept() const {
    if (later_.empty()) return Attempts{first_};
    std::vector<AttemptPtr> all;
    all.reserve(kept_count());
    all.push_back(first_);
    const std::size_t hole = size() - kept_count();
    for (std::size_t i = 1; i < size(); ++i) {
      if (i < first_kept || i >= first_kept + hole) all.push_back(later_[i - 1]);
    }
    return Attempts{std::move(all)};
  }

 private:
  [[nodiscard]] std::size_t size() const noexcept { return empty() ? 0 : 1 + later_.size(); }
  [[nodiscard]] std::size_t kept_count() const noexcept {
    return size() < first_kept + last_kept ? size() : first_kept + last_kept;
  }

  // Nearly every record makes one try: it needs no list.
  AttemptPtr first_;
  std::vector<AttemptPtr> later_;
  std::uint64_t omitted_ = 0;
};

}  // namespace aiokpl::pipeline
