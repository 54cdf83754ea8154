#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <aiokpl/hash_key.hpp>
#include <aiokpl/record.hpp>

#include "codec/md5.hpp"
#include "pipeline/attempt_list.hpp"
#include "pipeline/chunk_chain.hpp"
#include "pipeline/time.hpp"

namespace aiokpl::detail {
class FateBlock;
}

namespace aiokpl::pipeline {

/// A number that a stream's shard keeps for as long as the stream is known; see ShardNumbers.
using ShardNumber = std::uint32_t;
inline constexpr ShardNumber no_shard = ~ShardNumber{0};

/// Where the fate of a user record is told: a block of them and the place in it. The pipeline only carries it.
struct FateRef {
  detail::FateBlock* block = nullptr;
  std::uint32_t index = 0;
};

/// What the pipeline keeps of a user record beside its bytes in wire format.
struct Member {
  TimePoint arrived;
  detail::FateBlock* block = nullptr;
  std::uint32_t index = 0;
  /// Data and partition key: what Kinesis and back-pressure count.
  std::uint32_t size = 0;
};

/// A user record on its way into a batch. Views only.
struct RecordParts {
  /// Absent: the library places the record.
  std::optional<std::string_view> partition_key;
  HashKey hash_key;
  std::optional<std::string_view> explicit_hash_key;
  std::span<const Piece> data;
  std::size_t data_size = 0;
  TagsView tags;

  /// What Kinesis counts of it, and what back-pressure counts but for its fixed part.
  [[nodiscard]] std::size_t size() const noexcept { return data_size + (partition_key ? partition_key->size() : 0); }
};

class Batch;

/// A batch lives in a chunk of the source that its records' bytes come from, and so do its first record's key, bytes
/// and bookkeeping, if they are small: with aggregation off, that is all there is.
struct BatchDeleter {
  void operator()(Batch* batch) const noexcept;
};
using BatchPtr = std::unique_ptr<Batch, BatchDeleter>;
[[nodiscard]] BatchPtr make_batch(ChunkSource& source);

/// A Kinesis record in the making: user records of one stream and, where shards are predicted, of one shard, in wire
/// format. The one copy of a record's data lives here until its fate is settled.
///
/// Keyless records share one table entry for their key and one for the explicit hash key that places them; which, the
/// batch remembers, so that unpacking gives the key back as absent.
class Batch {
 public:
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  /// How a record's keys stand in the batch's tables.
  struct TablePlace {
    static constexpr std::uint32_t none = ~std::uint32_t{0};
    std::uint32_t key_index = 0;
    /// `none` for a record without explicit hash key.
    std::uint32_t hash_key_index = none;
  };

  // Building; the aggregator decides what fits and which table entries are shared.
  /// Adds a table entry and gives the bytes of the key as they stand in the batch; they do not move.
  std::string_view add_key(std::string_view key);
  std::string_view add_hash_key(std::string_view decimal);
  /// The table place of keyless records, made at the first of them; `placement` is the explicit hash key that places
  /// them, absent where nothing is known yet.
  TablePlace keyless_place(std::optional<std::string_view> placement);
  /// `hash_key` is what places the record; of the parts that matters for those with a key only.
  void add_record(const RecordParts& parts, HashKey hash_key, const TablePlace& place, TimePoint arrived, FateRef fate);

  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] std::uint32_t key_count() const noexcept { return key_count_; }
  [[nodiscard]] std::uint32_t hash_key_count() const noexcept { return hash_key_count_; }
  /// Bytes of the aggregated record, framing included.
  [[nodiscard]] std::size_t aggregated_size() const noexcept;
  /// Bytes that Kinesis counts for it (data and partition key), in the form in which it is sent.
  [[nodiscard]] std::size_t kinesis_size() const noexcept;
  /// Data and partition keys of its user records.
  [[nodiscard]] std::size_t user_size() const noexcept { return user_size_; }
  [[nodiscard]] TimePoint oldest() const noexcept { return oldest_; }
  /// The range that its hash keys span: since a shard's range has no holes, the two ends decide.
  [[nodiscard]] HashKeyRange span() const noexcept { return {lowest_, highest_}; }
  [[nodiscard]] bool has_tags() const noexcept { return has_tags_; }
  /// A lone record goes raw unless it has tags.
  [[nodiscard]] bool goes_raw() const noexcept { return count_ == 1 && !has_tags_; }
  [[nodiscard]] bool has_keyless() const noexcept { return keyless_.has_value(); }

  /// The explicit hash key that an aggregate is sent with: the hash key of its first user record.
  [[nodiscard]] HashKey first_hash_key() const noexcept { return first_; }

  // Sending.
  /// The pieces of the aggregate between its magic number and its MD5.
  void add_body_pieces(std::vector<Piece>& pieces) const;

  template <typename Visit>
  void for_each_member(Visit visit) const {
    for (const Chunk* chunk = members_.first(); chunk != nullptr; chunk = chunk->next) {
      const auto* member = reinterpret_cast<const Member*>(chunk->bytes());
      for (const Member* end = member + chunk->size / sizeof(Member); member != end; ++member)
        visit(*member);
    }
  }

  /// The shard that it was packed for; `no_shard` where nothing was predicted.
  ShardNumber shard = no_shard;
  /// When it has to move on at the latest, through aggregator and collector together.
  TimePoint deadline = never;
  /// The MD5 trailer, once computed; kept when the batch is sent again whole.
  std::optional<codec::Md5Digest> trailer;
  /// Where its own records' fates are told; null while it holds none but records of other batches.
  detail::FateBlock* home = nullptr;
  /// Set when every member is `home`'s, in order and nothing else is: then one store settles them all.
  [[nodiscard]] bool is_whole_home() const noexcept { return home != nullptr && foreign_ == 0; }
  /// How many of its members are `home`'s; the next one's index there.
  [[nodiscard]] std::uint32_t home_count() const noexcept { return count_ - foreign_; }
  /// The tries that were made with the batch as it is.
  AttemptList attempts;

 private:
  friend class BatchReader;
  friend struct BatchDeleter;
  friend BatchPtr make_batch(ChunkSource& source);

  /// Chunks within the batch's own.
  struct Homes {
    Chunk* keys;
    Chunk* members;
    Chunk* records;
  };
  Batch(ChunkSource& source, const Homes& homes) noexcept
      : keys_{source, homes.keys},
        hash_keys_{source},
        records_{source, homes.records},
        members_{source, homes.members} {}
  ~Batch() = default;

  ChunkChain keys_;
  ChunkChain hash_keys_;
  ChunkChain records_;
  ChunkChain members_;
  std::uint32_t count_ = 0;
  std::uint32_t key_count_ = 0;
  std::uint32_t hash_key_count_ = 0;
  std::uint32_t foreign_ = 0;
  std::optional<TablePlace> keyless_;
  bool has_tags_ = false;
  std::size_t user_size_ = 0;
  HashKey first_;
  HashKey lowest_ = HashKey::max();
  HashKey highest_{};
  TimePoint oldest_ = never;
};

/// Calls a batch near, and with `whole` also what its chunk holds of its first record; a hint. Where batches are of one
/// record each, a batch is in no cache any more whenever its turn comes: whoever handles many of them does this
/// `batches_ahead` before.
void expect(const Batch& batch, bool whole = false) noexcept;
inline constexpr std::size_t batches_ahead = 4;

}  // namespace aiokpl::pipeline
