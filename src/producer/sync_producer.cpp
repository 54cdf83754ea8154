#include <string>
#include <utility>

#include <aiokpl/producer.hpp>

#include "producer/engine.hpp"

namespace aiokpl {

namespace {

void wait_for_flush(const FlushAwaiter& flush, std::optional<std::chrono::nanoseconds> timeout) {
  if (!timeout) {
    flush.get();
  } else if (!flush.get(*timeout)) {
    throw TimeoutError{"The flush did not end within " +
                       std::to_string(std::chrono::duration<double>(*timeout).count()) + " s"};
  }
}

}  // namespace

SyncOutcome SyncProducer::put_record(const Record& record) {
  return SyncOutcome{producer_.engine_->put(record)};
}

std::optional<SyncOutcome> SyncProducer::try_put_record(const Record& record) {
  auto outcome = producer_.try_put_record(record);
  if (!outcome) return std::nullopt;
  return SyncOutcome{*std::move(outcome)};
}

std::vector<SyncOutcome> SyncProducer::put_records(std::span<const Record> records) {
  std::vector<SyncOutcome> outcomes;
  outcomes.reserve(records.size());
  for (Outcome& outcome : producer_.engine_->put_many(records))
    outcomes.emplace_back(std::move(outcome));
  return outcomes;
}

void SyncProducer::flush(std::optional<std::chrono::nanoseconds> timeout) {
  wait_for_flush(producer_.flush(), timeout);
}

void SyncProducer::flush(std::string_view stream, std::optional<std::chrono::nanoseconds> timeout) {
  wait_for_flush(producer_.flush(stream), timeout);
}

CloseReport SyncProducer::close(std::optional<std::chrono::nanoseconds> timeout) {
  return producer_.close(timeout).get();
}

}  // namespace aiokpl
