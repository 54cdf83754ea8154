#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "pipeline/batch.hpp"

namespace aiokpl::pipeline {

/// Batches in the order of their oldest records; equal ones in the order in which they came. Takes no memory while it
/// is empty, since most shards' queues are.
class AgeQueue {
 public:
  [[nodiscard]] bool empty() const noexcept { return first_ == batches_.size(); }
  [[nodiscard]] std::size_t size() const noexcept { return batches_.size() - first_; }
  /// Sum of the batches' sizes as Kinesis counts them.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] const Batch& front() const noexcept { return *batches_[first_]; }

  void push(BatchPtr batch) {
    bytes_ += batch->kinesis_size();
    // New ones are the youngest mostly; one that is sent again is older than most, and is found by halving.
    if (empty() || batches_.back()->oldest() <= batch->oldest()) {
      batches_.push_back(std::move(batch));
      return;
    }
    const TimePoint age = batch->oldest();
    const auto place =
        std::upper_bound(batches_.begin() + static_cast<std::ptrdiff_t>(first_), batches_.end(), age,
                         [](TimePoint moment, const BatchPtr& other) { return moment < other->oldest(); });
    if (first_ != 0 && place == batches_.begin() + static_cast<std::ptrdiff_t>(first_)) {
      batches_[--first_] = std::move(batch);
    } else {
      batches_.insert(place, std::move(batch));
    }
  }

  BatchPtr pop() {
    BatchPtr batch = std::move(batches_[first_++]);
    bytes_ -= batch->kinesis_size();
    if (empty()) {
      // Memory of a burst is given back; that of a trickle is not, lest every batch allocates.
      batches_.clear();
      if (batches_.capacity() > small_capacity) batches_.shrink_to_fit();
      first_ = 0;
    } else if (first_ >= small_capacity && first_ * 2 >= batches_.size()) {
      batches_.erase(batches_.begin(), batches_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
    return batch;
  }

 private:
  static constexpr std::size_t small_capacity = 16;

  std::vector<BatchPtr> batches_;
  std::size_t first_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace aiokpl::pipeline
