// The aggregates that the producer itself builds: records go through an aggregator with limits of the input's choice.
// What a batch is read back as, and what a consumer decodes of its wire format, is what went in.
#include "records.hpp"
#include "tests/fuzz/aggregates.hpp"

namespace aiokpl::fuzz {
namespace {

namespace pipeline_test = pipeline::test;
using pipeline::Batch;
using pipeline_test::OwnedRecord;

constexpr HashKey keyless_place{1, 2};

std::vector<OwnedRecord> submitted(FuzzInput& input) {
  std::vector<OwnedRecord> records;
  for (UserRecord& given : take_records(input)) {
    OwnedRecord& record = records.emplace_back();
    // An empty key stands for none; whoever calls the aggregator has checked the rest.
    if (!given.partition_key.empty()) record.key = std::move(given.partition_key);
    if (record.key && given.explicit_hash_key && HashKey::from_decimal(*given.explicit_hash_key)) {
      record.hash_key = std::move(given.explicit_hash_key);
    }
    record.data = DataView{given.data}.text();
    record.tags = std::move(given.tags);
  }
  return records;
}

/// As a consumer sees it.
UserRecord seen(const OwnedRecord& record) {
  const codec::Piece data = std::as_bytes(std::span{record.data});
  UserRecord user{.partition_key = record.key.value_or(std::string{codec::aggregate_partition_key}),
                  .data = {data.begin(), data.end()},
                  .explicit_hash_key = record.key ? record.hash_key : keyless_place.to_decimal(),
                  .tags = record.tags};
  return user;
}

void check_batch(const Batch& batch, std::span<const OwnedRecord> records) {
  hold(batch.count() == records.size(), "a batch counts its records");
  const std::vector<OwnedRecord> expected{records.begin(), records.end()};
  hold(pipeline_test::read_back(batch) == expected, "a batch reads back as what was submitted");
  std::vector<codec::Piece> pieces;
  batch.add_body_pieces(pieces);
  const std::string message = pipeline_test::text_of(pieces);
  const std::vector<std::byte> payload = framed(std::as_bytes(std::span{message}));
  hold(batch.aggregated_size() == payload.size(), "a batch knows the size of its aggregate");
  std::vector<UserRecord> wanted;
  std::size_t size = 0;
  for (const OwnedRecord& record : records) {
    wanted.push_back(seen(record));
    size += record.data.size() + record.key.value_or("").size();
    const HashKey key = record.key ? pipeline_test::Parts{record}.get().hash_key : keyless_place;
    hold(batch.span().contains(key), "a batch's span holds all its hash keys");
  }
  hold(batch.user_size() == size, "a batch counts its users' bytes");
  hold(decode(payload) == wanted, "consumers read what was submitted");
}

void check(FuzzInput& input) {
  const pipeline::BatchLimits limits{.max_size = std::size_t{64} << input.below(10), .max_count = 1 + input.below(40)};
  const std::vector<OwnedRecord> records = submitted(input);
  pipeline_test::TestBatches batches;
  pipeline::Aggregator aggregator{0, keyless_place};
  std::span<const OwnedRecord> waiting{records.data(), std::size_t{0}};
  const auto take = [&](const pipeline::BatchPtr& batch) {
    if (!batch) return;
    hold(batch->count() <= waiting.size(), "a batch holds no more than was submitted");
    hold(batch->count() <= limits.max_count, "a batch keeps to the largest count");
    hold(batch->count() == 1 || batch->aggregated_size() <= limits.max_size, "a batch keeps to the largest size");
    check_batch(*batch, waiting.first(batch->count()));
    waiting = waiting.subspan(batch->count());
  };
  for (const OwnedRecord& record : records) {
    const pipeline_test::Parts parts{record};
    auto appended =
        aggregator.append(parts.get(), pipeline_test::start, pipeline_test::start, std::nullopt, limits, batches);
    take(appended.closed_before);
    waiting = {waiting.data(), waiting.size() + 1};
    take(appended.closed_full);
  }
  take(aggregator.close());
  hold(waiting.empty(), "every record is in a batch");
}

}  // namespace
}  // namespace aiokpl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  aiokpl::fuzz::FuzzInput input{data, size};
  aiokpl::fuzz::check(input);
  return 0;
}
