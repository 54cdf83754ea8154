// ListShards, SplitShard, MergeShards and UpdateShardCount.
#include <algorithm>
#include <array>

#include "emulator/api_error.hpp"
#include "emulator/call.hpp"

namespace aiokpl::emulator {
namespace {

/// What a listing goes on with from page to page.
struct Listing {
  std::string stream;
  /// Shards up to this number were listed; nothing before the first page.
  std::optional<std::uint32_t> after;
  std::string filter;
  std::uint64_t filter_argument = 0;
};

constexpr std::array<std::string_view, 6> filters{"AFTER_SHARD_ID", "AT_TRIM_HORIZON", "FROM_TRIM_HORIZON",
                                                  "AT_LATEST",      "AT_TIMESTAMP",    "FROM_TIMESTAMP"};

void read_filter(const Call& call, Listing& listing, Violations& violations) {
  if (!call.parameters.has_structure("ShardFilter")) return;
  listing.filter = required_text(call, "ShardFilter.Type", "shardFilter.type", violations);
  if (listing.filter.empty()) return;
  if (std::find(filters.begin(), filters.end(), listing.filter) == filters.end()) {
    violations.add(listing.filter, "shardFilter.type",
                   "Member must satisfy enum value set: [AFTER_SHARD_ID, AT_TIMESTAMP, AT_TRIM_HORIZON, "
                   "FROM_TIMESTAMP, FROM_TRIM_HORIZON, AT_LATEST]");
  } else if (listing.filter == "AFTER_SHARD_ID") {
    const std::string* const id = call.parameters.text("ShardFilter.ShardId");
    if (id == nullptr) throw ApiError{"InvalidArgumentException", "ShardFilter AFTER_SHARD_ID needs a ShardId."};
    violations.shard_id(*id, "shardFilter.shardId");
    listing.filter_argument = parse_shard_id(*id).value_or(UINT32_MAX);
  } else if (listing.filter.ends_with("_TIMESTAMP")) {
    const auto time = call.parameters.time("ShardFilter.Timestamp");
    if (!time) {
      throw ApiError{"InvalidArgumentException", "ShardFilter " + listing.filter + " needs a Timestamp."};
    }
    listing.filter_argument = epoch_milliseconds(*time);
  }
}

Listing continue_listing(const Call& call, std::string_view token) {
  // The SDKs' paginators run into this one with the service too.
  for (const char* const other : {"StreamName", "ExclusiveStartShardId"}) {
    if (call.parameters.text(other) == nullptr) continue;
    throw ApiError{"InvalidArgumentException", "NextToken and " + std::string{other} + " cannot be provided together."};
  }
  const auto fields = read_token(token);
  if (!fields || fields->size() != 6 || (*fields)[0] != "shards") {
    throw ApiError{"InvalidArgumentException", "NextToken is invalid."};
  }
  const Time issued{std::chrono::milliseconds{number_field((*fields)[5])}};
  if (call.now - issued > token_lifetime) {
    throw ApiError{"ExpiredNextTokenException", "NextToken has expired; it is valid for 300 seconds."};
  }
  return {(*fields)[1], static_cast<std::uint32_t>(number_field((*fields)[2])), (*fields)[3],
          number_field((*fields)[4])};
}

Listing begin_listing(const Call& call, Violations& violations) {
  Listing listing;
  listing.stream = stream_parameter(call, violations);
  if (const auto* const start = call.parameters.text("ExclusiveStartShardId")) {
    violations.shard_id(*start, "exclusiveStartShardId");
    listing.after = parse_shard_id(*start).value_or(UINT32_MAX);
  }
  read_filter(call, listing, violations);
  return listing;
}

bool passes(const ShardFacts& shard, const Listing& listing, const Stream& stream, Time horizon) {
  if (listing.after && shard.number <= *listing.after) return false;
  const std::string& filter = listing.filter;
  if (filter == "AFTER_SHARD_ID") return shard.number > listing.filter_argument;
  if (filter == "AT_LATEST") return shard.open();
  const Time oldest = std::max(horizon, stream.created());
  if (filter == "AT_TRIM_HORIZON") return shard.open_at(oldest);
  if (filter == "FROM_TRIM_HORIZON") return !shard.closed || *shard.closed >= oldest;
  // Whole milliseconds are all that a filter can tell.
  // A time before all that is known means the oldest that is; the service says so of its trim horizon.
  const Time time = std::max<Time>(Time{std::chrono::milliseconds{listing.filter_argument}},
                                   std::chrono::floor<std::chrono::milliseconds>(oldest));
  const auto created = std::chrono::floor<std::chrono::milliseconds>(shard.created);
  if (filter == "AT_TIMESTAMP") return created <= time && (!shard.closed || *shard.closed > time);
  if (filter == "FROM_TIMESTAMP") return !shard.closed || *shard.closed >= time;
  return true;
}

void require_provisioned(const Stream& stream, std::string_view operation) {
  if (!stream.on_demand()) return;
  throw ApiError{"ValidationException", "Request is invalid. " + std::string{operation} + " is not for stream " +
                                            stream.name() + " under account " + account_id + " in ON_DEMAND mode."};
}

}  // namespace

void list_shards(Call& call) {
  Violations violations;
  const auto limit = static_cast<std::size_t>(limited(call, "MaxResults", "maxResults", 1'000, 10'000, violations));
  const std::string* const token = call.parameters.text("NextToken");
  Listing listing = token != nullptr ? continue_listing(call, *token) : begin_listing(call, violations);
  violations.check();
  require_stream(listing.stream);

  const Stream& stream = call.store.stream(listing.stream, call.now);
  auto shards = stream.listed_shards(call.now);
  const Time horizon = call.now - call.store.rules().retention;
  std::erase_if(shards, [&](const ShardFacts& shard) { return !passes(shard, listing, stream, horizon); });
  const bool more = shards.size() > limit;
  if (more) shards.resize(limit);

  AnswerWriter& answer = call.answer;
  answer.begin_map().key("Shards").begin_list();
  for (const ShardFacts& shard : shards)
    write_shard(answer, shard);
  answer.end_list();
  if (more) {
    answer.key("NextToken")
        .text(make_token({"shards", listing.stream, std::to_string(shards.back().number), listing.filter,
                          std::to_string(listing.filter_argument), std::to_string(epoch_milliseconds(call.now))}));
  }
  answer.end_map();
}

void split_shard(Call& call) {
  Violations violations;
  const std::string_view name = stream_parameter(call, violations);
  const std::string_view shard = required_text(call, "ShardToSplit", "shardToSplit", violations);
  if (!shard.empty()) violations.shard_id(shard, "shardToSplit");
  const std::string_view key = required_text(call, "NewStartingHashKey", "newStartingHashKey", violations);
  if (!key.empty()) violations.hash_key(key, "newStartingHashKey");
  violations.check();
  require_stream(name);
  const auto hash_key = HashKey::from_decimal(key);
  if (!hash_key) {
    throw ApiError{"InvalidArgumentException",
                   "Invalid NewStartingHashKey. NewStartingHashKey must be in the range: [0, 2^128-1]. Specified "
                   "value was " +
                       std::string{key}};
  }
  Stream& stream = call.store.stream(name, call.now);
  require_provisioned(stream, "SplitShard");
  stream.split(shard, *hash_key, call.now);
}

void merge_shards(Call& call) {
  Violations violations;
  const std::string_view name = stream_parameter(call, violations);
  const std::string_view shard = required_text(call, "ShardToMerge", "shardToMerge", violations);
  if (!shard.empty()) violations.shard_id(shard, "shardToMerge");
  const std::string_view adjacent = required_text(call, "AdjacentShardToMerge", "adjacentShardToMerge", violations);
  if (!adjacent.empty()) violations.shard_id(adjacent, "adjacentShardToMerge");
  violations.check();
  require_stream(name);
  Stream& stream = call.store.stream(name, call.now);
  require_provisioned(stream, "MergeShards");
  stream.merge(shard, adjacent, call.now);
}

void update_shard_count(Call& call) {
  Violations violations;
  const std::string_view name = stream_parameter(call, violations);
  const auto target = call.parameters.integer("TargetShardCount");
  if (target) {
    violations.range(*target, "targetShardCount", 1, INT32_MAX);
  } else {
    violations.add_null("targetShardCount");
  }
  const std::string_view scaling = required_text(call, "ScalingType", "scalingType", violations);
  if (!scaling.empty() && scaling != "UNIFORM_SCALING") {
    violations.add(scaling, "scalingType", "Member must satisfy enum value set: [UNIFORM_SCALING]");
  }
  violations.check();
  require_stream(name);
  Stream& stream = call.store.stream(name, call.now);
  require_provisioned(stream, "UpdateShardCount");
  const auto current = static_cast<std::int64_t>(stream.open_shards());
  if (*target > 2 * current || 2 * *target < current) {
    throw ApiError{*target > current ? "LimitExceededException" : "InvalidArgumentException",
                   "UpdateShardCount cannot scale stream " + stream.name() + " under account " + account_id +
                       " below half or above double its current open shard count of " + std::to_string(current) +
                       ". Target shard count: " + std::to_string(*target) + "."};
  }
  stream.scale(static_cast<std::uint32_t>(*target), call.now);
  call.answer.begin_map().key("StreamName").text(stream.name());
  call.answer.key("StreamARN").text(stream_arn(call.region, stream.name()));
  call.answer.key("CurrentShardCount").integer(current).key("TargetShardCount").integer(*target).end_map();
}

}  // namespace aiokpl::emulator
