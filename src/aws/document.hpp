#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include <aiokpl/config.hpp>

/// Small documents of the service (errors, shards, summaries) in either wire protocol, read into one shape.
namespace aiokpl::aws {

[[nodiscard]] std::string_view content_type_of(WireProtocol protocol) noexcept;

/// In JSON, binary values become base64 strings, as the service wants them.
[[nodiscard]] std::string write_document(const nlohmann::json& document, WireProtocol protocol);

/// Nothing when the text is not well formed, or nested more than 64 deep: it comes from the network. CBOR's tags are
/// dropped, so that a time is its number: Kinesis writes milliseconds since 1970 in CBOR and seconds in JSON.
[[nodiscard]] std::optional<nlohmann::json> read_document(std::string_view body, WireProtocol protocol);

/// Whether nlohmann-json takes this text to end before it does: a zero byte, which has no place in JSON, is the end to
/// it, and what follows is not read. To be asked wherever it parses text from outside.
[[nodiscard]] bool ends_early(std::string_view json) noexcept;

/// By the content type that came with it; where that says nothing, by the first byte.
[[nodiscard]] std::optional<nlohmann::json> read_document(std::string_view body, std::string_view content_type);

/// One CBOR item without its tags; nothing when the bytes are not exactly one item, are nested deeper than this, or
/// hold a text that is no UTF-8 or a number below those of 64 bits. Without recursion, so that no input exhausts the
/// stack.
[[nodiscard]] std::optional<std::string> strip_cbor_tags(std::string_view bytes, std::size_t max_depth);

}  // namespace aiokpl::aws
