#pragma once

#include <string>
#include <vector>

#include "codec/put_records_body.hpp"
#include "emulator/api_error.hpp"
#include "emulator/put_request.hpp"
#include "tests/fuzz/property.hpp"

/// Requests that put records, from the client's writer and to the local Kinesis's reader.
namespace aiokpl::fuzz {

using emulator::Protocol;
using emulator::PutEntry;
using emulator::PutRequest;

/// False where the request is refused.
inline bool read(PutRequest& request, Protocol protocol, std::string_view body, bool decode = true,
                 bool several = true) {
  try {
    if (several) {
      request.read_put_records(protocol, body, decode);
    } else {
      request.read_put_record(protocol, body, decode);
    }
    return true;
  } catch (const emulator::ApiError& error) {
    hold(error.status() == 400 && error.code() == "SerializationException" && !error.message().empty(),
         "a body that cannot be read is a SerializationException");
    return false;
  }
}

/// The body as the client writes it.
inline std::string write(codec::PutRecordsBody& body, Protocol protocol, codec::StreamReference stream,
                         std::span<const codec::Entry> entries) {
  if (protocol == Protocol::cbor) {
    body.encode_cbor(stream, entries);
  } else {
    body.encode_json(stream, entries);
  }
  std::string bytes;
  for (const codec::Piece piece : body.pieces())
    bytes.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  hold(bytes.size() == body.size(), "a body knows its size");
  return bytes;
}

}  // namespace aiokpl::fuzz
