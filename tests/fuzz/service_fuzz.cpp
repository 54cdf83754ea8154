// The local Kinesis without its sockets: a series of requests, each with an operation and a body of the input's choice.
// Whatever is asked, the answer is one that a client can read, and the shards stay whole.
#include "codec/put_records_answer.hpp"
#include "emulator/hash_ranges.hpp"
#include "emulator/service.hpp"
#include "tests/fuzz/documents.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/fuzz/put_requests.hpp"

namespace aiokpl::fuzz {
namespace {

using nlohmann::json;

constexpr std::array operations{"PutRecords",          "PutRecord",
                                "CreateStream",        "DeleteStream",
                                "DescribeStream",      "DescribeStreamSummary",
                                "GetRecords",          "GetShardIterator",
                                "ListShards",          "ListStreams",
                                "MergeShards",         "SplitShard",
                                "UpdateMaxRecordSize", "UpdateShardCount",
                                "UpdateStreamMode",    "UpdateStreamRecordDistributionStrategy",
                                "NoSuchOperation"};

emulator::Options options_of(std::size_t choice) {
  emulator::Options options;
  options.streams = {};
  options.enforce_limits = (choice & 1U) != 0;
  options.discard = (choice & 2U) != 0;
  if ((choice & 4U) != 0) options.transition = std::chrono::seconds{5};
  if ((choice & 8U) != 0) options.retention_bytes = 200;
  if ((choice & 16U) != 0) {
    options.access_key_id = "AKID";
    options.secret_access_key = "secret";
  }
  if ((choice & 32U) != 0) {
    options.faults.throttle_rate = 0.4;
    options.faults.internal_error_rate = 0.4;
  }
  return options;
}

class Session {
 public:
  explicit Session(FuzzInput& input) : input_{input}, options_{options_of(input.byte())}, service_{options_} {
    service_.with_store([&](emulator::Store& store) {
      store.create({.name = "s", .shards = 2}, now_ - std::chrono::hours{1});
      store.create({.name = "d", .shards = 4, .on_demand = true}, now_ - std::chrono::hours{1});
    });
  }

  void run() {
    constexpr int most_requests = 12;
    for (int i = 0; i < most_requests && !input_.empty(); ++i) {
      request();
      check_shards();
    }
  }

 private:
  /// "@" stands for the token or iterator that an answer gave last, "#" for the sequence number: a fuzzer does not find
  /// one by itself.
  std::string body(Protocol protocol) {
    const bool from_json = input_.flip();
    std::string text;
    for (const char c : input_.long_text()) {
      if (c == '@') {
        text += token_;
      } else if (c == '#') {
        text += sequence_number_;
      } else {
        text += c;
      }
    }
    // CBOR spelled as JSON, so that both protocols are reached by what is known of one.
    if (protocol == Protocol::json || !from_json) return text;
    const auto document = aws::read_document(text, WireProtocol::json);
    return document ? aws::write_document(*document, WireProtocol::cbor) : text;
  }

  void request() {
    // Up to eleven minutes: iterators are good for five.
    const auto step = std::chrono::milliseconds{input_.byte()};
    now_ += 10 * step.count() * step;
    const std::string_view operation = operations[input_.below(operations.size())];
    const Protocol protocol = input_.flip() ? Protocol::cbor : Protocol::json;
    const std::string target = "Kinesis_20131202." + std::string{operation};
    const std::string sent = body(protocol);
    const std::string authorization = options_.access_key_id ? std::string{input_.text()} : std::string{};
    const std::pair<std::string_view, std::string_view> headers[] = {{"Content-Type", content_type(protocol)},
                                                                     {"X-Amz-Target", target},
                                                                     {"X-Amz-Date", "20260101T000000Z"},
                                                                     {"Authorization", authorization}};
    const emulator::Reply reply = service_.handle({"POST", "/", headers, sent}, now_, scratch_);
    hold(reply.content_type == content_type(protocol), "an answer comes in its request's protocol");
    hold(reply.delivery == emulator::Delivery::whole && !reply.drop, "nothing goes wrong unless it is asked to");
    check_answer(reply, operation, protocol);
    if (reply.status == 200 && operation == "PutRecords") check_put(protocol, sent);
  }

