#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <aiokpl/emulator.hpp>

#include "emulator/answer_writer.hpp"
#include "emulator/faults.hpp"
#include "emulator/parameters.hpp"
#include "emulator/store.hpp"
#include "emulator/validation.hpp"

namespace aiokpl::emulator {

/// What an operation works with. The store is locked while one runs.
struct Call {
  Store& store;
  Time now;
  /// Of the request's credential scope: what stands in its ARNs.
  std::string_view region;
  const Parameters& parameters;
  AnswerWriter& answer;
};

using Operation = void (*)(Call&);
/// Every operation but those that put records; null for a name that is none.
[[nodiscard]] Operation find_operation(std::string_view name) noexcept;

[[nodiscard]] std::string stream_arn(std::string_view region, std::string_view name);
/// The stream's name that a request means by StreamName, StreamARN or both. Adds what is wrong with them.
[[nodiscard]] std::string_view resolve_stream(std::optional<std::string_view> name, std::optional<std::string_view> arn,
                                              Violations& violations);
/// InvalidArgumentException where neither a name nor an ARN was given.
void require_stream(std::string_view resolved);

/// The members most operations share. They add to the violations and give what can be gone on with.
[[nodiscard]] std::string_view stream_parameter(const Call& call, Violations& violations);
/// For operations that take the ARN only.
[[nodiscard]] std::string_view arn_parameter(const Call& call, Violations& violations);
[[nodiscard]] std::string_view required_text(const Call& call, std::string_view member, std::string_view path,
                                             Violations& violations);
[[nodiscard]] std::int64_t limited(const Call& call, std::string_view member, std::string_view path,
                                   std::int64_t absent, std::int64_t most, Violations& violations);

void write_shard(AnswerWriter& answer, const ShardFacts& facts);

/// Opaque to clients: fields joined, with a check, in base64.
[[nodiscard]] std::string make_token(const std::vector<std::string>& fields);
/// Nothing when it was not made here.
[[nodiscard]] std::optional<std::vector<std::string>> read_token(std::string_view token);
[[nodiscard]] std::uint64_t number_field(std::string_view field) noexcept;

/// Tokens and iterators are good for five minutes.
inline constexpr std::chrono::minutes token_lifetime{5};

// operations/streams.cpp
void create_stream(Call& call);
void delete_stream(Call& call);
void list_streams(Call& call);
void update_stream_mode(Call& call);
void update_max_record_size(Call& call);
void update_record_distribution_strategy(Call& call);
// operations/describe.cpp
void describe_stream(Call& call);
void describe_stream_summary(Call& call);
// operations/shards.cpp
void list_shards(Call& call);
void split_shard(Call& call);
void merge_shards(Call& call);
void update_shard_count(Call& call);
// operations/read.cpp
void get_shard_iterator(Call& call);
void get_records(Call& call);

}  // namespace aiokpl::emulator
