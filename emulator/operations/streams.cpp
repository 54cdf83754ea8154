// CreateStream, DeleteStream, ListStreams and what changes a stream's settings.
#include "emulator/api_error.hpp"
#include "emulator/call.hpp"

namespace aiokpl::emulator {
namespace {

// The service's default quota is lower; this one keeps a slip of the finger from eating the machine.
constexpr std::int64_t most_shards = 10'000;
constexpr std::uint32_t on_demand_shards = 4;

bool read_mode(std::string_view mode, Violations& violations) {
  if (mode != "ON_DEMAND" && mode != "PROVISIONED") {
    violations.add(mode, "streamModeDetails.streamMode",
                   "Member must satisfy enum value set: [PROVISIONED, ON_DEMAND]");
  }
  return mode == "ON_DEMAND";
}

bool read_strategy(std::string_view strategy, Violations& violations) {
  if (strategy != "AUTO" && strategy != "USER_PARTITION_KEY") {
    violations.add(strategy, "recordDistributionStrategy",
                   "Member must satisfy enum value set: [AUTO, USER_PARTITION_KEY]");
  }
  return strategy == "AUTO";
}

std::uint32_t shard_count(const Call& call, bool on_demand, Violations& violations) {
  const auto count = call.parameters.integer("ShardCount");
  if (count) violations.range(*count, "shardCount", 1, INT32_MAX);
  violations.check();
  if (on_demand && count) {
    throw ApiError{"ValidationException", "ShardCount must not be given for a stream in ON_DEMAND mode."};
  }
  if (on_demand) return on_demand_shards;
  if (!count) throw ApiError{"ValidationException", "ShardCount is required for a stream in PROVISIONED mode."};
  if (*count > most_shards) {
    throw ApiError{"LimitExceededException", "This request would exceed the shard limit for the account " +
                                                 std::string{account_id} + ": " + std::to_string(most_shards) + "."};
  }
  return static_cast<std::uint32_t>(*count);
}

}  // namespace

void create_stream(Call& call) {
  Violations violations;
  StreamSpec spec;
  spec.name = required_text(call, "StreamName", "streamName", violations);
  if (violations.empty()) violations.stream_name(spec.name, "streamName");
  if (call.parameters.has_structure("StreamModeDetails")) {
    const auto mode = required_text(call, "StreamModeDetails.StreamMode", "streamModeDetails.streamMode", violations);
    if (!mode.empty()) spec.on_demand = read_mode(mode, violations);
  }
  if (const auto size = call.parameters.integer("MaxRecordSizeInKiB")) {
    violations.range(*size, "maxRecordSizeInKiB", 1024, 10240);
    spec.max_record_size_kib = static_cast<std::uint32_t>(*size);
  }
  if (const auto* const strategy = call.parameters.text("RecordDistributionStrategy")) {
    spec.automatic_distribution = read_strategy(*strategy, violations);
  }
  spec.shards = shard_count(call, spec.on_demand, violations);
  if (spec.automatic_distribution && !spec.on_demand) {
    throw ApiError{"ValidationException", "RecordDistributionStrategy AUTO is for streams in ON_DEMAND mode."};
  }
  call.store.create(spec, call.now);
}

void delete_stream(Call& call) {
  Violations violations;
  const std::string_view name = stream_parameter(call, violations);
  violations.check();
  require_stream(name);
  call.store.remove(name, call.now);
}

void list_streams(Call& call) {
  Violations violations;
  const std::int64_t limit = limited(call, "Limit", "limit", 100, 10'000, violations);
  violations.check();
  std::string after;
  if (const auto* const start = call.parameters.text("ExclusiveStartStreamName")) after = *start;
  if (const auto* const token = call.parameters.text("NextToken")) {
    const auto fields = read_token(*token);
    if (!fields || fields->size() != 2 || (*fields)[0] != "streams") {
      throw ApiError{"InvalidArgumentException", "NextToken is invalid."};
    }
    after = (*fields)[1];
  }
  const auto& streams = call.store.streams(call.now);
  const auto first = streams.upper_bound(after);
  auto last = first;
  std::int64_t count = 0;
  for (; last != streams.end() && count < limit; ++last)
    ++count;

  AnswerWriter& answer = call.answer;
  answer.begin_map().key("HasMoreStreams").boolean(last != streams.end());
  answer.key("StreamNames").begin_list();
  for (auto i = first; i != last; ++i)
    answer.text(i->first);
  answer.end_list().key("StreamSummaries").begin_list();
  for (auto i = first; i != last; ++i) {
    const Stream& stream = *i->second;
    answer.begin_map().key("StreamName").text(stream.name());
    answer.key("StreamARN").text(stream_arn(call.region, stream.name()));
    answer.key("StreamStatus").text(to_text(stream.status(call.now)));
    answer.key("StreamModeDetails").begin_map().key("StreamMode");
    answer.text(stream.on_demand() ? "ON_DEMAND" : "PROVISIONED").end_map();
    answer.key("StreamCreationTimestamp").time(stream.created()).end_map();
  }
  answer.end_list();
  if (last != streams.end()) answer.key("NextToken").text(make_token({"streams", std::prev(last)->first}));
  answer.end_map();
}

void update_stream_mode(Call& call) {
  Violations violations;
  const std::string_view name = arn_parameter(call, violations);
  const auto mode = required_text(call, "StreamModeDetails.StreamMode", "streamModeDetails.streamMode", violations);
  const bool on_demand = !mode.empty() && read_mode(mode, violations);
  violations.check();
  call.store.stream(name, call.now).set_mode(on_demand, call.now);
}

void update_max_record_size(Call& call) {
  Violations violations;
  const std::string_view name = arn_parameter(call, violations);
  const auto size = call.parameters.integer("MaxRecordSizeInKiB");
  if (size) {
    violations.range(*size, "maxRecordSizeInKiB", 1024, 10240);
  } else {
    violations.add_null("maxRecordSizeInKiB");
  }
  violations.check();
  call.store.stream(name, call.now).set_max_record_size(static_cast<std::uint32_t>(*size), call.now);
}

void update_record_distribution_strategy(Call& call) {
  Violations violations;
  const std::string_view name = arn_parameter(call, violations);
  const auto strategy = required_text(call, "RecordDistributionStrategy", "recordDistributionStrategy", violations);
  const bool automatic = !strategy.empty() && read_strategy(strategy, violations);
  violations.check();
  Stream& stream = call.store.stream(name, call.now);
  if (!stream.on_demand()) {
    throw ApiError{"ValidationException", "Stream " + stream.name() + " under account " + account_id +
                                              " is in PROVISIONED mode; only streams in ON_DEMAND mode have a record "
                                              "distribution strategy."};
  }
  stream.require_active(call.now);
  stream.set_distribution(automatic);
}

}  // namespace aiokpl::emulator
