// GetShardIterator and GetRecords.
#include <algorithm>
#include <array>

#include "emulator/api_error.hpp"
#include "emulator/call.hpp"

namespace aiokpl::emulator {
namespace {

constexpr std::size_t most_bytes_answered = std::size_t{10} << 20U;
constexpr std::array<std::string_view, 5> iterator_types{"AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER", "TRIM_HORIZON",
                                                         "LATEST", "AT_TIMESTAMP"};

/// Where a reader stands in a shard. The stream's creation tells it from a later one of the same name.
struct Iterator {
  std::string stream;
  std::uint64_t created;
  std::uint32_t shard;
  std::uint64_t counter;
};

std::string to_token(const Iterator& iterator, Time now) {
  return make_token({"iterator", iterator.stream, std::to_string(iterator.created), std::to_string(iterator.shard),
                     std::to_string(iterator.counter), std::to_string(epoch_milliseconds(now))});
}

Iterator to_iterator(std::string_view token, Time now) {
  const auto fields = read_token(token);
  if (!fields || fields->size() != 6 || (*fields)[0] != "iterator") {
    throw ApiError{"InvalidArgumentException", "Invalid ShardIterator."};
  }
  const Time issued{std::chrono::milliseconds{number_field((*fields)[5])}};
  if (now - issued > token_lifetime) {
    throw ApiError{"ExpiredIteratorException",
                   "Iterator expired. The iterator was created at time " + (*fields)[5] + " ms while right now it is " +
                       std::to_string(epoch_milliseconds(now)) +
                       " ms which is further in the future than the tolerated delay of 300000 milliseconds."};
  }
  return {(*fields)[1], number_field((*fields)[2]), static_cast<std::uint32_t>(number_field((*fields)[3])),
          number_field((*fields)[4])};
}

std::uint64_t counter_of_sequence_number(const Call& call, const Shard& shard, std::string_view type) {
  const std::string* const text = call.parameters.text("StartingSequenceNumber");
  if (text == nullptr) {
    throw ApiError{"InvalidArgumentException",
                   "Must either specify StartingSequenceNumber or timestamp or neither for type " + std::string{type}};
  }
  const auto number = SequenceNumber::parse(*text);
  if (!number || number->epoch != shard.facts().epoch || number->shard != shard.facts().number) {
    throw ApiError{"InvalidArgumentException", "StartingSequenceNumber " + *text +
                                                   " used in GetShardIterator on shard " +
                                                   shard_id(shard.facts().number) + " under account " + account_id +
                                                   " is invalid because it did not come from this stream."};
  }
  return std::min(shard.next_counter(), number->counter + (type == "AFTER_SEQUENCE_NUMBER" ? 1 : 0));
}

std::uint64_t first_counter(const Call& call, const Shard& shard, std::string_view type) {
  if (type == "TRIM_HORIZON") return 0;
  if (type == "LATEST") return shard.next_counter();
  if (type != "AT_TIMESTAMP") return counter_of_sequence_number(call, shard, type);
  const auto time = call.parameters.time("Timestamp");
  if (!time) throw ApiError{"InvalidArgumentException", "Timestamp must be provided for type AT_TIMESTAMP."};
  if (*time > call.now) {
    throw ApiError{"InvalidArgumentException",
                   "The timestampInMillis parameter cannot be greater than the "
                   "currentTimestampInMillis."};
  }
  return shard.counter_at(*time);
}

void write_record(AnswerWriter& answer, const ShardFacts& shard, const LogEntry& entry) {
  const SequenceNumber number{shard.epoch, entry.counter, epoch_milliseconds(entry.arrival), shard.number};
  answer.begin_map().key("SequenceNumber").text(number.text());
  answer.key("ApproximateArrivalTimestamp").time(entry.arrival);
  answer.key("Data").bytes(entry.data);
  if (!entry.partition_key.empty()) answer.key("PartitionKey").text(entry.partition_key);
  answer.end_map();
}

void write_children(AnswerWriter& answer, const std::vector<ShardFacts>& children) {
  answer.key("ChildShards").begin_list();
  for (const ShardFacts& child : children) {
    answer.begin_map().key("ShardId").text(shard_id(child.number)).key("ParentShards").begin_list();
    if (child.parent) answer.text(shard_id(*child.parent));
    if (child.adjacent_parent) answer.text(shard_id(*child.adjacent_parent));
    answer.end_list().key("HashKeyRange").begin_map();
    answer.key("StartingHashKey").text(child.range.first.to_decimal());
    answer.key("EndingHashKey").text(child.range.last.to_decimal()).end_map().end_map();
  }
  answer.end_list();
}

}  // namespace

void get_shard_iterator(Call& call) {
  Violations violations;
  const std::string_view name = stream_parameter(call, violations);
  const std::string_view id = required_text(call, "ShardId", "shardId", violations);
  if (!id.empty()) violations.shard_id(id, "shardId");
  const std::string_view type = required_text(call, "ShardIteratorType", "shardIteratorType", violations);
  if (!type.empty() && std::find(iterator_types.begin(), iterator_types.end(), type) == iterator_types.end()) {
    violations.add(type, "shardIteratorType",
                   "Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, "
                   "AT_SEQUENCE_NUMBER, TRIM_HORIZON]");
  }
  const std::string* const sequence_number = call.parameters.text("StartingSequenceNumber");
  if (sequence_number != nullptr) violations.sequence_number(*sequence_number, "startingSequenceNumber");
  violations.check();
  require_stream(name);
  Stream& stream = call.store.stream(name, call.now);
  const Shard& shard = stream.shard(id, call.now);
  const Iterator iterator{stream.name(), epoch_milliseconds(stream.created()), shard.facts().number,
                          first_counter(call, shard, type)};
  call.answer.begin_map().key("ShardIterator").text(to_token(iterator, call.now)).end_map();
}

void get_records(Call& call) {
  Violations violations;
  const std::string_view token = required_text(call, "ShardIterator", "shardIterator", violations);
  const std::int64_t limit = limited(call, "Limit", "limit", 10'000, 10'000, violations);
  violations.check();
  Iterator iterator = to_iterator(token, call.now);
  Stream& stream = call.store.stream(iterator.stream, call.now);
  if (iterator.created != epoch_milliseconds(stream.created())) {
    throw ApiError{"InvalidArgumentException", "ShardIterator belongs to another stream."};
  }
  stream.expire(call.now);
  const Shard& shard = stream.shard(shard_id(iterator.shard), call.now);

  AnswerWriter& answer = call.answer;
  answer.begin_map().key("Records").begin_list();
  auto entry = shard.find(iterator.counter);
  std::size_t bytes = 0;
  for (std::int64_t count = 0; entry != shard.log().end() && count < limit; ++entry, ++count) {
    bytes += entry->size();
    if (count > 0 && bytes > most_bytes_answered) break;
    write_record(answer, shard.facts(), *entry);
  }
  answer.end_list();
  const bool at_end = entry == shard.log().end();
  iterator.counter = at_end ? shard.next_counter() : entry->counter;
  const auto behind = at_end ? 0 : std::chrono::ceil<std::chrono::milliseconds>(call.now - entry->arrival).count();
  answer.key("MillisBehindLatest").integer(std::max<std::int64_t>(behind, 0));
  if (at_end && !shard.facts().open()) {
    write_children(answer, stream.children(iterator.shard));
  } else {
    answer.key("NextShardIterator").text(to_token(iterator, call.now));
  }
  answer.end_map();
}

}  // namespace aiokpl::emulator
