#include <algorithm>
#include <array>

#include <aiokpl/metrics.hpp>

namespace aiokpl {
namespace {

using enum MetricKind;
using enum MetricsLevel;
using enum MetricsGranularity;

// Names, units and levels are the KPL's, but for DeliveryTime and OldestRecordAge, which it has not.
constexpr std::array infos{
    MetricInfo{metric::user_records_received, count, MetricUnit::count, detailed, stream, false,
               "User records that put_record accepted."},
    MetricInfo{metric::user_records_pending, gauge, MetricUnit::count, detailed, stream, false,
               "User records accepted and not yet resolved."},
    MetricInfo{metric::user_records_put, count, MetricUnit::count, summary, shard, false,
               "User records that ended: 1 for each that was stored, 0 for each that failed."},
    MetricInfo{metric::user_records_data_put, count, MetricUnit::bytes, detailed, shard, false,
               "Data and partition keys of the user records that were stored."},
    MetricInfo{metric::kinesis_records_put, count, MetricUnit::count, summary, shard, false,
               "Kinesis records that were sent: 1 for each that was stored, 0 for each that was not."},
    MetricInfo{metric::kinesis_records_data_put, count, MetricUnit::bytes, detailed, shard, false,
               "Data and partition keys of the Kinesis records that were stored."},
    MetricInfo{metric::errors_by_code, count, MetricUnit::count, summary, shard, false,
               "Errors, with the dimension ErrorCode: one for each Kinesis record that was refused, one for a whole "
               "request that failed."},
    MetricInfo{metric::all_errors, count, MetricUnit::count, summary, shard, false, "ErrorsByCode, of all codes."},
    MetricInfo{metric::retries_per_record, distribution, MetricUnit::count, detailed, shard, false,
               "Attempts that a user record took beyond its first."},
    MetricInfo{metric::buffered_time, distribution, MetricUnit::milliseconds, summary, shard, true,
               "For each attempt of a user record: from its arrival, or the end of the attempt before, to the start."},
    MetricInfo{metric::request_time, distribution, MetricUnit::milliseconds, detailed, stream, true,
               "A PutRecords call, from its start to its answer."},
    MetricInfo{metric::delivery_time, distribution, MetricUnit::milliseconds, summary, shard, true,
               "From put_record to the outcome of a user record, stored or failed."},
    MetricInfo{metric::expired_records, count, MetricUnit::count, summary, shard, false,
               "User records whose TTL ran out."},
    MetricInfo{metric::oldest_record_age, gauge, MetricUnit::milliseconds, summary, stream, false,
               "How long the oldest user record has been outstanding."},
    MetricInfo{metric::user_records_per_kinesis_record, distribution, MetricUnit::count, detailed, shard, false,
               "User records in a Kinesis record that was sent."},
    MetricInfo{metric::kinesis_records_per_request, distribution, MetricUnit::count, detailed, stream, false,
               "Kinesis records in a PutRecords call."},
    MetricInfo{metric::user_records_per_request, distribution, MetricUnit::count, detailed, stream, false,
               "User records in a PutRecords call."},
};

}  // namespace

std::span<const MetricInfo> metric_infos() noexcept {
  return infos;
}

const MetricInfo* find_metric_info(std::string_view name) noexcept {
  const auto* found = std::ranges::find(infos, name, &MetricInfo::name);
  return found == infos.end() ? nullptr : found;
}

}  // namespace aiokpl
