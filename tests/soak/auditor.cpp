#include "soak/auditor.hpp"

#include <algorithm>
#include <span>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

#include <aiokpl/aggregation.hpp>

#include "aws/kinesis_api.hpp"
#include "cli/connection.hpp"
#include "cli/exit_status.hpp"
#include "soak/numbered.hpp"

namespace aiokpl::soak {
namespace {

using namespace std::chrono_literals;

constexpr auto between_lists = 500ms;

bool is_whole(std::uint64_t number, std::string_view stream, std::string_view key, std::string_view data) {
  const auto own_key = key_of(number);
  return stream_of(number) == stream && (!own_key || *own_key == key) && data_of(number) == data;
}

}  // namespace

Auditor::Auditor(std::string stream, std::string endpoint, Found& found)
    : stream_{std::move(stream)}, endpoint_{std::move(endpoint)}, found_{found}, thread_{[this] { run(); }} {}

Auditor::~Auditor() {
  ended_ = true;
  thread_.join();
}

void Auditor::run() {
  aws::KinesisApi api = cli::make_kinesis_api({.region = "us-east-1", .endpoint_url = endpoint_});
  const cli::ServiceCall call = [&](std::string_view operation, const nlohmann::json& request) {
    return api.call(operation, request);
  };
  Clock::time_point list_at = Clock::time_point::min();
  while (!ended_) {
    const Clock::time_point now = Clock::now();
    if (list_at <= now) {
      list(call);
      list_at = now + between_lists;
    }
    Clock::time_point next = list_at;
    for (Reading& reading : readings_) {
      if (reading.next <= now && !step(reading, call)) {
        reading.reader.reset();
        list_at = now;
      }
      next = std::min(next, reading.next);
    }
    std::erase_if(readings_, [](const Reading& reading) { return reading.reader == nullptr; });
    note_progress();
    std::this_thread::sleep_until(std::min(next, now + 50ms));
  }
}

void Auditor::list(const cli::ServiceCall& call) {
  complete_ = false;
  try {
    walk_.listed(cli::list_shards(call, stream_));
    complete_ = true;
  } catch (const std::runtime_error&) {
    return;  // a fault that passes, as all of them do; else the comparison says that it is not complete
  }
  for (cli::ShardToRead& shard : walk_.take_ready())
    readings_.push_back({.reader = std::make_unique<cli::ShardReader>(stream_, std::move(shard), std::nullopt)});
}

bool Auditor::step(Reading& reading, const cli::ServiceCall& call) {
  const Clock::time_point started = Clock::now();
  const cli::ShardToRead& shard = reading.reader->shard();
  cli::ReadStep done;
  try {
    done = reading.reader->step(
        call, [&](const cli::KinesisRecord& record) { look_at(shard, record); }, std::nullopt,
        std::chrono::system_clock::now());
  } catch (const cli::CommandError&) {
    done = {.kind = cli::ReadStep::Kind::failed, .pause = 200ms};  // noise that could not be read
  }
  reading.next = started + done.pause;
  if (done.kind == cli::ReadStep::Kind::tip) reading.tip = started;
  if (done.kind != cli::ReadStep::Kind::end && done.kind != cli::ReadStep::Kind::gone) return true;
  walk_.ended(shard.id, done.children);
  complete_ = false;  // until its children are read, too
  return false;
}

void Auditor::look_at(const cli::ShardToRead& shard, const cli::KinesisRecord& record) {
  const Deaggregated unpacked = deaggregate(std::as_bytes(std::span{record.data}),
                                            record.partition_key.value_or(std::string_view{}), shard.range);
  if (unpacked.dropped) ++found_.dropped_aggregates;
  for (const UserRecord& user : unpacked.records) {
    ++found_.records;
    const std::string_view data = DataView{user.data}.text();
    const auto number = number_of(data);
    if (!number || *number >= found_.seen.capacity() || !is_whole(*number, stream_, user.partition_key, data)) {
      ++found_.damaged;
    } else if (found_.seen.set(*number)) {
      ++found_.again;
    }
  }
}

void Auditor::note_progress() {
  if (!complete_ || readings_.empty()) return;
  Clock::time_point oldest = Clock::time_point::max();
  for (const Reading& reading : readings_)
    oldest = std::min(oldest, reading.tip);
  read_up_to_ = oldest.time_since_epoch();
}

}  // namespace aiokpl::soak
