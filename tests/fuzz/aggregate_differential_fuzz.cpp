// Our decoder of aggregates beside protobuf's own, made by protoc out of aggregated_record.proto. The input is the
// message; both get it whole.
//
// Where they must agree. Call an aggregate good when protobuf parses the message (required fields included) and every
// index points into its table. Ours accepts what is good and refuses everything else, and of what both accept, records,
// partition keys, explicit hash keys, data and tags are equal, in order; so are the hash keys that place the records
// (computed here with OpenSSL), and with them whether a consumer drops the aggregate and because of which hash key.
// What ours accepts, protobuf must parse when ours has packed it anew; and of records that are right, both write the
// same bytes.
//
// Where they may differ in what they accept:
// - Heads in more than four bytes. The format leaves open what a reader does with a number that is longer than its
// type:
//   ours refuses field keys above 32 bits and numbers above 64, and takes padded ones; protobuf's drops the bits that
//   are too many in keys and numbers, and refuses padded keys and sizes. No writer needs them here: they would be
//   indices and sizes above 2^28. Messages with four continuation bytes in a row are compared only where both accept.
// - Unknown groups that are nested more than 16 deep: ours refuses, so that no input decides how much it keeps of the
//   open ones; protobuf's own limit is 100.
// Texts that are no UTF-8 are no difference: proto2 takes them, and so do we; what they mean is up to the consumer.
#include <string>

#include "aggregated_record.pb.h"
#include "tests/fuzz/aggregates.hpp"

namespace aiokpl::fuzz {
namespace {

bool has_long_head(codec::Piece message) {
  std::size_t run = 0;
  for (const std::byte byte : message) {
    run = (byte & std::byte{0x80}) != std::byte{0} ? run + 1 : 0;
    if (run == 4) return true;
  }
  return false;
}

/// The records of a good aggregate.
std::optional<std::vector<UserRecord>> by_protobuf(codec::Piece message) {
  proto::AggregatedRecord aggregate;
  // Apart from each other, since protobuf writes a line about each message that lacks a field.
  const bool parsed = aggregate.ParsePartialFromArray(message.data(), static_cast<int>(message.size()));
  if (!parsed || !aggregate.IsInitialized()) return std::nullopt;
  std::vector<UserRecord> records;
  for (const proto::Record& given : aggregate.records()) {
    const auto keys = static_cast<std::uint64_t>(aggregate.partition_key_table_size());
    const auto hash_keys = static_cast<std::uint64_t>(aggregate.explicit_hash_key_table_size());
    if (given.partition_key_index() >= keys) return std::nullopt;
    UserRecord& record = records.emplace_back();
    record.partition_key = aggregate.partition_key_table(static_cast<int>(given.partition_key_index()));
    if (given.has_explicit_hash_key_index()) {
      if (given.explicit_hash_key_index() >= hash_keys) return std::nullopt;
      record.explicit_hash_key = aggregate.explicit_hash_key_table(static_cast<int>(given.explicit_hash_key_index()));
    }
    const codec::Piece data = std::as_bytes(std::span{given.data()});
    record.data = {data.begin(), data.end()};
    for (const proto::Tag& tag : given.tags()) {
      OwnedTag& copy = record.tags.emplace_back(OwnedTag{.key = tag.key()});
      if (tag.has_value()) copy.value = tag.value();
    }
  }
  return records;
}

std::string written_by_protobuf(const std::vector<UserRecord>& records) {
  proto::AggregatedRecord aggregate;
  const auto index_of = [](auto& table, const std::string& text) {
    const auto found = std::find(table.begin(), table.end(), text);
    const auto index = static_cast<std::uint64_t>(found - table.begin());
    if (found == table.end()) *table.Add() = text;
    return index;
  };
  for (const UserRecord& record : records) {
    proto::Record& given = *aggregate.add_records();
    given.set_partition_key_index(index_of(*aggregate.mutable_partition_key_table(), record.partition_key));
    if (record.explicit_hash_key) {
      given.set_explicit_hash_key_index(
          index_of(*aggregate.mutable_explicit_hash_key_table(), *record.explicit_hash_key));
    }
    given.set_data(record.data.data(), record.data.size());
    for (const OwnedTag& tag : record.tags) {
      proto::Tag& copy = *given.add_tags();
      copy.set_key(tag.key);
      if (tag.value) copy.set_value(*tag.value);
    }
  }
  return aggregate.SerializeAsString();
}

/// Decimal, without our own reading of it: `0` or no leading zero, and below 2^128.
bool is_hash_key(const std::string& text) {
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  constexpr std::string_view highest = "340282366920938463463374607431768211455";
  return digits && (text == "0" || text[0] != '0') &&
         (text.size() < highest.size() || (text.size() == highest.size() && text <= highest));
}

void check_placement(codec::Piece payload, const std::vector<UserRecord>& records) {
  const HashKeyRange lower_half{{}, {~std::uint64_t{0} >> 1U, ~std::uint64_t{0}}};
  std::optional<std::string> offending;
  bool readable = true;
  for (const UserRecord& record : records) {
    readable = readable && (!record.explicit_hash_key || is_hash_key(*record.explicit_hash_key));
    if (!readable) break;
    // The first half of all keys ends with 2^127 - 1, in decimal.
    const std::string key =
        record.explicit_hash_key ? *record.explicit_hash_key : openssl_hash_key(record.partition_key).to_decimal();
    constexpr std::string_view last = "170141183460469231731687303715884105727";
    const bool within = key.size() < last.size() || (key.size() == last.size() && key <= last);
    if (!within && !offending) offending = key;
  }
  try {
    const Deaggregated result = deaggregate(payload, "a", lower_half);
    hold(readable, "a hash key that is no number is refused");
    hold(result.aggregated && result.dropped == offending.has_value(), "both drop the same aggregates");
    hold(!offending || result.offending_hash_key->to_decimal() == *offending, "both blame the same hash key");
    hold(result.dropped || result.records == records, "what is not dropped comes whole");
  } catch (const AggregationFormatError&) {
    hold(!readable, "hash keys that are numbers are taken");
  }
}

void check_writing(const std::vector<UserRecord>& records) {
  if (records.empty() || !std::all_of(records.begin(), records.end(), encodable)) return;
  const std::vector<std::byte> payload = encode_aggregated(RecordViews{records}.get());
  const std::string message = written_by_protobuf(records);
  hold(framed(std::as_bytes(std::span{message})) == payload, "both write the same bytes");
}

void check(codec::Piece message) {
  const std::vector<std::byte> payload = framed(message);
  const std::optional<std::vector<UserRecord>> theirs = by_protobuf(message);
  std::optional<std::vector<UserRecord>> ours;
  bool deep_groups = false;
  try {
    ours = decode_aggregated(payload);
  } catch (const AggregationFormatError& error) {
    deep_groups = std::string_view{error.what()} == "groups are nested too deeply";
  }
  if (!deep_groups && !has_long_head(message)) {
    hold(ours.has_value() || !theirs.has_value(), "what protobuf reads, ours reads");
    hold(theirs.has_value() || !ours.has_value(), "what ours reads, protobuf reads");
  }
  if (ours && theirs) hold(*ours == *theirs, "both read the same records");
  if (!ours) return;
  check_placement(payload, *ours);
  check_writing(*ours);
}

}  // namespace
}  // namespace aiokpl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  aiokpl::fuzz::check({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
