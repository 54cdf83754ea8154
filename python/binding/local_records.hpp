#pragma once

#include <string>

#include "local_core.hpp"

namespace aiokpl::python {

/// What a local Kinesis holds, as rows (tuples) that the package makes its dataclasses of.

/// shard_id, sequence_number, partition_key, explicit_hash_key, data, arrival.
[[nodiscard]] nb::list local_records(const LocalCore& kinesis, const std::string& stream);
/// Aggregates unpacked as the Kinesis Client Library does: partition_key, explicit_hash_key, data, tags (pairs),
/// shard_id, sequence_number, sub_sequence_number, aggregated, arrival.
[[nodiscard]] nb::list local_user_records(const LocalCore& kinesis, const std::string& stream);
/// id, first and last hash key, parent, adjacent parent, starting and ending sequence number.
[[nodiscard]] nb::list local_shards(const LocalCore& kinesis, const std::string& stream);
/// The fields of emulator::Counters, in their order.
[[nodiscard]] nb::tuple local_counters(const LocalCore& kinesis);

}  // namespace aiokpl::python
