// PutRecords and PutRecord requests of any client. What nlohmann-json takes for a request of the right shape is read,
// with the same in it; what was read, the client's own writer writes so that it reads back equal.
#include "codec/base64.hpp"
#include "codec/utf8.hpp"
#include "tests/fuzz/documents.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/fuzz/put_requests.hpp"

namespace aiokpl::fuzz {
namespace {

using nlohmann::json;

/// The bytes of a Data member; nothing where it has none.
std::optional<std::string> data_of(const json& entry, Protocol protocol) {
  const json* data = member(entry, "Data");
  if (data == nullptr) return std::nullopt;
  if (protocol == Protocol::json) return codec::from_base64(data->get_ref<const std::string&>());
  return std::string{data->get_binary().begin(), data->get_binary().end()};
}

bool is_text_or_absent(const json& object, const char* name) {
  const json* value = member(object, name);
  return value == nullptr || value->is_string();
}

bool is_entry(const json& entry, Protocol protocol) {
  if (!entry.is_object()) return entry.is_null();
  const json* data = member(entry, "Data");
  const bool good = data == nullptr || (protocol == Protocol::cbor ? data->is_binary() : data->is_string());
  return good && (data == nullptr || data_of(entry, protocol)) && is_text_or_absent(entry, "PartitionKey") &&
         is_text_or_absent(entry, "ExplicitHashKey");
}

bool is_request(const json& document, Protocol protocol) {
  if (!document.is_object()) return false;
  const json* records = member(document, "Records");
  const json* dry_run = member(document, "DryRun");
  return is_text_or_absent(document, "StreamName") && is_text_or_absent(document, "StreamARN") &&
         (dry_run == nullptr || dry_run->is_boolean()) &&
         (records == nullptr ||
          (records->is_array() &&
           std::all_of(records->begin(), records->end(), [&](const json& e) { return is_entry(e, protocol); })));
}

void check_entry(const PutEntry& entry, const json& given, Protocol protocol) {
  const json object = given.is_null() ? json::object() : given;
  const auto data = data_of(object, protocol);
  hold(entry.has_data == data.has_value() && entry.data == data.value_or(""), "the same data");
  for (const char* name : {"PartitionKey", "ExplicitHashKey"}) {
    const auto& ours = name[0] == 'P' ? entry.partition_key : entry.explicit_hash_key;
    const json* theirs = member(object, name);
    hold(ours.has_value() == (theirs != nullptr), "the same keys are there");
    hold(!ours || *ours == theirs->get<std::string>(), "the same keys");
  }
}

void check_against(const PutRequest& request, bool read, std::string_view body, Protocol protocol) {
  const auto document = plain_document(body, protocol == Protocol::cbor ? WireProtocol::cbor : WireProtocol::json, 60);
  if (!document || !is_request(*document, protocol)) return;
  hold(read, "what others take for a request is one");
  const json* records = member(*document, "Records");
  hold(request.has_records == (records != nullptr), "records are there or not");
  hold(request.entries.size() == (records == nullptr ? 0 : records->size()), "as many records as there are");
  for (std::size_t i = 0; i < request.entries.size(); ++i)
    check_entry(request.entries[i], (*records)[i], protocol);
}

/// Written anew, in the other protocol too.
void check_again(const PutRequest& request) {
  std::vector<codec::Piece> pieces;
  std::vector<codec::Entry> entries;
  pieces.reserve(request.entries.size());
  for (const PutEntry& entry : request.entries) {
    pieces.push_back(std::as_bytes(std::span{entry.data}));
    entries.push_back({.data = {&pieces.back(), 1},
                       .data_size = entry.data.size(),
                       .partition_key = entry.partition_key.value_or(""),
                       .has_partition_key = entry.partition_key.has_value(),
                       .explicit_hash_key = entry.explicit_hash_key.value_or("")});
  }
  codec::PutRecordsBody body;
  for (const Protocol protocol : {Protocol::cbor, Protocol::json}) {
    const std::string bytes = write(body, protocol, {request.stream_name.value_or(""), false}, entries);
    PutRequest again;
    hold(read(again, protocol, bytes) && again.entries.size() == entries.size(), "written anew, it can be read");
    for (std::size_t i = 0; i < entries.size(); ++i) {
      hold(again.entries[i].data == request.entries[i].data &&
               again.entries[i].partition_key == request.entries[i].partition_key &&
               again.entries[i].explicit_hash_key.value_or("") == entries[i].explicit_hash_key,
           "written anew, it is the same");
    }
  }
}

void check(PutRequest& request, Protocol protocol, std::string_view body, bool several) {
  PutRequest lengths;
  const bool measured = read(lengths, protocol, body, false, several);
  const bool whole = read(request, protocol, body, true, several);
  if (several) check_against(request, whole, body, protocol);
  if (!whole) return;
  hold(measured && lengths.entries.size() == request.entries.size(), "undecoded, it can be read as well");
  hold(several || request.entries.size() == 1, "PutRecord puts one record");
  for (std::size_t i = 0; i < request.entries.size(); ++i) {
    const PutEntry& entry = request.entries[i];
    hold(entry.data_size == entry.data.size() && entry.data_size == lengths.entries[i].data_size,
         "data have their size");
    hold(codec::valid_utf8(entry.partition_key.value_or("")) && codec::valid_utf8(entry.explicit_hash_key.value_or("")),
         "keys are text");
    hold(entry.has_data || entry.data.empty(), "no data has no bytes");
  }
  check_again(request);
}

}  // namespace
}  // namespace aiokpl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aiokpl::fuzz;
  FuzzInput input{data, size};
  const auto protocol = input.flip() ? Protocol::cbor : Protocol::json;
  const bool several = !input.flip();
  const std::string_view body = input.rest();
  PutRequest request;
  check(request, protocol, body, several);
  check(request, protocol, body, several);  // in the memory of the first time
  return 0;
}
