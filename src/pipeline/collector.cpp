#include "pipeline/collector.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace aiokpl::pipeline {

void Collector::Filling::put(BatchPtr batch) {
  size += batch->kinesis_size();
  deadline = std::min(deadline, batch->deadline);
  oldest = std::min(oldest, batch->oldest());
  batches.push_back(std::move(batch));
}

void Collector::add(BatchPtr batch) {
  const std::size_t size = batch->kinesis_size();
  const ShardNumber shard = batch->shard;
  if (requests_.empty() || requests_.back().full) {
    start_request();
  } else if (requests_.back().size + size > limits_.max_size) {
    requests_.back().full = true;
    start_request();
  }
  Filling& request = requests_.back();
  request.put(std::move(batch));
  request.full = request.batches.size() >= limits_.max_count || request.size >= limits_.max_size ||
                 count_for_shard(shard, size) >= limits_.max_size_per_shard;
}

bool Collector::ready(TimePoint now) const noexcept {
  return !requests_.empty() && next() <= now;
}

TimePoint Collector::next() const noexcept {
  if (requests_.empty()) return never;
  // Only the last request is still being filled, so that a first one that is not last is full.
  return requests_.front().full ? TimePoint::min() : requests_.front().deadline;
}

std::vector<BatchPtr> Collector::take(TimePoint now, std::size_t max_bytes) {
  if (!ready(now)) return {};
  Filling& request = requests_.front();
  if (request.size <= max_bytes) {
    std::vector<BatchPtr> taken = std::move(request.batches);
    requests_.pop_front();
    return taken;
  }
  std::vector<BatchPtr> taken;
  std::size_t size = 0;
  auto batch = request.batches.begin();
  while (batch != request.batches.end() && (taken.empty() || size + (*batch)->kinesis_size() <= max_bytes)) {
    size += (*batch)->kinesis_size();
    taken.push_back(std::move(*batch++));
  }
  request.batches.erase(request.batches.begin(), batch);
  request.size -= size;
  request.oldest = never;
  for (const BatchPtr& left : request.batches)
    request.oldest = std::min(request.oldest, left->oldest());
  if (request.batches.empty()) requests_.pop_front();
  return taken;
}

TimePoint Collector::oldest() const noexcept {
  TimePoint oldest = never;
  for (const Filling& request : requests_)
    oldest = std::min(oldest, request.oldest);
  return oldest;
}

void Collector::take_older_than(TimePoint arrival_limit, std::vector<BatchPtr>& out) {
  for (Filling& request : requests_) {
    if (request.oldest > arrival_limit) continue;
    request.size = 0;
    request.oldest = never;
    for (BatchPtr& batch : std::exchange(request.batches, {})) {
      if (batch->oldest() <= arrival_limit) {
        out.push_back(std::move(batch));
      } else {
        request.put(std::move(batch));
      }
    }
  }
  std::erase_if(requests_, [](const Filling& request) { return request.batches.empty(); });
}

void Collector::take_all(std::vector<BatchPtr>& out) {
  for (Filling& request : requests_)
    std::ranges::move(request.batches, std::back_inserter(out));
  requests_.clear();
}

void Collector::hurry() noexcept {
  for (Filling& request : requests_)
    request.deadline = TimePoint::min();
}

std::size_t Collector::count_for_shard(ShardNumber shard, std::size_t size) {
  if (shard == no_shard) return 0;
  if (shard >= shard_sizes_.size()) shard_sizes_.resize(shard + 1);
  ShardSize& counted = shard_sizes_[shard];
  if (counted.stamp != stamp_) counted = {stamp_, 0};
  counted.size += size;
  return counted.size;
}

void Collector::start_request() {
  ++stamp_;
  requests_.emplace_back().batches.reserve(limits_.max_count);
}

}  // namespace aiokpl::pipeline
