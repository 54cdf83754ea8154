#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <aiokpl/outcome.hpp>

#include "codec/md5.hpp"
#include "codec/md5_lanes.hpp"
#include "codec/put_records_answer.hpp"
#include "pipeline/aggregator.hpp"
#include "pipeline/request_sealer.hpp"
#include "pipeline/shard_map.hpp"
#include "producer/chunk_pool.hpp"
#include "producer/fate.hpp"

// What a record costs, step by step, without threads and sockets. Keys are random, sizes vary by a fifth around their
// nominal value.
namespace aiokpl {
namespace {

using pipeline::Piece;

/// SplitMix64, so that every run works on the same bytes.
std::uint64_t next_random(std::uint64_t& state) {
  std::uint64_t value = state += 0x9E3779B97F4A7C15U;
  value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
  value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
  return value ^ (value >> 31U);
}

struct Sample {
  std::string key;
  std::string data;
};

std::vector<Sample> samples(std::size_t count, std::size_t size) {
  std::uint64_t state = 1;
  std::vector<Sample> made(count);
  for (Sample& sample : made) {
    sample.key = std::to_string(next_random(state));
    sample.data.resize(size * 4 / 5 + next_random(state) % (size * 2 / 5 + 1));
    for (char& byte : sample.data)
      byte = static_cast<char>(next_random(state));
  }
  return made;
}

class Batches final : public pipeline::BatchSource {
 public:
  [[nodiscard]] pipeline::BatchPtr make_batch() override { return pipeline::make_batch(chunks_); }
  [[nodiscard]] detail::FateBlock* make_fates() override { return nullptr; }

 private:
  detail::ChunkPool chunks_;
};

pipeline::RecordParts parts_of(const Sample& sample, const Piece& data) {
  return {.partition_key = sample.key, .hash_key = {}, .data = {&data, 1}, .data_size = data.size()};
}

void md5_serial(benchmark::State& state) {
  const std::vector<std::byte> message(static_cast<std::size_t>(state.range(0)), std::byte{'x'});
  const Piece piece{message};
  while (state.KeepRunning())
    benchmark::DoNotOptimize(codec::md5(piece));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(md5_serial)->Arg(16)->Arg(51'200);

void md5_in_lanes(benchmark::State& state) {
  const std::vector<std::string> messages(100, std::string(static_cast<std::size_t>(state.range(0)), 'x'));
  std::vector<Piece> pieces;
  pieces.reserve(messages.size());
  for (const std::string& message : messages)
    pieces.push_back(std::as_bytes(std::span{message}));
  std::vector<codec::Md5Digest> digests(messages.size());
  std::vector<codec::Md5Job> jobs;
  jobs.reserve(messages.size());
  for (std::size_t i = 0; i < pieces.size(); ++i)
    jobs.push_back({.pieces = {&pieces[i], 1}, .digest = &digests[i]});
  while (state.KeepRunning())
    codec::md5_lanes(jobs);
  state.SetBytesProcessed(state.iterations() * state.range(0) * 100);
}
BENCHMARK(md5_in_lanes)->Arg(51'200);

void hash_and_find_shard(benchmark::State& state) {
  const auto count = static_cast<std::uint64_t>(state.range(0));
  std::vector<pipeline::ShardRange> shards;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t width = HashKey::max().high / count;
    const HashKey last = i + 1 == count ? HashKey::max() : HashKey{width * (i + 1) - 1, ~std::uint64_t{0}};
    shards.push_back({std::to_string(i), {{width * i, 0}, last}, static_cast<pipeline::ShardNumber>(i)});
  }
  const auto map = pipeline::ShardMap::make(std::move(shards));
  if (!map) std::abort();
  const auto records = samples(1'024, 1);
  std::size_t next = 0;
  while (state.KeepRunning())
    benchmark::DoNotOptimize(map->find(md5_hash_key(records[next++ % records.size()].key)));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(hash_and_find_shard)->Arg(64)->Arg(4'096);

void append_to_aggregate(benchmark::State& state) {
  const auto records = samples(4'096, static_cast<std::size_t>(state.range(0)));
  Batches batches;
  pipeline::Aggregator aggregator{0, HashKey{}};
  std::size_t next = 0;
  while (state.KeepRunning()) {
    const Sample& sample = records[next++ % records.size()];
    const Piece data = std::as_bytes(std::span{sample.data});
    benchmark::DoNotOptimize(
        aggregator.append(parts_of(sample, data), {}, pipeline::never, pipeline::FateRef{}, {}, batches));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(append_to_aggregate)->Arg(20)->Arg(200)->Arg(2'000);

void seal_request(benchmark::State& state) {
  const auto records = samples(4'096, 200);
  Batches source;
  pipeline::Aggregator aggregator{0, HashKey{}};
  std::vector<pipeline::BatchPtr> batches;
  std::size_t count = 0;
  std::size_t bytes = 0;
  while (batches.size() < 100) {
    const Sample& sample = records[count++ % records.size()];
    const Piece data = std::as_bytes(std::span{sample.data});
    auto appended = aggregator.append(parts_of(sample, data), {}, pipeline::never, pipeline::FateRef{}, {}, source);
    if (!appended.closed_before) continue;
    bytes += appended.closed_before->aggregated_size();
    batches.push_back(std::move(appended.closed_before));
  }
  pipeline::RequestSealer sealer;
  while (state.KeepRunning()) {
    for (const auto& batch : batches)
      batch->trailer.reset();
    benchmark::DoNotOptimize(sealer.seal(batches, {.stream = {"stream", false}, .json = state.range(0) != 0}).size());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(count));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}
BENCHMARK(seal_request)->ArgName("json")->Arg(0)->Arg(1);

void read_answer(benchmark::State& state) {
  std::string body = R"({"FailedRecordCount":0,"Records":[)";
  for (int i = 0; i < 500; ++i) {
    if (i != 0) body += ',';
    body +=
        R"({"SequenceNumber":"49543463076548007577105092703039560359975228518395012686","ShardId":"shardId-000000000000"})";
  }
  body += "]}";
  codec::PutRecordsAnswer answer;
  while (state.KeepRunning())
    benchmark::DoNotOptimize(answer.parse_json(std::as_bytes(std::span{body})));
  state.SetItemsProcessed(state.iterations() * 500);
}
BENCHMARK(read_answer);

// A batch's end, and a caller who holds an outcome for each of its records and asks for every result.
void resolve_and_await(benchmark::State& state) {
  const auto dispatcher = std::make_shared<detail::Dispatcher>(nullptr, [](const char*) {});
  const auto records = static_cast<std::uint32_t>(state.range(0));
  std::vector<Outcome> outcomes(records);
  detail::WakeUps wake_ups;
  while (state.KeepRunning()) {
    auto* const block = new detail::FateBlock{dispatcher};
    for (std::uint32_t i = 0; i < records; ++i)
      outcomes[i] = Outcome{detail::FateHandle{block, i}};
    block->close(records, 0);
    pipeline::AttemptList attempts;
    attempts.add(std::make_shared<const Attempt>(
        Attempt{.success = true,
                .shard_id = "shardId-000000000000",
                .sequence_number = "49543463076548007577105092703039560359975228518395012686"}));
    block->settle_all(attempts, true, wake_ups);
    for (Outcome& outcome : outcomes) {
      benchmark::DoNotOptimize(outcome.get().success);
      outcome = Outcome{};
    }
  }
  state.SetItemsProcessed(state.iterations() * records);
}
BENCHMARK(resolve_and_await)->Arg(1)->Arg(250);

}  // namespace
}  // namespace aiokpl
