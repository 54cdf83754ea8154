#include "emulator/faults.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace aiokpl::emulator {
namespace {

bool moves_records(std::string_view operation) noexcept {
  return operation == "PutRecords" || operation == "PutRecord" || operation == "GetRecords";
}

ApiError internal_failure() {
  return {500, "InternalFailure", "Internal service failure."};
}

ApiError throttled(std::string_view operation) {
  return moves_records(operation) ? ApiError{"ProvisionedThroughputExceededException", "Rate exceeded."}
                                  : ApiError{"LimitExceededException", "Rate exceeded."};
}

ApiError refused(std::string_view operation) {
  return {"AccessDeniedException", std::string{"User: arn:aws:iam::"} + account_id +
                                       ":user/local is not authorized to perform: kinesis:" + std::string{operation}};
}

void apply(const ScriptedFault& fault, RequestFate& fate) {
  switch (fault.kind) {
    case ScriptedFault::Kind::error:
      fate.error.emplace(fault.status, fault.code, fault.message);
      break;
    case ScriptedFault::Kind::drop:
      fate.drop_before = true;
      break;
    case ScriptedFault::Kind::drop_after:
      fate.delivery = Delivery::dropped;
      break;
    case ScriptedFault::Kind::truncate:
      fate.delivery = Delivery::truncated;
      break;
    case ScriptedFault::Kind::garbage:
      fate.delivery = Delivery::garbage;
      break;
    case ScriptedFault::Kind::wrong_count:
      fate.wrong_count = true;
      break;
    case ScriptedFault::Kind::throttle_records:
      fate.all_records = RecordFate::throttled;
      break;
    case ScriptedFault::Kind::fail_records:
      fate.all_records = RecordFate::failed;
      break;
  }
}

}  // namespace

RecordFate RequestFate::next_record() noexcept {
  if (all_records) return *all_records;
  if (throttle_rate <= 0 && internal_error_rate <= 0) return RecordFate::normal;
  // Both are drawn, whatever the first one says: changing one rate does not move the other's faults.
  const bool throttled_now = random.uniform() < throttle_rate;
  const bool failed_now = random.uniform() < internal_error_rate;
  return throttled_now ? RecordFate::throttled : failed_now ? RecordFate::failed : RecordFate::normal;
}

FaultPlan::FaultPlan(std::uint64_t seed, Faults faults) : seed_{seed} {
  set(std::move(faults));
}

void FaultPlan::set(Faults faults) {
  check(faults);
  faults_ = std::move(faults);
}

void FaultPlan::script(std::string operation, ScriptedFault fault, std::uint32_t times) {
  if (times > 0) script_.push_back({std::move(operation), std::move(fault), times});
}

std::optional<ScriptedFault> FaultPlan::take_scripted(std::string_view operation) {
  const auto found = std::find_if(script_.begin(), script_.end(), [&](const Scripted& scripted) {
    return scripted.operation.empty() || scripted.operation == operation;
  });
  if (found == script_.end()) return std::nullopt;
  ScriptedFault fault = found->fault;
  if (--found->times == 0) script_.erase(found);
  return fault;
}

RequestFate FaultPlan::decide(std::string_view operation) {
  RequestFate fate;
  fate.random = pipeline::Random{pipeline::Random{seed_ ^ (++requests_ * 0xD1342543DE82EF95U)}.next()};
  pipeline::Random& random = fate.random;
  const auto happens = [&](double rate) { return random.uniform() < rate; };

  fate.latency = faults_.latency + std::chrono::nanoseconds{static_cast<std::int64_t>(
                                       random.uniform() * static_cast<double>(faults_.latency_jitter.count()))};
  const bool drop = happens(faults_.drop_rate);
  const bool error = happens(faults_.request_error_rate);
  const bool throttle = happens(faults_.request_throttle_rate);
  const bool drop_after = happens(faults_.drop_after_rate);
  const bool truncate = happens(faults_.truncate_rate);
  const bool garbage = happens(faults_.garbage_rate);
  const bool wrong_count = happens(faults_.wrong_count_rate);
  if (const auto scripted = take_scripted(operation)) {
    apply(*scripted, fate);
    return fate;
  }
  const auto& refusals = faults_.refused_operations;
  fate.throttle_rate = faults_.throttle_rate;
  fate.internal_error_rate = faults_.internal_error_rate;
  fate.drop_before = drop;
  if (std::find(refusals.begin(), refusals.end(), operation) != refusals.end()) {
    fate.error = refused(operation);
  } else if (error) {
    fate.error = internal_failure();
  } else if (throttle) {
    fate.error = throttled(operation);
  } else {
    fate.delivery = drop_after ? Delivery::dropped
                    : truncate ? Delivery::truncated
                    : garbage  ? Delivery::garbage
                               : Delivery::whole;
    fate.wrong_count = wrong_count;
  }
  return fate;
}

}  // namespace aiokpl::emulator
