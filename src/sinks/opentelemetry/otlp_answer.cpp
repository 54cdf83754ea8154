#include "sinks/opentelemetry/otlp_answer.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

#include "codec/protobuf_reader.hpp"
#include "sinks/opentelemetry/otlp_fields.hpp"
#include "sinks/web/web_client.hpp"

namespace aiokpl::sinks {
namespace {

using codec::ProtobufField;
using codec::ProtobufReader;
using Verdict = Delivery::Verdict;

constexpr std::size_t most_words = 300;

codec::Piece piece(std::string_view text) {
  return std::as_bytes(std::span{text});
}

/// For a log: one line, and not a long one.
std::string words(std::string_view text) {
  std::string line{text.substr(0, most_words)};
  std::ranges::replace_if(line, [](char c) { return (c >= 0 && c < ' ') || c == '\x7F'; }, ' ');
  return line;
}

std::string words(codec::Piece bytes) {
  return words(std::string_view{reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

/// ExportMetricsServiceResponse. One that cannot be read says nothing: the request was taken.
std::string remark_of(std::string_view body) {
  std::uint64_t rejected = 0;
  std::string why;
  ProtobufField part;
  for (ProtobufReader answer{piece(body)}; answer.next(part);) {
    if (!part.is(field::export_response::partial_success, ProtobufField::Kind::bytes)) continue;
    ProtobufField inner;
    for (ProtobufReader partial{part.bytes}; partial.next(inner);) {
      if (inner.is(field::partial_success::rejected_data_points, ProtobufField::Kind::varint)) rejected = inner.value;
      if (inner.is(field::partial_success::error_message, ProtobufField::Kind::bytes)) why = words(inner.bytes);
    }
  }
  if (rejected == 0) return {};  // the message alone is advice
  return "the receiver rejected " + std::to_string(rejected) + " data points" + (why.empty() ? "" : ": " + why);
}

/// google.rpc.Status, which is what the protocol has in the body of a failure; or whatever text is there.
std::string reason_of(const aws::HttpCompletion& completion) {
  const aws::HttpResponse& response = completion.response;
  if (!response.content_type.starts_with("application/x-protobuf")) return words(describe(completion));
  std::string reason = "HTTP status " + std::to_string(response.status);
  ProtobufField part;
  for (ProtobufReader status{piece(response.body)}; status.next(part);) {
    if (part.is(field::status::message, ProtobufField::Kind::bytes)) reason += ": " + words(part.bytes);
  }
  return reason;
}

Verdict verdict_of(int status) {
  if (status >= 200 && status < 300) return Verdict::delivered;
  return status == 429 || (status >= 502 && status <= 504) ? Verdict::later : Verdict::refused;
}

}  // namespace

OtlpAnswer read_otlp_answer(const aws::HttpCompletion& completion) {
  if (completion.error != aws::HttpError::none) return {.delivery = {Verdict::later, completion.error_message}};
  const Verdict verdict = verdict_of(completion.response.status);
  if (verdict == Verdict::delivered) return {.remark = remark_of(completion.response.body)};
  return {.delivery = {verdict, reason_of(completion)}};
}

}  // namespace aiokpl::sinks
