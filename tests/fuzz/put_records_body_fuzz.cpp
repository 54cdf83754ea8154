// What the client writes as a PutRecords request, the local Kinesis reads back equal, in either protocol.
#include <list>

#include "codec/utf8.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/fuzz/put_requests.hpp"

namespace aiokpl::fuzz {
namespace {

/// Keys are UTF-8 when they come to the body's writer; what is none here is left out.
std::string_view text_of(FuzzInput& input) {
  const std::string_view text = input.text();
  return codec::valid_utf8(text) ? text : std::string_view{};
}

struct Entries {
  std::vector<codec::Entry> list;
  std::list<std::vector<codec::Piece>> pieces;

  explicit Entries(FuzzInput& input) {
    constexpr std::size_t most = 50;
    while (!input.empty() && list.size() < most) {
      std::vector<codec::Piece>& data = pieces.emplace_back();
      const std::size_t shape = input.below(32);
      codec::Entry entry{};
      for (std::size_t count = shape % 4; count > 0; --count) {
        const std::string_view piece = count == 1 ? input.long_text() : input.text();
        data.push_back(std::as_bytes(std::span{piece}));
        entry.data_size += piece.size();
      }
      entry.data = data;
      entry.has_partition_key = (shape & 4U) == 0;
      if (entry.has_partition_key) entry.partition_key = text_of(input);
      if ((shape & 8U) != 0) entry.explicit_hash_key = text_of(input);
      list.push_back(entry);
    }
  }
};

std::string joined(std::span<const codec::Piece> pieces) {
  std::string bytes;
  for (const codec::Piece piece : pieces)
    bytes.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  return bytes;
}

void check(codec::PutRecordsBody& body, Protocol protocol, codec::StreamReference stream, const Entries& entries) {
  const std::string bytes = write(body, protocol, stream, entries.list);
  PutRequest request;
  hold(read(request, protocol, bytes), "what is written can be read");
  hold((stream.is_arn ? request.stream_arn : request.stream_name) == stream.name_or_arn, "the stream comes through");
  hold(!(stream.is_arn ? request.stream_name : request.stream_arn), "under one name");
  hold(request.has_records && !request.dry_run && request.entries.size() == entries.list.size(), "and all records");
  for (std::size_t i = 0; i < entries.list.size(); ++i) {
    const codec::Entry& sent = entries.list[i];
    const PutEntry& got = request.entries[i];
    hold(got.has_data && got.data_size == sent.data_size && got.data == joined(sent.data), "data come through");
    hold(got.partition_key.has_value() == sent.has_partition_key, "an absent key stays absent");
    hold(got.partition_key.value_or("") == (sent.has_partition_key ? sent.partition_key : ""), "keys come through");
    hold(got.explicit_hash_key.has_value() != sent.explicit_hash_key.empty(), "a hash key comes if there is one");
    hold(got.explicit_hash_key.value_or("") == sent.explicit_hash_key, "hash keys come through");
  }
}

}  // namespace
}  // namespace aiokpl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aiokpl;
  fuzz::FuzzInput input{data, size};
  const codec::StreamReference stream{.name_or_arn = fuzz::text_of(input), .is_arn = input.flip()};
  const fuzz::Entries entries{input};
  codec::PutRecordsBody body;
  fuzz::check(body, fuzz::Protocol::cbor, stream, entries);
  fuzz::check(body, fuzz::Protocol::json, stream, entries);
  return 0;
}
