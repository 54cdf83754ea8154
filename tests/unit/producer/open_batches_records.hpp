#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "producer/open_batches.hpp"
#include "queue_executor.hpp"
#include "unit/pipeline/even_shards.hpp"
#include "unit/pipeline/moments.hpp"
#include "unit/pipeline/records.hpp"

// Plans, records and batches for the tests of the open batches.
namespace aiokpl::detail::test {

using namespace std::chrono_literals;
using pipeline::BatchPtr;
using pipeline::Duration;
using pipeline::PlacementMode;
using pipeline::PlacementPlan;
using pipeline::TimePoint;
using pipeline::test::OwnedRecord;
using pipeline::test::start;

/// Batches with real fates, which nobody waits for.
class FateBatches : public pipeline::test::TestBatches {
 public:
  [[nodiscard]] FateBlock* make_fates() override { return new FateBlock{dispatcher_}; }

 private:
  std::shared_ptr<Dispatcher> dispatcher_ =
      std::make_shared<Dispatcher>(std::make_shared<QueueExecutor>(), [](const char*) {});
};

/// A plan by key; the shards' numbers say which of them are the same as before.
inline PlacementPlan by_key(std::vector<pipeline::ShardRange> shards, pipeline::BatchLimits limits = {}) {
  return {.mode = PlacementMode::by_key,
          .map = std::make_shared<const pipeline::ShardMap>(pipeline::ShardMap::make(std::move(shards)).value()),
          .limits = limits};
}
inline PlacementPlan two_shards(pipeline::BatchLimits limits = {}) {
  return by_key(pipeline::test::even_shards(2), limits);
}
/// The first of two shards was split into the numbers 2 and 3; 1 stayed.
inline PlacementPlan first_split() {
  const pipeline::ShardRange kept = pipeline::test::even_shards(2)[1];
  const HashKey middle{kept.range.first.high / 2, 0};
  const HashKey behind{middle.high, 1};
  const HashKey last = pipeline::test::even_shards(2)[0].range.last;
  return by_key({{"shard-2", {HashKey{}, middle}, 2}, {"shard-3", {behind, last}, 3}, kept});
}

/// A record that lies in the lower (0.) or upper (.5) half of the hash keys.
inline OwnedRecord record_at(double part, std::string data) {
  return {.key = "k",
          .data = std::move(data),
          .hash_key = HashKey{static_cast<std::uint64_t>(part * 0x1.0p64), 7}.to_decimal()};
}

template <typename Mutex>
auto put_into(OpenBatches<Mutex>& open, const OwnedRecord& record, Duration deadline,
              typename OpenBatches<Mutex>::Sight& sight) {
  const pipeline::test::Parts parts{record};
  return open.put(parts.get(), start, start + deadline, std::nullopt, sight);
}
template <typename Mutex>
auto put_into(OpenBatches<Mutex>& open, const OwnedRecord& record, Duration deadline = 100ms) {
  typename OpenBatches<Mutex>::Sight sight;
  return put_into(open, record, deadline, sight);
}

/// Ends the fates as an engine would, so that their blocks go.
inline void settle(const std::vector<BatchPtr>& batches) {
  WakeUps wake_ups;
  for (const BatchPtr& batch : batches) {
    if (batch->home == nullptr) continue;
    batch->home->close(batch->home_count(), 0);
    batch->home->settle_all({}, false, wake_ups);
  }
}

/// Puts records together; `took` gets the index and the fate of each.
template <typename Mutex, typename Took>
auto put_many_into(OpenBatches<Mutex>& open, const std::vector<OwnedRecord>& records, Duration deadline,
                   typename OpenBatches<Mutex>::Sight& sight, const Took& took) {
  std::vector<HashKey> hash_keys;
  std::vector<const HashKey*> places;
  hash_keys.reserve(records.size());
  for (const OwnedRecord& record : records) {
    hash_keys.push_back(pipeline::test::Parts{record}.get().hash_key);
    places.push_back(record.key ? &hash_keys.back() : nullptr);
  }
  std::optional<pipeline::test::Parts> parts;
  const auto parts_of = [&](std::size_t i) -> const pipeline::RecordParts& { return parts.emplace(records[i]).get(); };
  return open.put_many(places, start, start + deadline, parts_of, took, sight);
}

}  // namespace aiokpl::detail::test
