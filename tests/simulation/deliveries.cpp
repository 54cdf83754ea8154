#include "deliveries.hpp"

#include <algorithm>
#include <string>

#include <aiokpl/hash_key.hpp>

#include "emulator/sequence_number.hpp"

namespace aiokpl::simulation {

Deliveries::Deliveries(const Scenario& scenario, const Kinesis& kinesis, const Workload& workload,
                       Violations& violations)
    : scenario_{&scenario},
      kinesis_{&kinesis},
      workload_{&workload},
      violations_{&violations},
      streams_(scenario.streams.size()),
      of_record_(workload.size()) {}

void Deliveries::take_in(std::size_t stream, std::uint64_t request) {
  if (stream >= streams_.size()) return;
  kinesis_->with_store([&](emulator::Store& store) {
    const auto& all = store.streams(kinesis_->now());
    const auto found = all.find(scenario_->streams[stream].name);
    if (found == all.end()) return;
    std::vector<Incarnation>& incarnations = streams_[stream];
    if (incarnations.empty() || incarnations.back().created != found->second->created()) {
      incarnations.push_back({.created = found->second->created()});
    }
    Incarnation& current = incarnations.back();
    for (const emulator::Shard* shard : found->second->shards(kinesis_->now())) {
      const std::size_t number = shard->facts().number;
      if (current.entries.size() <= number) {
        current.entries.resize(number + 1);
        current.read.resize(number + 1);
      }
      for (std::size_t& read_up_to = current.read[number]; read_up_to < shard->log().size(); ++read_up_to) {
        Entry entry{.stream = stream, .shard = shard->facts().number, .request = request};
        read(*shard, shard->log()[read_up_to], entry);
        if (entry.members.empty()) continue;  // another writer's
        auto& places = current.entries[number];
        places.resize(std::max<std::size_t>(places.size(), entry.counter + 1), none);
        places[entry.counter] = static_cast<std::uint32_t>(entries_.size());
        for (const RecordId id : entry.members)
          of_record_[id].push_back(static_cast<std::uint32_t>(entries_.size()));
        entries_.push_back(std::move(entry));
      }
    }
  });
}

void Deliveries::read(const emulator::Shard& shard, const emulator::LogEntry& stored, Entry& entry) {
  const auto data = std::as_bytes(std::span{stored.data});
  entry.counter = stored.counter;
  entry.size = stored.data.size();
  entry.aggregated = codec::is_aggregate(data);
  if (!entry.aggregated) {
    codec::AggregatedUserRecord raw{.partition_key = stored.partition_key, .data = data};
    if (!stored.explicit_hash_key.empty()) raw.explicit_hash_key = stored.explicit_hash_key;
    if (const auto id = workload_->id_of(data)) {
      compare(*id, raw, false);
      entry.members.push_back(*id);
    }
    return;
  }
  codec::AggregatedUserRecord record;
  if (reader_.open(data)) {
    while (reader_.next(record))
      read_record(shard, record, entry);
  }
  if (!reader_.reason().empty()) {
    violations_->add(Promise::bytes_are_equal,
                     [&] { return "an aggregate cannot be read: " + std::string{reader_.reason()}; });
  }
}

void Deliveries::read_record(const emulator::Shard& shard, const codec::AggregatedUserRecord& record, Entry& entry) {
  const auto given = record.explicit_hash_key ? HashKey::from_decimal(*record.explicit_hash_key) : std::nullopt;
  const HashKey hash_key = given ? *given : md5_hash_key(record.partition_key);
  if (!shard.facts().range.contains(hash_key)) entry.kept = false;
  const auto id = workload_->id_of(record.data);
  if (!id) {
    violations_->add(Promise::bytes_are_equal, [] { return std::string{"an aggregate holds what nobody put"}; });
    return;
  }
  compare(*id, record, true);
  entry.members.push_back(*id);
}

void Deliveries::compare(RecordId id, const codec::AggregatedUserRecord& record, bool aggregated) {
  workload_->write(id, expected_);
  const auto differs = [&](const char* what) {
    violations_->add(Promise::bytes_are_equal,
                     [&] { return "record " + std::to_string(id) + " was stored with another " + what; });
  };
  if (!std::ranges::equal(record.data, expected_.data)) differs("data");
  // Those without a key are given what places them.
  if (expected_.key) {
    if (record.partition_key != *expected_.key) differs("partition key");
    if (record.explicit_hash_key != expected_.explicit_hash_key) differs("explicit hash key");
  } else if (expected_.explicit_hash_key && record.explicit_hash_key != expected_.explicit_hash_key) {
    differs("explicit hash key, which came without a partition key");
  }
  if (!aggregated) return;
  if (record.tag_count != expected_.tags.size()) differs("number of tags");
  codec::AggregatedTags tags{record};
  Tag tag;
  for (const Tag& put : expected_.tags) {
    if (!tags.next(tag) || tag.key != put.key || tag.value != put.value) differs("tag");
  }
}

const Entry* Deliveries::find(std::size_t stream, std::string_view shard_id, std::string_view sequence_number) const {
  const auto shard = emulator::parse_shard_id(shard_id);
  const auto number = emulator::SequenceNumber::parse(sequence_number);
  if (!shard || !number || number->shard != *shard) return nullptr;
  const auto& incarnations = streams_[stream];
  for (auto incarnation = incarnations.rbegin(); incarnation != incarnations.rend(); ++incarnation) {
    if (emulator::epoch_milliseconds(incarnation->created) > number->arrival_milliseconds) continue;
    if (*shard >= incarnation->entries.size()) return nullptr;
    const auto& places = incarnation->entries[*shard];
    if (number->counter >= places.size() || places[number->counter] == none) return nullptr;
    return &entries_[places[number->counter]];
  }
  return nullptr;
}

}  // namespace aiokpl::simulation
