#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "codec/aggregate_reader.hpp"
#include "kinesis.hpp"
#include "violation.hpp"
#include "workload.hpp"

namespace aiokpl::simulation {

/// A Kinesis record that the producer had stored.
struct Entry {
  std::size_t stream = 0;
  std::uint32_t shard = 0;
  std::uint64_t counter = 0;
  /// Of the request that brought it.
  std::uint64_t request = 0;
  bool aggregated = false;
  /// A consumer by the KCL's rule keeps it: no record of it lies outside of its shard's range.
  bool kept = true;
  std::size_t size = 0;
  std::vector<RecordId> members;
};

/// What arrived at the service, as a consumer finds it: read as soon as it is stored, so that nothing that happens to
/// the stream afterwards takes it away.
class Deliveries {
 public:
  Deliveries(const Scenario& scenario, const Kinesis& kinesis, const Workload& workload, Violations& violations);

  /// A request was processed: takes in what it had stored on its stream.
  void take_in(std::size_t stream, std::uint64_t request);

  [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }
  /// Where a record is, as numbers of entries, in the order in which it came there.
  [[nodiscard]] const std::vector<std::uint32_t>& of(RecordId id) const noexcept { return of_record_[id]; }
  /// Null when nothing of ours is stored there.
  [[nodiscard]] const Entry* find(std::size_t stream, std::string_view shard_id,
                                  std::string_view sequence_number) const;

 private:
  static constexpr std::uint32_t none = ~std::uint32_t{0};
  /// A stream between its creation and its deletion.
  struct Incarnation {
    emulator::Time created;
    /// For each shard, for each counter: the number of the entry.
    std::vector<std::vector<std::uint32_t>> entries;
    /// For each shard, how much of its log was read.
    std::vector<std::size_t> read;
  };

  void read(const emulator::Shard& shard, const emulator::LogEntry& stored, Entry& entry);
  void read_record(const emulator::Shard& shard, const codec::AggregatedUserRecord& record, Entry& entry);
  void compare(RecordId id, const codec::AggregatedUserRecord& record, bool aggregated);

  const Scenario* scenario_;
  const Kinesis* kinesis_;
  const Workload* workload_;
  Violations* violations_;
  std::vector<std::vector<Incarnation>> streams_;
  std::vector<Entry> entries_;
  std::vector<std::vector<std::uint32_t>> of_record_;
  codec::AggregateReader reader_;
  Content expected_;
};

}  // namespace aiokpl::simulation
