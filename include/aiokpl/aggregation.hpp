#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <aiokpl/error.hpp>
#include <aiokpl/export.hpp>
#include <aiokpl/hash_key.hpp>
#include <aiokpl/record.hpp>

namespace aiokpl {

/// A tag that owns its text.
struct OwnedTag {
  std::string key;
  std::optional<std::string> value = std::nullopt;

  friend bool operator==(const OwnedTag&, const OwnedTag&) = default;
};

/// A record that owns what it holds, as a consumer takes it out of a Kinesis record.
struct UserRecord {
  std::string partition_key;
  std::vector<std::byte> data;
  /// Decimal, as the producer wrote it.
  std::optional<std::string> explicit_hash_key = std::nullopt;
  std::vector<OwnedTag> tags = {};

  friend bool operator==(const UserRecord&, const UserRecord&) = default;
};

using DecodedRecord = UserRecord;

/// A payload that is no aggregate, or a broken one. The message says what is wrong with it.
class AIOKPL_EXPORT AggregationFormatError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  ~AggregationFormatError() override;
};

/// What a consumer makes of one Kinesis record.
struct Deaggregated {
  /// In the order of the payload. Empty when the aggregate is dropped.
  std::vector<UserRecord> records;
  /// False: the payload is no aggregate, and `records` holds it as it is.
  bool aggregated = false;
  /// True: a user record lies outside the shard, so that consumers drop the whole aggregate.
  bool dropped = false;
  /// The first hash key outside the shard, when dropped.
  std::optional<HashKey> offending_hash_key = std::nullopt;
};

/// Whether the payload is an aggregate in the KPL's format: it has the magic and the right MD5. Consumers take
/// anything else for a raw record. Every function of this header may be called from any thread.
[[nodiscard]] AIOKPL_EXPORT bool is_aggregated(DataView payload) noexcept;

/// Packs user records into one aggregate, equal keys and equal explicit hash keys shared. Send it with the partition
/// key `a` and with the first record's hash key as explicit hash key; all its records must belong to one shard, or
/// consumers drop it. The records' `stream` is ignored.
/// Throws InvalidArgument for no records, a partition key that is absent, empty or not UTF-8, tags that are not
/// UTF-8, and an explicit hash key that is not a decimal number below 2^128.
[[nodiscard]] AIOKPL_EXPORT std::vector<std::byte> encode_aggregated(std::span<const Record> records);

/// Unpacks an aggregate. Accepts its fields in any order and skips unknown ones.
/// Throws AggregationFormatError for a payload that is no aggregate, or a broken one.
[[nodiscard]] AIOKPL_EXPORT std::vector<DecodedRecord> decode_aggregated(DataView payload);

/// Reads a Kinesis record as the Kinesis Client Library does. A payload that is no aggregate comes back as one record
/// under the Kinesis record's own `partition_key`. An aggregate is dropped whole when the hash key of any of its
/// records (the explicit one if there is one, else the MD5 of its partition key) lies outside `shard`, the range of
/// the shard that it was read from.
/// Throws AggregationFormatError when magic and MD5 are right but the message between them is broken, and when an
/// explicit hash key in it is no number.
[[nodiscard]] AIOKPL_EXPORT Deaggregated deaggregate(DataView payload, std::string_view partition_key,
                                                     const HashKeyRange& shard = {});

}  // namespace aiokpl
