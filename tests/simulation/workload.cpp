#include "workload.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <aiokpl/hash_key.hpp>

#include "dice.hpp"
#include "kinesis.hpp"

namespace aiokpl::simulation {

namespace {

/// What data begins with, before the record's number.
constexpr std::array<char, 8> mark{'r', 'e', 'c', 'o', 'r', 'd', ':', ' '};
constexpr std::size_t head_size = mark.size() + sizeof(RecordId);

void fill(std::span<std::byte> bytes, Dice& dice) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::uint64_t word = dice.next();
    const std::size_t count = std::min(sizeof word, bytes.size() - at);
    std::memcpy(&bytes[at], &word, count);
    at += count;
  }
}

}  // namespace

Record Content::record(std::string_view stream) const {
  Record record{.stream = stream, .data = data, .tags = tags};
  if (key) record.partition_key = *key;
  if (explicit_hash_key) record.explicit_hash_key = *explicit_hash_key;
  return record;
}

Workload::Workload(const Scenario& scenario) : scenario_{&scenario} {
  for (std::size_t i = 0; i < scenario.puts.size(); ++i) {
    first_.push_back(size());
    puts_of_.insert(puts_of_.end(), scenario.puts[i].count, static_cast<std::uint32_t>(i));
  }
}

void Workload::write(RecordId id, Content& content) const {
  const Puts& puts = puts_of(id);
  Dice dice{scenario_->seed ^ (std::uint64_t{id} << 20U)};
  content.key.reset();
  content.explicit_hash_key.reset();
  content.tags.clear();
  content.key_number = dice.below(puts.keys) * 8 + puts.caller;
  if (puts.poisonous) {
    content.key = poison_key;
  } else if (!dice.chance(puts.keyless / 100.0)) {
    content.key = "key-" + std::to_string(content.key_number);
  }
  if (dice.chance(puts.with_hash_key / 100.0)) {
    content.explicit_hash_key = HashKey{.high = dice.next(), .low = 7}.to_decimal();
  }
  if (dice.chance(puts.with_tags / 100.0)) {
    content.tag_value = std::to_string(id);
    content.tags = {{.key = "id", .value = content.tag_value}, {.key = "bare"}};
  }
  content.data.resize(std::max<std::size_t>(dice.from_to(puts.least_size, puts.most_size), head_size));
  std::memcpy(content.data.data(), mark.data(), mark.size());
  std::memcpy(&content.data[mark.size()], &id, sizeof id);
  fill(std::span{content.data}.subspan(head_size), dice);
}

std::optional<RecordId> Workload::id_of(std::span<const std::byte> data) const noexcept {
  if (data.size() < head_size || std::memcmp(data.data(), mark.data(), mark.size()) != 0) return std::nullopt;
  RecordId id = 0;
  std::memcpy(&id, &data[mark.size()], sizeof id);
  return id < size() ? std::optional{id} : std::nullopt;
}

}  // namespace aiokpl::simulation
