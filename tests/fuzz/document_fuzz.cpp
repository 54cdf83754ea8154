// Documents of the service in either protocol: what is read can be written and reads back equal, in its own protocol
// and, where it has no bytes, in the other.
#include <cmath>

#include "tests/fuzz/documents.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/fuzz/property.hpp"

namespace aiokpl::fuzz {
namespace {

using nlohmann::json;

/// Bytes have no form of their own in JSON, and numbers that are none no form at all.
bool fits_json(const json& value) {
  if (value.is_binary()) return false;
  if (value.is_number_float()) return std::isfinite(value.get<double>());
  return !value.is_structured() || std::all_of(value.begin(), value.end(), fits_json);
}

/// Not a number is not equal to itself.
bool is_comparable(const json& value) {
  if (value.is_number_float()) return !std::isnan(value.get<double>());
  return !value.is_structured() || std::all_of(value.begin(), value.end(), is_comparable);
}

void check_written(const json& document, WireProtocol protocol) {
  const std::string written = aws::write_document(document, protocol);
  const auto again = aws::read_document(written, protocol);
  hold(again.has_value(), "what is written can be read");
  hold(*again == document, "what is written reads back equal");
}

void check_tags(std::string_view body) {
  const auto stripped = aws::strip_cbor_tags(body, 64);
  if (!stripped) return;
  hold(stripped->size() <= body.size(), "without tags it is not longer");
  hold(aws::strip_cbor_tags(*stripped, 64) == stripped, "there are no tags left");
}

void check(std::string_view body, WireProtocol protocol) {
  if (protocol == WireProtocol::cbor) check_tags(body);
  const auto document = aws::read_document(body, protocol);
  hold(aws::read_document(body, aws::content_type_of(protocol)) == document || (document && !is_comparable(*document)),
       "the content type tells the protocol");
  if (!document || !is_comparable(*document)) return;
  check_written(*document, WireProtocol::cbor);
  if (fits_json(*document)) {
    check_written(*document, WireProtocol::json);
  } else {
    hold(aws::read_document(aws::write_document(*document, WireProtocol::json), WireProtocol::json).has_value(),
         "bytes become text");
  }
}

}  // namespace
}  // namespace aiokpl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aiokpl;
  fuzz::FuzzInput input{data, size};
  const auto protocol = input.flip() ? WireProtocol::cbor : WireProtocol::json;
  fuzz::check(input.rest(), protocol);
  return 0;
}
