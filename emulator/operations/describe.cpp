// DescribeStream and DescribeStreamSummary.
#include <algorithm>

#include "emulator/api_error.hpp"
#include "emulator/call.hpp"

namespace aiokpl::emulator {
namespace {

void write_common(Call& call, const Stream& stream) {
  AnswerWriter& answer = call.answer;
  answer.key("StreamName").text(stream.name());
  answer.key("StreamARN").text(stream_arn(call.region, stream.name()));
  answer.key("StreamStatus").text(to_text(stream.status(call.now)));
  answer.key("StreamModeDetails").begin_map().key("StreamMode");
  answer.text(stream.on_demand() ? "ON_DEMAND" : "PROVISIONED").end_map();
  const auto hours = std::chrono::ceil<std::chrono::hours>(call.store.rules().retention).count();
  answer.key("RetentionPeriodHours").integer(hours);
  answer.key("StreamCreationTimestamp").time(stream.created());
  answer.key("EnhancedMonitoring").begin_list().begin_map().key("ShardLevelMetrics").begin_list().end_list();
  answer.end_map().end_list();
  answer.key("EncryptionType").text("NONE");
}

}  // namespace

void describe_stream(Call& call) {
  Violations violations;
  const std::string_view name = stream_parameter(call, violations);
  const std::int64_t limit = limited(call, "Limit", "limit", 100, 10'000, violations);
  const std::string* const start = call.parameters.text("ExclusiveStartShardId");
  if (start != nullptr) violations.shard_id(*start, "exclusiveStartShardId");
  violations.check();
  require_stream(name);

  const Stream& stream = call.store.stream(name, call.now);
  auto shards = stream.shards(call.now);
  if (start != nullptr) {
    const auto after = parse_shard_id(*start).value_or(UINT32_MAX);
    std::erase_if(shards, [&](const Shard* shard) { return shard->facts().number <= after; });
  }
  const bool more = shards.size() > static_cast<std::size_t>(limit);
  if (more) shards.resize(static_cast<std::size_t>(limit));

  AnswerWriter& answer = call.answer;
  answer.begin_map().key("StreamDescription").begin_map();
  write_common(call, stream);
  answer.key("HasMoreShards").boolean(more).key("Shards").begin_list();
  for (const Shard* shard : shards)
    write_shard(answer, shard->facts());
  answer.end_list().end_map().end_map();
}

void describe_stream_summary(Call& call) {
  Violations violations;
  const std::string_view name = stream_parameter(call, violations);
  violations.check();
  require_stream(name);
  const Stream& stream = call.store.stream(name, call.now);

  AnswerWriter& answer = call.answer;
  answer.begin_map().key("StreamDescriptionSummary").begin_map();
  write_common(call, stream);
  answer.key("OpenShardCount").integer(static_cast<std::int64_t>(stream.open_shards()));
  answer.key("ConsumerCount").integer(0);
  answer.key("MaxRecordSizeInKiB").integer(stream.max_record_size_kib());
  if (stream.on_demand()) {
    answer.key("RecordDistributionStrategy").text(stream.automatic_distribution() ? "AUTO" : "USER_PARTITION_KEY");
  }
  answer.end_map().end_map();
}

}  // namespace aiokpl::emulator
