#include <array>

#include "emulator/api_error.hpp"
#include "emulator/call.hpp"
#include "emulator/put_operations.hpp"

namespace aiokpl::emulator {
namespace {

constexpr std::size_t most_records = 500;
constexpr std::size_t most_bytes = std::size_t{10} << 20U;
constexpr std::size_t most_data = std::size_t{10} << 20U;
constexpr std::size_t most_key_characters = 256;
constexpr std::string_view internal_failure_message = "Internal service failure.";

}  // namespace

std::string PutOperation::path_of(std::size_t index) const {
  return several_ ? "records." + std::to_string(index + 1) + ".member." : std::string{};
}

void PutOperation::read_put_records(Protocol protocol, std::string_view body, bool decode) {
  several_ = true;
  request_.read_put_records(protocol, body, decode);
  Violations violations;
  if (!request_.has_records) {
    violations.add_null("records");
  } else if (request_.entries.empty()) {
    violations.add("[]", "records", "Member must have length greater than or equal to 1");
  } else if (request_.entries.size() > most_records) {
    violations.add_unquoted("records", "Member must have length less than or equal to 500");
  }
  finish_reading(violations);
}

void PutOperation::read_put_record(Protocol protocol, std::string_view body, bool decode) {
  several_ = false;
  request_.read_put_record(protocol, body, decode);
  Violations violations;
  if (request_.sequence_number_for_ordering) {
    violations.sequence_number(*request_.sequence_number_for_ordering, "sequenceNumberForOrdering");
  }
  finish_reading(violations);
}

void PutOperation::check_entry(const PutEntry& entry, std::string_view path, Violations& violations) const {
  const auto at = [&](const char* member) { return std::string{path} + member; };
  if (!entry.has_data) violations.add_null(at("data"));
  if (entry.data_size > most_data) {
    violations.add_unquoted(at("data"), "Member must have length less than or equal to " + std::to_string(most_data));
  }
  if (entry.partition_key) violations.length(*entry.partition_key, at("partitionKey"), 1, most_key_characters);
  if (entry.explicit_hash_key) violations.hash_key(*entry.explicit_hash_key, at("explicitHashKey"));
}

void PutOperation::finish_reading(Violations& violations) {
  stream_ = resolve_stream(request_.stream_name, request_.stream_arn, violations);
  std::size_t bytes = 0;
  hash_keys_.clear();
  for (std::size_t i = 0; i < request_.entries.size(); ++i) {
    const PutEntry& entry = request_.entries[i];
    const bool long_key = entry.partition_key && entry.partition_key->size() > most_key_characters;
    const bool short_key = entry.partition_key && entry.partition_key->empty();
    // Paths are built for the rare record that may be wrong.
    if (!entry.has_data || entry.data_size > most_data || long_key || short_key || entry.explicit_hash_key) {
      check_entry(entry, path_of(i), violations);
    }
    bytes += entry.size();
  }
  violations.check();
  require_stream(stream_);
  if (bytes > most_bytes && several_) {
    throw ApiError{"InvalidArgumentException", "Records size exceeds 10 MB limit"};
  }
  for (const PutEntry& entry : request_.entries) {
    const auto given = entry.explicit_hash_key ? HashKey::from_decimal(*entry.explicit_hash_key) : std::nullopt;
    if (entry.explicit_hash_key && !given) {
      throw ApiError{"InvalidArgumentException",
                     "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value "
                     "was " +
                         std::string{*entry.explicit_hash_key}};
    }
    hash_keys_.push_back(given ? *given : md5_hash_key(entry.partition_key.value_or("")));
  }
}

void PutOperation::check_against(const Stream& stream) const {
  Violations violations;
  const std::size_t most = std::size_t{stream.max_record_size_kib()} << 10U;
  for (std::size_t i = 0; i < request_.entries.size(); ++i) {
    const PutEntry& entry = request_.entries[i];
    if (entry.size() > most) {
      violations.add_unquoted(path_of(i) + "data",
                              "Member must have length less than or equal to " + std::to_string(most));
    }
    if (!entry.partition_key && !stream.automatic_distribution()) violations.add_null(path_of(i) + "partitionKey");
  }
  violations.check();
}

void PutOperation::count(const PutResult& result, const PutEntry& entry, Counters& counters) {
  switch (result.kind) {
    case PutResult::Kind::stored:
      ++counters.records_stored;
      counters.bytes_stored += entry.size();
      break;
    case PutResult::Kind::throttled:
      ++counters.records_throttled;
      break;
    case PutResult::Kind::failed:
      ++counters.records_failed;
      break;
  }
}

void PutOperation::store(Store& store, Time now, RequestFate& fate, Counters& counters) {
  Stream& stream = store.stream(stream_, now);
  const StreamStatus status = stream.status(now);
  if (status == StreamStatus::creating || status == StreamStatus::deleting) {
    throw ApiError{"ResourceNotFoundException",
                   "Stream " + stream.name() + " under account " + account_id + " not found."};
  }
  check_against(stream);
  if (request_.dry_run) {
    throw ApiError{"DryRunOperationException", "Request would have succeeded, but DryRun flag is set."};
  }
  results_.clear();
  for (std::size_t i = 0; i < request_.entries.size(); ++i) {
    const PutEntry& entry = request_.entries[i];
    switch (fate.next_record()) {
      case RecordFate::normal:
        results_.push_back(stream.put(entry, hash_keys_[i], now));
        break;
      case RecordFate::throttled:
        results_.push_back(stream.refuse(hash_keys_[i], PutResult::Kind::throttled));
        break;
      case RecordFate::failed:
        results_.push_back(stream.refuse(hash_keys_[i], PutResult::Kind::failed));
        break;
    }
    count(results_.back(), entry, counters);
  }
}

std::string PutOperation::throttled_message(const PutResult& result) const {
  return "Rate exceeded for shard " + shard_id(result.shard) + " in stream " + std::string{stream_} +
         " under account " + account_id + ".";
}

void PutOperation::answer_put_records(AnswerWriter& answer, const RequestFate& fate) const {
  std::int64_t failed = 0;
  for (const PutResult& result : results_) {
    if (result.kind != PutResult::Kind::stored) ++failed;
  }
  answer.begin_map().key("FailedRecordCount").integer(failed).key("Records").begin_list();
  std::array<char, SequenceNumber::digits> number{};
  std::array<char, shard_id_length> shard{};
  const std::size_t answered = results_.size() - (fate.wrong_count ? 1 : 0);
  for (std::size_t i = 0; i < answered; ++i) {
    const PutResult& result = results_[i];
    answer.begin_map();
    if (result.kind == PutResult::Kind::stored) {
      result.sequence_number.write(number.data());
      write_shard_id(result.shard, shard.data());
      answer.key("SequenceNumber").text({number.data(), number.size()});
      answer.key("ShardId").text({shard.data(), shard.size()});
    } else if (result.kind == PutResult::Kind::throttled) {
      answer.key("ErrorCode").text("ProvisionedThroughputExceededException");
      answer.key("ErrorMessage").text(throttled_message(result));
    } else {
      answer.key("ErrorCode").text("InternalFailure").key("ErrorMessage").text(internal_failure_message);
    }
    answer.end_map();
  }
  answer.end_list().key("EncryptionType").text("NONE").end_map();
}

void PutOperation::answer_put_record(AnswerWriter& answer) const {
  const PutResult& result = results_.front();
  if (result.kind == PutResult::Kind::throttled) {
    throw ApiError{"ProvisionedThroughputExceededException", throttled_message(result)};
  }
  if (result.kind == PutResult::Kind::failed) {
    throw ApiError{500, "InternalFailure", std::string{internal_failure_message}};
  }
  answer.begin_map().key("SequenceNumber").text(result.sequence_number.text());
  answer.key("ShardId").text(shard_id(result.shard)).key("EncryptionType").text("NONE").end_map();
}

}  // namespace aiokpl::emulator
