// Payloads of Kinesis records as a consumer finds them: the input as it is, and as the message of an aggregate.
#include "codec/aggregate_reader.hpp"
#include "tests/fuzz/aggregates.hpp"

namespace aiokpl::fuzz {
namespace {

using codec::Piece;

bool has_frame(Piece payload) {
  constexpr auto& magic = codec::aggregate_magic;
  if (payload.size() < codec::aggregate_overhead) return false;
  const Piece message = payload.subspan(magic.size(), payload.size() - codec::aggregate_overhead);
  const Md5 digest = openssl_md5(message);
  return std::equal(magic.begin(), magic.end(), payload.begin()) &&
         std::equal(
             digest.begin(), digest.end(),
             reinterpret_cast<const unsigned char*>(payload.data()) + payload.size() - codec::aggregate_digest_size);
}

UserRecord owned(const codec::AggregatedUserRecord& record, Piece payload) {
  hold(inside(record.body, payload), "a record lies in the payload");
  hold(inside(record.data, record.body), "data lie in their record");
  hold(inside(record.partition_key, payload), "a key lies in the payload");
  UserRecord copy{.partition_key = std::string{record.partition_key}, .data = {record.data.begin(), record.data.end()}};
  if (record.explicit_hash_key) {
    hold(inside(*record.explicit_hash_key, payload), "a hash key lies in the payload");
    copy.explicit_hash_key = *record.explicit_hash_key;
  }
  codec::AggregatedTags tags{record};
  for (Tag tag; tags.next(tag);) {
    hold(inside(tag.key, record.body) && inside(tag.value.value_or(""), record.body), "tags lie in their record");
    OwnedTag& kept = copy.tags.emplace_back(OwnedTag{.key = std::string{tag.key}});
    if (tag.value) kept.value = *tag.value;
  }
  hold(copy.tags.size() == record.tag_count, "a record has as many tags as it says");
  return copy;
}

/// Through the reader; nothing where it refuses.
std::optional<std::vector<UserRecord>> read(Piece payload) {
  codec::AggregateReader reader;
  std::vector<UserRecord> records;
  const bool open = reader.open(payload);
  hold(open == reader.reason().empty(), "a refusal has a reason");
  hold(reader.framed() == has_frame(payload), "magic and MD5 are what OpenSSL takes them for");
  if (!open) return std::nullopt;
  for (codec::AggregatedUserRecord record; reader.next(record);)
    records.push_back(owned(record, payload));
  if (!reader.reason().empty()) return std::nullopt;
  hold(records.size() == reader.size(), "there are as many records as the reader said");
  return records;
}

void check_deaggregation(Piece payload, const std::optional<std::vector<UserRecord>>& records) {
  const HashKeyRange lower_half{{}, {~std::uint64_t{0} >> 1U, ~std::uint64_t{0}}};
  try {
    const Deaggregated result = deaggregate(payload, "own key", lower_half);
    hold(result.aggregated == has_frame(payload), "what has no frame is raw");
    if (!result.aggregated) {
      hold(result.records.size() == 1 && result.records[0].partition_key == "own key" &&
               std::equal(payload.begin(), payload.end(), result.records[0].data.begin(), result.records[0].data.end()),
           "a raw record is handed over as it is");
      return;
    }
    hold(records.has_value(), "a broken aggregate is refused");
    hold(result.dropped == result.offending_hash_key.has_value(), "a drop has a reason");
    hold(result.dropped ? result.records.empty() && !lower_half.contains(*result.offending_hash_key)
                        : result.records == *records,
         "an aggregate comes whole or not at all");
  } catch (const AggregationFormatError&) {
    const auto no_number = [](const UserRecord& record) {
      return record.explicit_hash_key && !HashKey::from_decimal(*record.explicit_hash_key);
    };
    hold(!records || std::any_of(records->begin(), records->end(), no_number), "a readable aggregate is not refused");
  }
}

void check_payload(Piece payload) {
  const auto records = read(payload);
  hold(is_aggregated(payload) == has_frame(payload), "is_aggregated looks at the frame");
  hold(decode(payload) == records, "decode_aggregated reads as its reader does");
  check_deaggregation(payload, records);
  if (!records || records->empty() || !std::all_of(records->begin(), records->end(), encodable)) return;
  hold(decode(encode_aggregated(RecordViews{*records}.get())) == records, "packed again, it reads the same");
}

}  // namespace
}  // namespace aiokpl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const aiokpl::codec::Piece input{reinterpret_cast<const std::byte*>(data), size};
  aiokpl::fuzz::check_payload(input);
  aiokpl::fuzz::check_payload(aiokpl::fuzz::framed(input));
  return 0;
}
