#include "kinesis.hpp"

#include <algorithm>

#include "emulator/api_error.hpp"

namespace aiokpl::simulation {

namespace {

emulator::Options options_of(const Scenario& scenario) {
  emulator::Options options;
  options.region = scenario.config.region;
  options.enforce_limits = true;
  options.transition = scenario.transition;
  options.seed = scenario.seed;
  return options;
}

/// What other writers put; the ledger passes by it.
constexpr std::string_view foreign_key = "foreign";

}  // namespace

Kinesis::Kinesis(const Scenario& scenario, const SimulatedClock& clock, const Conditions& conditions)
    : clock_{&clock}, conditions_{&conditions}, service_{options_of(scenario)} {
  // They are older than the simulation, and ACTIVE at its start.
  const emulator::Time before = now() - std::chrono::hours{1};
  for (const emulator::StreamSpec& stream : scenario.streams) {
    service_.with_store([&](emulator::Store& store) { store.create(stream, before); });
  }
}

emulator::Reply Kinesis::handle(std::string_view operation, const Headers& headers, std::string_view body) {
  if (operation == "PutRecords" && body.find(poison_key) != std::string_view::npos) {
    service_.script(operation,
                    {.status = 400, .code = "ValidationException", .message = "A record of the request is not valid."},
                    1);
  }
  if (operation == "ListShards" && conditions_->active(Fault::list_failing)) service_.script(operation, {}, 1);
  return service_.handle({.method = "POST", .target = "/", .headers = headers, .body = body}, now(), scratch_);
}

void Kinesis::conditions_changed() {
  emulator::Faults faults;
  faults.throttle_rate = conditions_->rate(Fault::records_throttled);
  faults.internal_error_rate = conditions_->rate(Fault::records_failed);
  faults.request_throttle_rate = conditions_->rate(Fault::requests_throttled);
  faults.request_error_rate = conditions_->rate(Fault::requests_failed);
  faults.drop_after_rate = conditions_->rate(Fault::answers_lost);
  faults.truncate_rate = conditions_->rate(Fault::answers_truncated);
  faults.garbage_rate = conditions_->rate(Fault::answers_garbage);
  faults.wrong_count_rate = conditions_->rate(Fault::answers_miscounted);
  faults.stale_list_shards = conditions_->active(Fault::list_stale);
  if (conditions_->active(Fault::puts_forbidden)) faults.refused_operations.emplace_back("PutRecords");
  if (conditions_->active(Fault::list_forbidden)) faults.refused_operations.emplace_back("ListShards");
  if (conditions_->active(Fault::describe_forbidden)) faults.refused_operations.emplace_back("DescribeStreamSummary");
  service_.set_faults(faults);
}

template <typename Work>
bool Kinesis::change(const Work& work) {
  return with_store([&](emulator::Store& store) {
    try {
      work(store);
      return true;
    } catch (const emulator::ApiError&) {
      return false;  // the stream is being changed, or is not there, or has no such shard
    }
  });
}

bool Kinesis::split(const std::string& stream, std::uint64_t chosen) {
  return change([&](emulator::Store& store) {
    emulator::Stream& of = store.stream(stream, now());
    std::vector<const emulator::Shard*> open = of.shards(now());
    std::erase_if(open, [](const emulator::Shard* shard) { return !shard->facts().open(); });
    const emulator::ShardFacts facts = open[chosen % open.size()]->facts();
    const HashKey first = facts.range.first;
    const HashKey last = facts.range.last;
    of.split(emulator::shard_id(facts.number), {first.high + (last.high - first.high) / 2, ~std::uint64_t{0}}, now());
  });
}

bool Kinesis::merge(const std::string& stream, std::uint64_t chosen) {
  return change([&](emulator::Store& store) {
    emulator::Stream& of = store.stream(stream, now());
    std::vector<const emulator::Shard*> open = of.shards(now());
    std::erase_if(open, [](const emulator::Shard* shard) { return !shard->facts().open(); });
    if (open.size() < 2) return;
    std::ranges::sort(open, {}, [](const emulator::Shard* shard) { return shard->facts().range.first; });
    const std::size_t lower = chosen % (open.size() - 1);
    of.merge(emulator::shard_id(open[lower]->facts().number), emulator::shard_id(open[lower + 1]->facts().number),
             now());
  });
}

bool Kinesis::rescale(const std::string& stream, std::uint32_t shards) {
  return change([&](emulator::Store& store) { store.stream(stream, now()).scale(shards, now()); });
}

bool Kinesis::switch_strategy(const std::string& stream) {
  return change([&](emulator::Store& store) {
    emulator::Stream& of = store.stream(stream, now());
    of.require_active(now());
    of.set_on_demand();  // only those have a strategy
    of.set_distribution(!of.automatic_distribution());
  });
}

bool Kinesis::remove(const std::string& stream) {
  return change([&](emulator::Store& store) {
    store.stream(stream, now()).require_active(now());
    store.remove(stream, now());
  });
}

bool Kinesis::create(const emulator::StreamSpec& spec) {
  return change([&](emulator::Store& store) { store.create(spec, now()); });
}

bool Kinesis::exists(const std::string& stream) const {
  return with_store([&](emulator::Store& store) {
    const auto& all = store.streams(now());
    const auto found = all.find(stream);
    return found != all.end() && found->second->status(now()) != emulator::StreamStatus::deleting;
  });
}

void Kinesis::write_beside(std::uint64_t share, Duration span) {
  const double seconds = std::chrono::duration<double>{span}.count();
  const auto records = static_cast<std::uint64_t>(1'000 * seconds * static_cast<double>(share) / 100);
  service_.with_store([&](emulator::Store& store) {
    for (const auto& [name, stream] : store.streams(now())) {
      for (const emulator::Shard* shard : stream->shards(now())) {
        if (!shard->facts().open()) continue;
        for (std::uint64_t i = 0; i < records; ++i)
          stream->put({.partition_key = foreign_key, .has_data = true}, shard->facts().range.first, now());
      }
    }
  });
}

}  // namespace aiokpl::simulation
