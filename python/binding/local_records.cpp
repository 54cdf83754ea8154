#include "local_records.hpp"

#include <chrono>
#include <optional>
#include <vector>

#include <nanobind/stl/string.h>

#include <aiokpl/aggregation.hpp>

namespace aiokpl::python {

namespace {

using emulator::LocalKinesis;
using emulator::StoredRecord;

nb::object text(std::string_view view) {
  // Records of whatever program's.
  return nb::steal(
      checked(PyUnicode_DecodeUTF8(view.data(), static_cast<Py_ssize_t>(view.size()), "replace")).release());
}

nb::object optional_text(const std::optional<std::string>& given) {
  return given ? text(*given) : nb::none();
}

nb::bytes bytes_of(const std::vector<std::byte>& bytes) {
  return nb::bytes(bytes.data(), bytes.size());
}

double seconds(std::chrono::system_clock::time_point at) {
  return std::chrono::duration<double>(at.time_since_epoch()).count();
}

nb::object integer(HashKey key) {
  return nb::steal(checked(PyLong_FromString(key.to_decimal().c_str(), nullptr, 10)).release());
}

struct ShardRecords {
  emulator::ShardInfo shard;
  std::vector<StoredRecord> records;
};

std::vector<ShardRecords> all_records(const LocalKinesis& kinesis, const std::string& stream) {
  std::vector<ShardRecords> all;
  for (emulator::ShardInfo& shard : kinesis.shards(stream)) {
    std::vector<StoredRecord> records = kinesis.records(stream, shard.id);
    all.push_back({std::move(shard), std::move(records)});
  }
  return all;
}

struct Consumed {
  std::string shard_id;
  std::string sequence_number;
  std::chrono::system_clock::time_point arrival;
  Deaggregated unpacked;
};

std::vector<Consumed> consume(const LocalKinesis& kinesis, const std::string& stream) {
  std::vector<Consumed> all;
  for (const auto& [shard, stored] : all_records(kinesis, stream)) {
    for (const StoredRecord& record : stored) {
      Deaggregated unpacked = deaggregate(record.data, record.partition_key, shard.range);
      // A record that is no aggregate comes without its hash key.
      if (!unpacked.aggregated) unpacked.records.front().explicit_hash_key = record.explicit_hash_key;
      all.push_back({shard.id, record.sequence_number, record.arrival, std::move(unpacked)});
    }
  }
  return all;
}

nb::tuple consumed_row(const Consumed& from, std::size_t index) {
  const UserRecord& record = from.unpacked.records[index];
  nb::list tags;
  for (const OwnedTag& tag : record.tags)
    tags.append(nb::make_tuple(text(tag.key), optional_text(tag.value)));
  return nb::make_tuple(text(record.partition_key), optional_text(record.explicit_hash_key), bytes_of(record.data),
                        nb::tuple(tags), text(from.shard_id), from.sequence_number, index, from.unpacked.aggregated,
                        seconds(from.arrival));
}

}  // namespace

nb::list local_records(const LocalCore& self, const std::string& stream) {
  const LocalKinesis& kinesis = self.here();
  nb::list rows;
  for (const auto& [shard, stored] : without_gil([&] { return all_records(kinesis, stream); })) {
    for (const StoredRecord& record : stored) {
      rows.append(nb::make_tuple(text(shard.id), record.sequence_number, text(record.partition_key),
                                 optional_text(record.explicit_hash_key), bytes_of(record.data),
                                 seconds(record.arrival)));
    }
  }
  return rows;
}

nb::list local_user_records(const LocalCore& self, const std::string& stream) {
  const LocalKinesis& kinesis = self.here();
  nb::list rows;
  for (const Consumed& one : without_gil([&] { return consume(kinesis, stream); })) {
    for (std::size_t index = 0; index < one.unpacked.records.size(); ++index)
      rows.append(consumed_row(one, index));
  }
  return rows;
}

nb::list local_shards(const LocalCore& self, const std::string& stream) {
  const LocalKinesis& kinesis = self.here();
  nb::list rows;
  for (const emulator::ShardInfo& shard : without_gil([&] { return kinesis.shards(stream); })) {
    rows.append(nb::make_tuple(text(shard.id), integer(shard.range.first), integer(shard.range.last),
                               optional_text(shard.parent), optional_text(shard.adjacent_parent),
                               text(shard.starting_sequence_number), optional_text(shard.ending_sequence_number)));
  }
  return rows;
}

nb::tuple local_counters(const LocalCore& self) {
  const LocalKinesis& kinesis = self.here();
  const emulator::Counters now = without_gil([&] { return kinesis.counters(); });
  nb::dict requests;
  for (const auto& [operation, count] : now.requests)
    requests[text(operation)] = nb::int_(count);
  return nb::make_tuple(requests, now.connections, now.records_stored, now.records_throttled, now.records_failed,
                        now.bytes_stored, now.bytes_received, now.connections_dropped, now.answers_spoilt,
                        now.requests_refused);
}

}  // namespace aiokpl::python
