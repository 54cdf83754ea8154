// What encode_aggregated writes, decode_aggregated reads back; what consumers could not read is refused.
#include <aiokpl/error.hpp>

#include "tests/fuzz/aggregates.hpp"

namespace aiokpl::fuzz {
namespace {

void check(const std::vector<UserRecord>& records) {
  const bool good = !records.empty() && std::all_of(records.begin(), records.end(), encodable);
  const RecordViews views{records};
  try {
    const std::vector<std::byte> payload = encode_aggregated(views.get());
    hold(good, "what consumers could not read is refused");
    hold(is_aggregated(payload), "what is written is an aggregate");
    hold(decode(payload) == records, "what is written reads back equal");
    const Deaggregated whole = deaggregate(payload, "a");
    hold(whole.aggregated && !whole.dropped && whole.records == records, "no record lies outside of all hash keys");
  } catch (const InvalidArgument&) {
    hold(!good, "records that are right are taken");
  }
}

}  // namespace
}  // namespace aiokpl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  aiokpl::fuzz::FuzzInput input{data, size};
  aiokpl::fuzz::check(aiokpl::fuzz::take_records(input));
  return 0;
}
