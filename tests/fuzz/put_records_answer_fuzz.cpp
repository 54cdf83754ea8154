// Answers of PutRecords in CBOR and JSON. What nlohmann-json takes for an answer of the right shape we must read, and
// see the same in it; whatever the bytes are, what we read is text, and a refusal has a reason.
#include "codec/put_records_answer.hpp"
#include "tests/fuzz/documents.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/fuzz/property.hpp"

namespace aiokpl::fuzz {
namespace {

using nlohmann::json;

constexpr const char* members[] = {"ShardId", "SequenceNumber", "ErrorCode", "ErrorMessage"};

std::vector<std::string_view> texts(const codec::AnswerEntry& entry) {
  return {entry.shard_id, entry.sequence_number, entry.error_code, entry.error_message};
}

bool is_entry(const json& entry) {
  return entry.is_object() && std::all_of(std::begin(members), std::end(members), [&](const char* name) {
           const json* value = member(entry, name);
           return value == nullptr || value->is_string();
         });
}

bool is_answer(const json& document) {
  if (!document.is_object()) return false;
  const json* records = member(document, "Records");
  const json* failed = member(document, "FailedRecordCount");
  return records != nullptr && records->is_array() && std::all_of(records->begin(), records->end(), is_entry) &&
         (failed == nullptr || failed->is_number_unsigned());
}

void check_equal(const codec::PutRecordsAnswer& answer, const json& document) {
  const json& records = document.at("Records");
  hold(answer.records().size() == records.size(), "as many entries as there are");
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto ours = texts(answer.records()[i]);
    for (std::size_t field = 0; field < ours.size(); ++field) {
      const json* value = member(records[i], members[field]);
      hold(ours[field] == (value == nullptr ? std::string{} : value->get<std::string>()), "the same texts");
    }
  }
  const json* failed = member(document, "FailedRecordCount");
  hold(answer.failed_record_count() == (failed == nullptr ? 0 : failed->get<std::uint64_t>()), "the same count");
}

void check(codec::PutRecordsAnswer& answer, std::string_view body, WireProtocol protocol) {
  const codec::Piece bytes = std::as_bytes(std::span{body});
  const bool read = protocol == WireProtocol::cbor ? answer.parse_cbor(bytes) : answer.parse_json(bytes);
  hold(read == answer.reason().empty(), "a refusal has a reason");
  hold(read || answer.records().empty(), "what is refused has no entries");
  for (const codec::AnswerEntry& entry : answer.records()) {
    for (const std::string_view text : texts(entry))
      hold(codec::valid_utf8(text), "texts are UTF-8");
  }
  // Both keep to depths of their own; ours is 32.
  const auto document = plain_document(body, protocol, 30);
  if (!document || !is_answer(*document)) return;
  hold(read, "what others take for an answer is one");
  check_equal(answer, *document);
}

}  // namespace
}  // namespace aiokpl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aiokpl;
  fuzz::FuzzInput input{data, size};
  const auto protocol = input.flip() ? WireProtocol::cbor : WireProtocol::json;
  const std::string_view body = input.rest();
  codec::PutRecordsAnswer answer;
  fuzz::check(answer, body, protocol);
  fuzz::check(answer, body, protocol);  // in the memory of the first time
  return 0;
}