  void check_answer(const emulator::Reply& reply, std::string_view operation, Protocol protocol) {
    const bool may_fail = options_.faults.internal_error_rate > 0 && operation == "PutRecord";
    hold(reply.status == 200 || reply.status == 400 || (may_fail && reply.status == 500),
         "a request is answered or refused");
    const std::string& answer = scratch_.answer;
    const auto wire = protocol == Protocol::cbor ? WireProtocol::cbor : WireProtocol::json;
    if (reply.status == 200 && answer.empty()) return;
    const auto document = plain_document(answer, wire, 64);
    hold(document.has_value() && document->is_object(), "an answer can be read");
    if (reply.status != 200) {
      const json* type = member(*document, "__type");
      const json* message = member(*document, "message");
      hold(type != nullptr && type->is_string() && *type != "" && (*type == "InternalFailure") == (reply.status == 500),
           "a refusal says its type");
      hold(message != nullptr && message->is_string(), "a refusal says why");
      return;
    }
    hold(operation != "NoSuchOperation", "nothing answers to an unknown name");
    for (const char* name : {"NextShardIterator", "ShardIterator", "NextToken"}) {
      if (const json* token = member(*document, name)) token_ = token->get<std::string>();
    }
    const json* records = member(*document, "Records");
    const json& stored = records != nullptr && !records->empty() ? records->front() : *document;
    if (const json* number = member(stored, "SequenceNumber")) sequence_number_ = number->get<std::string>();
  }

  void check_put(Protocol protocol, const std::string& sent) {
    PutRequest request;
    hold(read(request, protocol, sent), "what was stored could be read");
    codec::PutRecordsAnswer answer;
    const codec::Piece bytes = std::as_bytes(std::span{scratch_.answer});
    hold(protocol == Protocol::cbor ? answer.parse_cbor(bytes) : answer.parse_json(bytes),
         "the client reads the answer");
    hold(answer.records().size() == request.entries.size(), "it is told of every record");
    std::size_t failed = 0;
    for (const codec::AnswerEntry& entry : answer.records()) {
      hold(entry.error_code.empty() != entry.sequence_number.empty(), "a record was stored, or it was not");
      failed += entry.error_code.empty() ? 0 : 1;
    }
    hold(failed == answer.failed_record_count(), "the failed ones are counted");
  }

  /// The open shards of every stream own each hash key once.
  void check_shards() {
    service_.with_store([&](emulator::Store& store) {
      for (const auto& [name, stream] : store.streams(now_)) {
        std::vector<HashKeyRange> ranges;
        for (const emulator::Shard* shard : stream->shards(now_)) {
          if (shard->facts().open()) ranges.push_back(shard->facts().range);
        }
        std::sort(ranges.begin(), ranges.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        hold(!ranges.empty() && ranges.size() == stream->open_shards(), "a stream has shards, and counts them");
        hold(ranges.front().first == HashKey{} && ranges.back().last == HashKey::max(), "they own the ends");
        for (std::size_t i = 1; i < ranges.size(); ++i)
          hold(emulator::next(ranges[i - 1].last) == ranges[i].first,
               "none owns what another owns, and nothing is left");
      }
    });
  }

  FuzzInput& input_;
  emulator::Options options_;
  emulator::Service service_;
  emulator::Time now_{std::chrono::seconds{1'790'000'000}};
  emulator::Scratch scratch_;
  std::string token_ = "none";
  std::string sequence_number_ = "1";
};

}  // namespace
}  // namespace aiokpl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  aiokpl::fuzz::FuzzInput input{data, size};
  aiokpl::fuzz::Session{input}.run();
  return 0;
}
