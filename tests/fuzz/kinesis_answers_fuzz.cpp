// Answers of ListShards and DescribeStreamSummary, and refusals of whatever shape.
#include "aws/kinesis_protocol.hpp"
#include "tests/fuzz/documents.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/fuzz/property.hpp"

namespace aiokpl::fuzz {
namespace {

using nlohmann::json;

void hold_text(std::string_view text) {
  hold(codec::valid_utf8(text), "what was read is UTF-8");
}

void check_shards(const aws::HttpResponse& response, const std::optional<json>& document) {
  std::string problem;
  const auto page = read_shard_page(response, problem);
  hold(page.has_value() == problem.empty(), "a refusal has a problem");
  if (!page) return hold_text(problem);
  hold(document.has_value(), "nothing is made of an unreadable answer");
  hold(page->shards.size() == document->at("Shards").size(), "as many shards as there are");
  for (const aws::Shard& shard : page->shards) {
    hold(!shard.id.empty() && shard.range.first <= shard.range.last, "a shard has an id and a range");
    hold_text(shard.id);
    hold_text(shard.parent.value_or(""));
    hold_text(shard.adjacent_parent.value_or(""));
  }
  hold(page->next_token != "", "a token is not empty");
}

void check_summary(const aws::HttpResponse& response) {
  std::string problem;
  const auto summary = read_stream_summary(response, problem);
  hold(summary.has_value() == problem.empty(), "a refusal has a problem");
  if (!summary) return hold_text(problem);
  // No limit forbids every record, and none is beyond what the service can have.
  hold(summary->max_record_size >= 1024 && summary->max_record_size <= std::uint64_t{10} << 20U,
       "a record limit is 1 KiB to 10 MiB");
  for (const std::string& text : {summary->arn, summary->mode, summary->status})
    hold_text(text);
}

void check_error(const aws::HttpResponse& response) {
  const aws::ServiceError error = read_service_error(response);
  hold(!error.code.empty() && !error.message.empty(), "an error has a code and a message");
  hold(error.http_status == response.status && error.request_id == response.request_id, "an error keeps what it was");
  hold(error.code.find('#') == std::string::npos && error.code.find(':') == std::string::npos,
       "a code is without prefix and address");
  hold_text(error.message);
}

void check(FuzzInput& input) {
  constexpr std::string_view types[] = {"application/x-amz-json-1.1", "application/x-amz-cbor-1.1", "", "text/html"};
  aws::HttpResponse response{.status = 100 + input.byte(), .content_type = std::string{types[input.below(4)]}};
  response.error_type = input.text();
  response.request_id = "request";
  response.body = input.rest();
  // What comes in a header is not ours to put right.
  if (!codec::valid_utf8(response.error_type)) response.error_type.clear();
  check_shards(response, aws::read_document(response.body, response.content_type));
  check_summary(response);
  check_error(response);
}

}  // namespace
}  // namespace aiokpl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  aiokpl::fuzz::FuzzInput input{data, size};
  aiokpl::fuzz::check(input);
  return 0;
}
