#include <algorithm>
#include <string>
#include <utility>

#include "producer/engine.hpp"
#include "producer/in_flight.hpp"
#include "producer/record_check.hpp"

// Requests on their way out, and answers on their way in.
namespace aiokpl::detail {

namespace {

using pipeline::FailureKind;
using pipeline::RequestFailure;
using pipeline::TimePoint;

/// Sealers that are kept for the next requests, with their memory.
constexpr std::size_t most_idle_sealers = 4;

/// Whether the client has taken in why the service refused, so that the next try has another signature.
bool is_mended(const aws::Completion& completion) noexcept {
  return completion.clock_corrected || completion.credentials_renewed;
}

RequestFailure failure_of(const aws::Completion& completion) {
  switch (completion.kind) {
    case aws::Completion::Kind::service_error:
      return {.kind = is_mended(completion)
                          ? FailureKind::passing
                          : pipeline::classify_failure(completion.error.http_status, completion.error.code),
              .code = completion.error.code,
              .message = completion.error.message};
    case aws::Completion::Kind::no_credentials:
      return {.kind = completion.pending ? FailureKind::passing : FailureKind::lasting,
              .code = std::string{error_code::no_credentials},
              .message = completion.message};
    case aws::Completion::Kind::transport_error:
    case aws::Completion::Kind::answered:
      break;
  }
  return {.kind = FailureKind::passing, .code = std::string{error_code::internal}, .message = completion.message};
}

RequestFailure unreadable(std::string_view reason) {
  return {.kind = FailureKind::passing,
          .code = std::string{error_code::internal},
          .message = "The service's answer is unreadable: " + std::string{reason}};
}

bool timed_out(const aws::Completion& completion) noexcept {
  return completion.kind == aws::Completion::Kind::transport_error && completion.transport == aws::HttpError::timeout;
}

pipeline::StreamTraits traits_of(const aws::StreamSummary& summary) {
  return {.distribution = summary.strategy == aws::ReportedStrategy::automatic ? pipeline::Distribution::automatic
                                                                               : pipeline::Distribution::by_key,
          .record_limit = summary.max_record_size,
          .created = summary.created};
}

}  // namespace

void Engine::send_requests(TimePoint now) {
  // In turns, so that a busy stream does not keep the connections from the others.
  std::size_t without = 0;
  while (!aborting_ && pacer_.may_start() && without < active_.size()) {
    Stream& stream = *active_[next_stream_++ % active_.size()];
    auto request = stream.pipeline.next_request(now, pacer_.max_request_bytes());
    apply_effects(stream, now);
    if (request) {
      send(stream, *std::move(request), now);
      without = 0;
    } else {
      ++without;
    }
  }
}

void Engine::send(Stream& stream, pipeline::Request request, TimePoint now) {
  auto sent = std::make_unique<InFlight>();
  sent->stream = &stream;
  if (idle_sealers_.empty()) {
    sent->sealer = std::make_unique<pipeline::RequestSealer>();
  } else {
    sent->sealer = std::move(idle_sealers_.back());
    idle_sealers_.pop_back();
  }
  const codec::PutRecordsBody& body =
      sent->sealer->seal(request.batches, {.stream = {stream.name, is_arn(stream.name)},
                                           .json = client_->protocol() == WireProtocol::json,
                                           .automatic = request.automatic});
  sent->limit = request.oldest() + config_.record_ttl + config_.connect_timeout + config_.request_timeout;
  sent->request = std::move(request);
  const aws::CallId id = client_->put_records(body.pieces(), body.size());
  in_flight_.emplace(id, std::move(sent));
  pacer_.started(now);
}

void Engine::complete(aws::Completion& completion, TimePoint now) {
  const auto found = in_flight_.find(completion.id);
  if (found == in_flight_.end()) return;
  const std::unique_ptr<InFlight> sent = std::move(found->second);
  in_flight_.erase(found);
  Stream& stream = *sent->stream;
  without_credentials_ = without_credentials_ || completion.pending;
  const std::uint64_t retried_before = stream.pipeline.retried();
  if (sent->request) {
    const pipeline::Duration duration = now - sent->request->started;
    if (timed_out(completion)) {
      pacer_.timed_out(completion.bytes_sent, duration, now);
    } else if (completion.kind == aws::Completion::Kind::answered ||
               completion.kind == aws::Completion::Kind::service_error) {
      pacer_.finished(completion.bytes_sent, duration, now);
    } else {
      pacer_.ended(now);
    }
    complete_put(*sent, completion, now);
    if (idle_sealers_.size() < most_idle_sealers) idle_sealers_.push_back(std::move(sent->sealer));
  } else {
    complete_inquiry(*sent, completion, now);
  }
  retried_.fetch_add(stream.pipeline.retried() - retried_before, std::memory_order_relaxed);
  apply_effects(stream, now);
  stream.wake = TimePoint::min();
}

void Engine::complete_put(InFlight& sent, const aws::Completion& completion, TimePoint now) {
  if (completion.kind != aws::Completion::Kind::answered) {
    const RequestFailure failure = failure_of(completion);
    voice_->say(LogLevel::warning, "put/" + sent.stream->name + "/" + failure.code,
                "stream " + sent.stream->name + ": PutRecords failed: " + failure.code + ": " + failure.message);
    fail(sent, failure, now);
    return;
  }
  const pipeline::Piece body = std::as_bytes(std::span{completion.response.body});
  const bool readable = client_->protocol() == WireProtocol::json ? answer_.parse_json(body) : answer_.parse_cbor(body);
  if (!readable) {
    fail(sent, unreadable(answer_.reason()), now);
    return;
  }
  if (recorder_) recorder_->answered(*sent.stream, *sent.request, answer_.records(), now);
  sent.stream->pipeline.answered(*std::move(sent.request), answer_.records(), now);
}

void Engine::fail(InFlight& sent, const RequestFailure& failure, TimePoint now) {
  if (recorder_) recorder_->failed(*sent.stream, *sent.request, failure, now);
  sent.stream->pipeline.failed(*std::move(sent.request), failure, now);
}

void Engine::complete_inquiry(InFlight& sent, const aws::Completion& completion, TimePoint now) {
  Stream& stream = *sent.stream;
  const bool list = std::holds_alternative<pipeline::ListCall>(*sent.inquiry);
  std::string problem;
  if (completion.kind == aws::Completion::Kind::answered && list) {
    if (auto page = aws::read_shard_page(completion.response, problem)) {
      std::vector<pipeline::ListedShard> shards;
      shards.reserve(page->shards.size());
      for (aws::Shard& shard : page->shards)
        shards.push_back({std::move(shard.id), shard.range, shard.open});
      stream.pipeline.listed(std::move(shards), std::move(page->next_token), now);
      return;
    }
  } else if (completion.kind == aws::Completion::Kind::answered) {
    if (const auto summary = aws::read_stream_summary(completion.response, problem)) {
      stream.pipeline.described(traits_of(*summary), now);
      return;
    }
  }
  const RequestFailure failure = problem.empty() ? failure_of(completion) : unreadable(problem);
  const std::string_view operation = list ? "ListShards" : "DescribeStreamSummary";
  // To be refused DescribeStreamSummary is usual, and costs little: not worth a warning.
  voice_->say(
      list ? LogLevel::warning : LogLevel::info, std::string{operation} + "/" + stream.name,
      "stream " + stream.name + ": " + std::string{operation} + " failed: " + failure.code + ": " + failure.message);
  if (list) {
    stream.pipeline.list_failed(failure, now);
  } else {
    stream.pipeline.describe_failed(failure, now);
  }
}

void Engine::give_up_overdue(TimePoint now) {
  std::vector<aws::CallId> overdue;
  for (const auto& [id, sent] : in_flight_) {
    if (sent->limit <= now) overdue.push_back(id);
  }
  for (const aws::CallId id : overdue) {
    client_->cancel(id);
    aws::Completion completion{.id = id,
                               .kind = aws::Completion::Kind::transport_error,
                               .transport = aws::HttpError::timeout,
                               .message = "The answer was still not whole when the oldest record had to end"};
    complete(completion, now);
  }
}

}  // namespace aiokpl::detail
