#include "emulator/service.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "codec/utf8.hpp"
#include "emulator/api_error.hpp"
#include "emulator/call.hpp"

namespace aiokpl::emulator {
namespace {

constexpr std::string_view target_prefix = "Kinesis_20131202.";
constexpr std::string_view control_prefix = "/_aiokpl/";

/// Messages repeat what came in headers, which may be any bytes.
std::string as_text(std::string message) {
  if (codec::valid_utf8(message)) return message;
  std::replace_if(message.begin(), message.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  return message;
}

void write_error(const ApiError& error, Protocol protocol, std::string& out) {
  out.clear();
  AnswerWriter answer{protocol, out};
  answer.begin_map().key("__type").text(error.code());
  answer.key("message").text(as_text(error.message())).end_map();
}

// As many bytes as the answer had, none of which means anything.
void spoil(std::string& answer, pipeline::Random random) {
  for (char& c : answer)
    c = static_cast<char>(random.next());
}

bool puts(std::string_view operation) noexcept {
  return operation == "PutRecords" || operation == "PutRecord";
}

}  // namespace

struct Service::Incoming {
  const HttpRequest& http;
  Time now;
  Protocol protocol;
  std::string_view operation;
};

Service::Service(const Options& options)
    : region_{options.region},
      clock_skew_{options.clock_skew},
      decode_{!options.discard},
      store_{StreamRules{options.discard, options.enforce_limits, options.retention_bytes, options.retention,
                         options.transition},
             options.seed},
      plan_{options.seed, options.faults} {
  if (options.keys) {
    keys_ = options.keys;
  } else if (options.access_key_id && options.secret_access_key) {
    keys_ = [id = *options.access_key_id, key = AcceptedKey{*options.secret_access_key}](std::string_view asked) {
      return asked == id ? std::optional{key} : std::nullopt;
    };
  }
}

Reply Service::handle(const HttpRequest& request, Time now, Scratch& scratch) {
  scratch.answer.clear();
  if (request.target.starts_with(control_prefix)) return handle_control(request, scratch);
  const auto protocol =
      request.header("content-type").find("cbor") != std::string_view::npos ? Protocol::cbor : Protocol::json;
  std::string_view operation = request.header("x-amz-target");
  operation = operation.starts_with(target_prefix) ? operation.substr(target_prefix.size()) : std::string_view{};
  return handle_operation({request, now, protocol, operation}, scratch);
}

void Service::refuse(const ApiError& error, Protocol protocol, Reply& reply, Scratch& scratch) {
  write_error(error, protocol, scratch.answer);
  reply.status = error.status();
  const std::scoped_lock lock{mutex_};
  ++counters_.requests_refused;
}

RequestFate Service::admit(std::string_view operation, std::size_t body_size) {
  const std::scoped_lock lock{mutex_};
  ++counters_.requests[std::string{operation}];
  counters_.bytes_received += body_size;
  return plan_.decide(operation);
}

Reply Service::handle_operation(const Incoming& incoming, Scratch& scratch) {
  Reply reply{.content_type = content_type(incoming.protocol)};
  if (keys_) reply.date = incoming.now + clock_skew_;
  try {
    const bool known = puts(incoming.operation) || find_operation(incoming.operation) != nullptr;
    if (!known || incoming.http.method != "POST") throw ApiError{"UnknownOperationException", "Unknown operation."};
    if (keys_) {
      verify(incoming.http, keys_, *reply.date);
      check_date(incoming.http, *reply.date);
    }
    RequestFate fate = admit(incoming.operation, incoming.http.body.size());
    reply.latency = fate.latency;
    reply.drop = fate.drop_before;
    if (fate.drop_before) return reply;
    if (fate.error) throw ApiError{*fate.error};
    run(incoming, fate, scratch);
    reply.delivery = fate.delivery;
    if (fate.delivery == Delivery::garbage) spoil(scratch.answer, fate.random);
    if (fate.delivery == Delivery::garbage || fate.delivery == Delivery::truncated || fate.wrong_count) {
      const std::scoped_lock lock{mutex_};
      ++counters_.answers_spoilt;
    }
  } catch (const ApiError& error) {
    refuse(error, incoming.protocol, reply, scratch);
  } catch (const std::exception& error) {
    refuse(ApiError{500, "InternalFailure", error.what()}, incoming.protocol, reply, scratch);
  }
  return reply;
}

void Service::run(const Incoming& incoming, RequestFate& fate, Scratch& scratch) {
  if (puts(incoming.operation)) return run_put(incoming, fate, scratch);
  const Parameters parameters{incoming.protocol, incoming.http.body};
  AnswerWriter answer{incoming.protocol, scratch.answer};
  const auto region = region_of(incoming.http);
  const std::scoped_lock lock{mutex_};
  Call call{store_, incoming.now, region ? *region : std::string_view{region_}, parameters, answer};
  find_operation(incoming.operation)(call);
}

void Service::run_put(const Incoming& incoming, RequestFate& fate, Scratch& scratch) {
  const bool several = incoming.operation == "PutRecords";
  if (several) {
    scratch.put.read_put_records(incoming.protocol, incoming.http.body, decode_);
  } else {
    scratch.put.read_put_record(incoming.protocol, incoming.http.body, decode_);
  }
  {
    const std::scoped_lock lock{mutex_};
    scratch.put.store(store_, incoming.now, fate, counters_);
  }
  AnswerWriter answer{incoming.protocol, scratch.answer};
  if (several) {
    scratch.put.answer_put_records(answer, fate);
  } else {
    scratch.put.answer_put_record(answer);
  }
}

Reply Service::handle_control(const HttpRequest& request, Scratch& scratch) {
  Reply reply{.content_type = "application/json"};
  const std::string_view what = request.target.substr(control_prefix.size());
  if (what == "faults" && request.method == "GET") {
    scratch.answer = to_json(faults());
  } else if (what == "faults" && request.method == "PUT") {
    try {
      set_faults(from_json(request.body, faults()));
      scratch.answer = to_json(faults());
    } catch (const std::invalid_argument& error) {
      reply.status = 400;
      AnswerWriter{Protocol::json, scratch.answer}.begin_map().key("message").text(error.what()).end_map();
    }
  } else if (what == "counters" && request.method == "GET") {
    scratch.answer = counters_json();
  } else {
    reply.status = 404;
    AnswerWriter{Protocol::json, scratch.answer}.begin_map().key("message").text("Not found").end_map();
  }
  return reply;
}

std::string Service::counters_json() const {
  const Counters now = counters();
  std::string json;
  AnswerWriter answer{Protocol::json, json};
  const auto number = [&](const char* name, std::uint64_t value) {
    answer.key(name).integer(static_cast<std::int64_t>(value));
  };
  answer.begin_map().key("requests").begin_map();
  for (const auto& [operation, count] : now.requests)
    number(operation.c_str(), count);
  answer.end_map();
  number("connections", now.connections);
  number("records_stored", now.records_stored);
  number("records_throttled", now.records_throttled);
  number("records_failed", now.records_failed);
  number("bytes_stored", now.bytes_stored);
  number("bytes_received", now.bytes_received);
  number("connections_dropped", now.connections_dropped);
  number("answers_spoilt", now.answers_spoilt);
  number("requests_refused", now.requests_refused);
  answer.end_map();
  return json;
}

void Service::set_faults(const Faults& faults) {
  const std::scoped_lock lock{mutex_};
  const bool was_stale = plan_.faults().stale_list_shards;
  plan_.set(faults);
  if (faults.stale_list_shards != was_stale) store_.freeze(faults.stale_list_shards);
}

Faults Service::faults() const {
  const std::scoped_lock lock{mutex_};
  return plan_.faults();
}

void Service::script(std::string_view operation, const ScriptedFault& fault, std::uint32_t times) {
  const std::scoped_lock lock{mutex_};
  plan_.script(std::string{operation}, fault, times);
}

Counters Service::counters() const {
  const std::scoped_lock lock{mutex_};
  return counters_;
}

void Service::count_connection() {
  const std::scoped_lock lock{mutex_};
  ++counters_.connections;
}

void Service::count_drop() {
  const std::scoped_lock lock{mutex_};
  ++counters_.connections_dropped;
}

}  // namespace aiokpl::emulator
