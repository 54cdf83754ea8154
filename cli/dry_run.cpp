#include "cli/dry_run.hpp"

#include <chrono>
#include <thread>
#include <utility>

#include <nlohmann/json.hpp>

#include <aiokpl/error.hpp>
#include <aiokpl/result.hpp>

#include "aws/kinesis_api.hpp"
#include "cli/connection.hpp"
#include "cli/exit_status.hpp"
#include "producer/record_check.hpp"

namespace aiokpl::cli {
namespace {

using Json = nlohmann::json;
using namespace std::chrono_literals;

constexpr std::string_view would_succeed = "DryRunOperationException";
constexpr int most_tries = 5;

Json::binary_t binary(std::string_view bytes) {
  return Json::binary_t{std::vector<std::uint8_t>{bytes.begin(), bytes.end()}};
}

bool blames_a_record(const aws::ServiceError& error) {
  return error.code == "ValidationException" || error.code == "InvalidArgumentException" ||
         error.code == "SerializationException";
}

bool may_pass(const aws::ServiceError& error) {
  return error.http_status >= 500 || error.code == error_code::throttled || error.code == "LimitExceededException";
}

}  // namespace

DryRun::DryRun(std::string stream, Limits limits, Call call, Failures& failures)
    : stream_{std::move(stream)}, limits_{limits}, call_{std::move(call)}, failures_{failures} {}

void DryRun::put(const InputRecord& record) {
  const Record checked{.stream = stream_,
                       .partition_key = record.partition_key,
                       .data = record.data,
                       .explicit_hash_key = record.explicit_hash_key,
                       .tags = record.tags};
  try {
    detail::check_record(checked);
    detail::check_size(checked, limits_.record_bytes);
  } catch (const InvalidArgument& error) {
    failures_.add(record, {input_error::refused, error.what()});
    return;
  }
  const std::size_t size = record.data.size() + (record.partition_key ? record.partition_key->size() : 1);
  if (!waiting_.empty() && waiting_bytes_ + size > limits_.bytes) send();
  Kept& kept = waiting_.emplace_back();
  if (record.partition_key) kept.partition_key = *record.partition_key;
  if (record.explicit_hash_key) kept.explicit_hash_key = *record.explicit_hash_key;
  kept.data = record.data;
  waiting_bytes_ += size;
  // The first goes alone: a service that does not know DryRun would store what it is given.
  if (waiting_.size() == limits_.records || !understood_) send();
}

void DryRun::finish() {
  if (!waiting_.empty()) send();
}

void DryRun::send() {
  ask(0, waiting_.size());
  waiting_.clear();
  waiting_bytes_ = 0;
}

Json DryRun::request(std::size_t first, std::size_t count) const {
  Json records = Json::array();
  for (std::size_t i = first; i < first + count; ++i) {
    const Kept& kept = waiting_[i];
    Json& entry = records.emplace_back(Json::object());
    entry["Data"] = binary(kept.data);
    // As in an aggregate, a record without a key gets this one.
    entry["PartitionKey"] = kept.partition_key.value_or("a");
    if (kept.explicit_hash_key) entry["ExplicitHashKey"] = *kept.explicit_hash_key;
  }
  return {{aws::stream_field(stream_), stream_}, {"DryRun", true}, {"Records", std::move(records)}};
}

void DryRun::ask(std::size_t first, std::size_t count) {
  const Json asked = request(first, count);
  for (int tries = 1;; ++tries) {
    try {
      static_cast<void>(call_("PutRecords", asked));
      throw CommandError{ExitStatus::nothing_done, "the service does not know DryRun: it may have stored " +
                                                       std::to_string(count) + " record(s) instead of checking them"};
    } catch (const aws::ServiceException& error) {
      understood_ = true;
      if (error.error().code == would_succeed) {
        accepted_ += count;
        return;
      }
      if (blames_a_record(error.error())) {
        if (count > 1) {
          ask(first, count / 2);
          ask(first + count / 2, count - count / 2);
          return;
        }
        const Kept& kept = waiting_[first];
        InputRecord record{.data = kept.data};
        if (kept.partition_key) record.partition_key = *kept.partition_key;
        if (kept.explicit_hash_key) record.explicit_hash_key = *kept.explicit_hash_key;
        failures_.add(record, {error.error().code, error.error().message, 1});
        return;
      }
      if (!may_pass(error.error()) || tries == most_tries) {
        throw CommandError{ExitStatus::nothing_done, explain("PutRecords", error)};
      }
    } catch (const aws::TransportException& error) {
      if (tries == most_tries || error.error() == aws::HttpError::none) {
        throw CommandError{ExitStatus::nothing_done, std::string{"PutRecords: "} + error.what()};
      }
    }
    std::this_thread::sleep_for(100ms * (1 << tries));
  }
}

}  // namespace aiokpl::cli
