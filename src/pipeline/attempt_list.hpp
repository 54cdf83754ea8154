#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/time.hpp"

namespace aiokpl::pipeline {

/// One try, as the pipeline knows it. Shared by all records that made it together.
struct AttemptInfo {
  TimePoint started;
  TimePoint ended;
  bool success = false;
  /// Empty where the record was stored nowhere.
  std::string shard_id;
  std::string sequence_number;
  std::string code;
  std::string message;
};

using AttemptPtr = std::shared_ptr<const AttemptInfo>;

/// A record's tries in order. A record that is sent again for hours must not grow without bound: of more than 100, the
/// first 10 and the last 90 are kept, and the rest are counted.
class AttemptList {
 public:
  static constexpr std::size_t first_kept = 10;
  static constexpr std::size_t last_kept = 90;

  void add(AttemptPtr attempt) {
    // The dropped ones are taken out in runs, so that a long history does not shift at every try.
    if (attempts_.size() == first_kept + 2 * last_kept) {
      attempts_.erase(attempts_.begin() + first_kept, attempts_.begin() + first_kept + last_kept);
      omitted_ += last_kept;
    }
    attempts_.push_back(std::move(attempt));
  }
  void add(const AttemptList& later_ones) {
    for (const AttemptPtr& attempt : later_ones.attempts_)
      add(attempt);
    omitted_ += later_ones.omitted_;
  }

  [[nodiscard]] bool empty() const noexcept { return attempts_.empty(); }
  [[nodiscard]] const AttemptPtr& last() const noexcept { return attempts_.back(); }
  [[nodiscard]] std::uint64_t total() const noexcept { return attempts_.size() + omitted_; }
  [[nodiscard]] std::uint64_t omitted() const noexcept { return total() - kept_count(); }

  template <typename Visit>
  void for_each_kept(Visit visit) const {
    const std::size_t hole = attempts_.size() - kept_count();
    for (std::size_t i = 0; i < attempts_.size(); ++i) {
      if (i < first_kept || i >= first_kept + hole) visit(*attempts_[i]);
    }
  }

 private:
  [[nodiscard]] std::size_t kept_count() const noexcept {
    return attempts_.size() < first_kept + last_kept ? attempts_.size() : first_kept + last_kept;
  }

  std::vector<AttemptPtr> attempts_;
  std::uint64_t omitted_ = 0;
};

}  // namespace aiokpl::pipeline
