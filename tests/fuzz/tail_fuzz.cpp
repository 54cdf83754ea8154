// Answers of GetShardIterator and GetRecords as `tail` reads and prints them. A record is printed whole or the step has
// failed, and every line of JSON reads back.
#include <nlohmann/json.hpp>

#include "aws/document.hpp"
#include "aws/kinesis_api.hpp"
#include "cli/exit_status.hpp"
#include "cli/tail_printer.hpp"
#include "cli/tail_reader.hpp"
#include "codec/utf8.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/fuzz/property.hpp"

namespace aiokpl::fuzz {
namespace {

using nlohmann::json;

void check_lines(std::string_view out, std::uint64_t printed) {
  std::uint64_t lines = 0;
  while (!out.empty()) {
    const std::size_t end = out.find('\n');
    hold(end != std::string_view::npos, "a line has an end");
    cli::InputBatch batch;
    cli::InputRecord record;
    std::string problem;
    hold(cli::read_ndjson(out.substr(0, end), batch, record, problem), "a printed record can be put again");
    out.remove_prefix(end + 1);
    ++lines;
  }
  hold(lines == printed, "there are as many lines as records");
}

void check(FuzzInput& input) {
  const std::size_t shape = input.below(16);
  const WireProtocol protocol = (shape & 1U) != 0 ? WireProtocol::cbor : WireProtocol::json;
  const std::string_view body = input.rest();
  const cli::ServiceCall call = [&](std::string_view operation, const json& request) {
    hold(request.is_object(), "a request is an object");
    if (operation == "GetShardIterator" && (shape & 2U) == 0) return json{{"ShardIterator", "i"}};
    auto answer = aws::read_document(body, protocol);
    if (!answer) throw aws::TransportException{aws::HttpError::none, "unreadable"};
    return *std::move(answer);
  };
  cli::TailPrinter printer{
      {.json = true, .raw_records = (shape & 4U) != 0, .decompress = true, .kcl = (shape & 8U) != 0},
      [](const std::string& warning) { hold(!warning.empty(), "a warning has words"); }};
  cli::ShardReader reader{"s", {.id = "shardId-000000000000", .begin = cli::Begin::oldest}, std::nullopt};
  std::string out;
  std::uint64_t taken = 0;
  const auto take = [&](const cli::KinesisRecord& record) {
    ++taken;
    printer.print(out, reader.shard().id, reader.shard().range, record);
  };
  for (int i = 0; i < 3; ++i) {
    const cli::ReadStep step = reader.step(call, take, std::nullopt, cli::WallTime{std::chrono::seconds{1}});
    hold((step.kind == cli::ReadStep::Kind::failed) == !step.problem.empty(), "a failure has a problem");
    hold(step.pause >= std::chrono::milliseconds{0} && step.pause <= std::chrono::seconds{5}, "a pause is bounded");
    for (const cli::WalkShard& child : step.children)
      hold(!child.id.empty(), "a child has a name");
  }
  hold(codec::valid_utf8(out), "what is printed is text");
  check_lines(out, printer.printed());
}

}  // namespace
}  // namespace aiokpl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  aiokpl::fuzz::FuzzInput input{data, size};
  aiokpl::fuzz::check(input);
  return 0;
}
