#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <aiokpl/emulator.hpp>

#include "emulator/put_request.hpp"
#include "emulator/shard.hpp"

namespace aiokpl::emulator {

enum class StreamStatus { creating, active, updating, deleting };
[[nodiscard]] std::string_view to_text(StreamStatus status) noexcept;

/// How streams keep records and change.
struct StreamRules {
  bool discard = false;
  bool enforce_limits = false;
  std::uint64_t retention_bytes = 0;
  std::chrono::seconds retention = std::chrono::hours{24};
  std::chrono::milliseconds transition{0};
};

/// What became of a record that was put.
struct PutResult {
  enum class Kind { stored, throttled, failed };
  Kind kind = Kind::stored;
  /// Whose limit it was, or where it is.
  std::uint32_t shard = 0;
  SequenceNumber sequence_number = {};
};

/// A stream: its shards, how they split and merge, and which of them takes a record. Operations that the service
/// would refuse throw ApiError.
class Stream {
 public:
  Stream(const StreamSpec& spec, const StreamRules& rules, std::uint64_t seed, Time now);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] Time created() const noexcept { return created_; }
  [[nodiscard]] StreamStatus status(Time now) const noexcept;
  /// A stream that was being deleted, and now is.
  [[nodiscard]] bool gone(Time now) const noexcept;
  [[nodiscard]] bool on_demand() const noexcept { return on_demand_; }
  [[nodiscard]] bool automatic_distribution() const noexcept { return automatic_; }
  [[nodiscard]] std::uint32_t max_record_size_kib() const noexcept { return max_record_size_kib_; }
  [[nodiscard]] std::size_t open_shards() const noexcept { return open_.size(); }

  /// Every shard within the retention, by number.
  [[nodiscard]] std::vector<const Shard*> shards(Time now) const;
  /// ResourceNotFoundException when there is none of that id.
  [[nodiscard]] const Shard& shard(std::string_view id, Time now) const;
  /// Shards that this one was split or merged into.
  [[nodiscard]] std::vector<ShardFacts> children(std::uint32_t number) const;
  /// What ListShards tells: the shards now, or as they were when `freeze` was called.
  [[nodiscard]] std::vector<ShardFacts> listed_shards(Time now) const;
  void freeze(bool frozen);

  /// Routes, limits and keeps a record. It was checked, and its hash key is right for this stream.
  PutResult put(const PutEntry& entry, HashKey hash_key, Time now);
  /// The shard that would take it, and its limits apart, what `put` would say.
  PutResult refuse(HashKey hash_key, PutResult::Kind kind);
  void expire(Time now);

  void split(std::string_view id, HashKey new_starting_hash_key, Time now);
  void merge(std::string_view id, std::string_view adjacent_id, Time now);
  /// Splits and merges until the open shards are `count` uniform ranges.
  void scale(std::uint32_t count, Time now);
  void set_mode(bool on_demand, Time now);
  void set_distribution(bool automatic) noexcept { automatic_ = automatic; }
  void set_on_demand() noexcept { on_demand_ = true; }
  void set_max_record_size(std::uint32_t kib, Time now);
  void begin_deletion(Time now);
  /// ResourceInUseException unless ACTIVE.
  void require_active(Time now) const;

 private:
  Shard& route(HashKey hash_key) noexcept;
  [[nodiscard]] Shard& open_shard(std::string_view id, Time now);
  void begin_update(Time now);
  void add_shard(HashKeyRange range, const Shard* parent, const Shard* adjacent, Time now);
  void split(Shard& parent, HashKey at, Time now);
  void merge(Shard& lower, Shard& upper, Time now);
  void split_at_borders(const std::vector<HashKeyRange>& wanted, Time now);
  void merge_into(const std::vector<HashKeyRange>& wanted, Time now);
  void sort_open();
  [[nodiscard]] std::string described() const;

  std::string name_;
  StreamRules rules_;
  Time created_;
  bool on_demand_;
  bool automatic_;
  std::uint32_t max_record_size_kib_;
  StreamStatus changing_;
  Time changed_;
  // By number. Pointers to shards stay valid.
  std::vector<std::unique_ptr<Shard>> shards_;
  // By range.
  std::vector<Shard*> open_;
  std::size_t next_automatic_;
  std::optional<std::vector<ShardFacts>> frozen_;
  std::uint64_t bytes_ = 0;
  // The shard of every record kept, in the order of their arrival: the oldest go first.
  std::deque<std::uint32_t> arrivals_;
};

}  // namespace aiokpl::emulator
