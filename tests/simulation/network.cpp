#include "network.hpp"

#include <algorithm>
#include <utility>

namespace aiokpl::simulation {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view target_header = "x-amz-target";
constexpr Duration refusal_takes = 1ms;
constexpr double slowness = 1'000;
constexpr Duration latest_answer = 5s;

}  // namespace

std::size_t Network::stream_of(std::string_view body) const {
  // The name stands before the records or behind them.
  constexpr std::size_t near_the_ends = 512;
  const std::string_view head = body.substr(0, near_the_ends);
  const std::string_view tail = body.substr(body.size() - std::min(near_the_ends, body.size()));
  for (std::size_t i = 0; i < world_.scenario.streams.size(); ++i) {
    const std::string& name = world_.scenario.streams[i].name;
    if (head.find(name) != std::string_view::npos || tail.find(name) != std::string_view::npos) return i;
  }
  return world_.scenario.streams.size();  // a page of ListShards names none
}

aws::HttpTicket Network::start(aws::HttpRequest request) {
  auto flight = std::make_shared<Flight>();
  flight->ticket = ++last_ticket_;
  flight->dice = Dice{world_.scenario.seed ^ (flight->ticket * 0x9E3779B97F4A7C15U)};
  for (const std::string& line : request.headers) {
    const std::size_t colon = line.find(':');
    std::string name = line.substr(0, colon);
    std::ranges::transform(name, name.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (name == target_header) flight->operation = line.substr(line.find('.') + 1);
    flight->header_names.push_back(std::move(name));
    flight->headers.push_back(line.substr(colon + 2));
  }
  flight->body.reserve(request.body_size);
  for (const codec::Piece piece : request.body)
    flight->body.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  flight->stream = stream_of(flight->body);

  const TimePoint now = world_.clock.now();
  flights_.emplace(flight->ticket, flight);
  if (flight->operation == "PutRecords") world_.ledger.request_started(flight->ticket, flight->stream, now);
  world_.history.note(now, {1, flight->ticket, flight->body.size()}, [&] {
    return "request " + std::to_string(flight->ticket) + ": " + flight->operation + ", stream " +
           std::to_string(flight->stream) + ", " + std::to_string(flight->body.size()) + " bytes";
  });
  if (world_.conditions.active(Fault::connections_refused)) {
    world_.agenda.at(now + refusal_takes,
                     [this, flight] { break_off(flight, aws::HttpError::connect, "connection refused"); });
  } else if (world_.conditions.active(Fault::unreachable)) {
    world_.agenda.at(now + world_.scenario.config.connect_timeout,
                     [this, flight] { break_off(flight, aws::HttpError::connect_timeout, "no connection in time"); });
  } else {
    const double bandwidth =
        world_.scenario.bandwidth / (world_.conditions.active(Fault::network_slow) ? slowness : 1.0);
    const std::chrono::duration<double> upload{static_cast<double>(flight->body.size()) / bandwidth};
    world_.agenda.at(now + world_.scenario.round_trip / 2 + std::chrono::duration_cast<Duration>(upload),
                     [this, flight] { arrive(flight); });
  }
  return flight->ticket;
}

void Network::arrive(const std::shared_ptr<Flight>& flight) {
  const TimePoint now = world_.clock.now();
  const TimePoint held = world_.conditions.held_until(flight->stream);
  if (held <= now) {
    process(flight);
    return;
  }
  // What is on its way arrives when the network goes on, whether somebody still waits for it or not.
  if (held - now >= world_.scenario.config.request_timeout) {
    time_out(flight);
    if (flight->dice.chance(0.5)) return;
  }
  world_.agenda.at(held, [this, flight] { arrive(flight); });
}

void Network::process(const std::shared_ptr<Flight>& flight) {
  Kinesis::Headers headers;
  for (std::size_t i = 0; i < flight->headers.size(); ++i)
    headers.emplace_back(flight->header_names[i], flight->headers[i]);
  const emulator::Reply reply = world_.kinesis.handle(flight->operation, headers, flight->body);
  const TimePoint now = world_.clock.now();
  if (flight->operation == "PutRecords") {
    world_.ledger.request_processed(flight->ticket, reply.status, world_.kinesis.answer());
  }
  world_.history.note(now, {2, flight->ticket, static_cast<std::uint64_t>(reply.status)}, [&] {
    return "request " + std::to_string(flight->ticket) + " is processed: " + std::to_string(reply.status);
  });
  if (reply.drop || reply.delivery == emulator::Delivery::dropped || reply.delivery == emulator::Delivery::truncated) {
    break_off(flight, aws::HttpError::reset, "connection closed");
    return;
  }
  if (flight->dice.chance(world_.conditions.rate(Fault::answers_missing))) {
    time_out(flight);
    return;
  }
  Duration takes = world_.scenario.round_trip / 2 + reply.latency;
  if (world_.conditions.active(Fault::answers_late)) takes += flight->dice.from_to(Duration{0}, latest_answer);
  if (takes >= world_.scenario.config.request_timeout) {
    time_out(flight);
    return;
  }
  Answer said{.status = reply.status,
              .content_type = std::string{reply.content_type},
              .body = std::string{world_.kinesis.answer()},
              .readable = reply.delivery == emulator::Delivery::whole,
              .news = news_of(*flight, reply.status),
              .said_at = now};
  world_.agenda.at(now + takes, [this, flight, said = std::move(said)] { answer(flight, said); });
}

Network::News Network::news_of(const Flight& flight, int status) const {
  if (flight.stream >= world_.scenario.streams.size()) return News::none;
  if (flight.operation == "PutRecords") {
    const bool none_there = world_.kinesis.answer().find("ResourceNotFoundException") != std::string_view::npos;
    return none_there ? News::shards : News::none;
  }
  if (status != 200 || !world_.kinesis.exists(world_.scenario.streams[flight.stream].name)) return News::none;
  return flight.operation == "ListShards" ? News::shards : News::description;
}

void Network::answer(const std::shared_ptr<Flight>& flight, const Answer& said) {
  const TimePoint now = world_.clock.now();
  const TimePoint held = world_.conditions.held_until(flight->stream);
  if (held - now >= world_.scenario.config.request_timeout) {
    time_out(flight);
    return;
  }
  if (held > now) {
    world_.agenda.at(held, [this, flight, said] { answer(flight, said); });
    return;
  }
  aws::HttpCompletion completion{.ticket = flight->ticket};
  completion.response.status = said.status;
  completion.response.content_type = said.content_type;
  completion.response.body = said.body;
  completion.bytes_sent = flight->body.size();
  finish(*flight, std::move(completion), said.readable ? &said : nullptr);
}

void Network::time_out(const std::shared_ptr<Flight>& flight) {
  world_.agenda.at(world_.clock.now() + world_.scenario.config.request_timeout,
                   [this, flight] { break_off(flight, aws::HttpError::timeout, "nothing moved for too long"); });
}

void Network::break_off(const std::shared_ptr<Flight>& flight, aws::HttpError error, std::string message) {
  aws::HttpCompletion completion{.ticket = flight->ticket, .error = error, .error_message = std::move(message)};
  const bool connected = error == aws::HttpError::timeout || error == aws::HttpError::reset;
  completion.bytes_sent = connected ? flight->body.size() : 0;
  finish(*flight, std::move(completion), nullptr);
}

void Network::finish(const Flight& flight, aws::HttpCompletion completion, const Answer* answer) {
  if (flights_.erase(flight.ticket) == 0) return;  // cancelled, or ended before
  world_.history.note(world_.clock.now(), {3, flight.ticket, static_cast<std::uint64_t>(completion.error)}, [&] {
    return "request " + std::to_string(flight.ticket) +
           (completion.error == aws::HttpError::none ? " is answered" : " breaks off: " + completion.error_message);
  });
  ended_badly_ = answer == nullptr || completion.response.status != 200;
  listed_ |= !ended_badly_ && flight.operation == "ListShards";
  done_.push_back({.completion = std::move(completion),
                   .acknowledged = answer != nullptr && flight.operation == "PutRecords",
                   .news = answer == nullptr ? News::none : answer->news,
                   .stream = flight.stream,
                   .said_at = answer == nullptr ? TimePoint{} : answer->said_at});
}

void Network::poll(std::chrono::nanoseconds wait, std::vector<aws::HttpCompletion>& completed) {
  world_.completions.run_all();
  const TimePoint began = world_.clock.now();
  // As curl_multi_poll, which knows milliseconds.
  const TimePoint limit = pipeline::later(began, std::chrono::ceil<std::chrono::milliseconds>(wait));
  bool happened = false;
  for (;;) {
    const bool suspended = world_.conditions.suspended_until() > world_.clock.now();
    if (!suspended && (woken_ || !done_.empty())) break;
    const TimePoint until = suspended ? world_.conditions.suspended_until() : limit;
    if (world_.agenda.next() > until) {
      world_.clock.go_to(until);
      if (!suspended) break;
      continue;
    }
    world_.clock.go_to(world_.agenda.next());
    world_.agenda.run_next();
    happened = true;
  }
  was_idle_ = !happened && world_.clock.now() == began && done_.empty();
  woken_ = false;
  for (Done& done : done_) {
    if (done.acknowledged) world_.ledger.request_acknowledged(done.completion.ticket);
    if (done.news == News::shards) world_.ledger.shards_told(done.stream, done.said_at);
    if (done.news == News::description) world_.ledger.stream_described(done.stream, done.said_at);
    completed.push_back(std::move(done.completion));
  }
  done_.clear();
}

}  // namespace aiokpl::simulation
