#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "ledger.hpp"

// What can be said when all has ended: what is stored, against what was told.
namespace aiokpl::simulation {

namespace {

using namespace std::chrono_literals;

/// What the limiter's buckets hold, in seconds of their rate (beside one record that is larger): twice, since one
/// bucket stands for all shards while these are not known, and theirs are full afterwards.
constexpr double most_bucket_seconds = 2 * 0.9;

bool changes_shards(const Disturbance& one) noexcept {
  switch (one.fault) {
    case Fault::split:
    case Fault::merge:
    case Fault::rescaled:
    case Fault::strategy_switched:
    case Fault::recreated:
      return true;
    default:
      return false;
  }
}

/// The map may come late, or leave again.
bool hides_shards(const Disturbance& one) noexcept {
  return one.fault == Fault::list_failing || one.fault == Fault::list_forbidden || one.fault == Fault::list_stale;
}

}  // namespace

void Ledger::close_accounts() {
  look();
  check_ends();
  for (RecordId id = 0; id < workload_->size(); ++id) {
    if (accounts_[id].state == State::settled) check_deliveries(id);
  }
  check_entries();
  check_pacing();
}

void Ledger::check_ends() {
  for (RecordId id = 0; id < workload_->size(); ++id) {
    const Account& account = accounts_[id];
    if (account.state == State::accepted) {
      violations_->add(Promise::resolves_once, [&] { return name(id) + " never resolved"; });
    }
    if (account.state == State::refused && !deliveries_.of(id).empty()) {
      violations_->add(Promise::success_is_stored, [&] { return name(id) + " was refused, and is stored"; });
    }
    const bool failed = account.state == State::settled && !account.success;
    if (scenario_->hears_failures && account.told != failed) {
      violations_->add(Promise::failures_are_told,
                       [&] { return name(id) + (failed ? " failed, untold" : " did not fail, and was told"); });
    }
  }
}

void Ledger::check_deliveries(RecordId id) {
  const Account& account = accounts_[id];
  std::uint32_t confirmed = 0;
  for (const std::uint32_t number : deliveries_.of(id)) {
    const Entry& entry = deliveries_.entries()[number];
    if (entry.kept && requests_.at(entry.request).acknowledged) ++confirmed;
  }
  // An answer for too few records confirms none; where an aggregate went may stay undecided to the end.
  const bool unclear = account.error_code == error_code::record_count_mismatch || account.was_misplaced;
  if (!account.success && confirmed != 0 && !unclear) {
    violations_->add(Promise::failure_is_true,
                     [&] { return name(id) + " failed with " + account.error_code + ", and was confirmed"; });
  }
  if (confirmed > 1 && !account.was_misplaced) {
    violations_->add(Promise::no_needless_duplicate, [&] {
      return name(id) + " is there " + std::to_string(deliveries_.of(id).size()) + " times, " +
             std::to_string(confirmed) + " of them confirmed";
    });
  }
}

void Ledger::check_entries() {
  const Config& config = scenario_->config;
  const auto& entries = deliveries_.entries();
  for (std::size_t first = 0; first < entries.size();) {
    std::size_t end = first;
    std::size_t bytes = 0;
    for (; end < entries.size() && entries[end].request == entries[first].request; ++end) {
      const Entry& entry = entries[end];
      bytes += entry.size;
      if (!entry.aggregated) continue;
      const bool too_many = entry.members.size() > config.aggregation_max_count;
      const bool too_large = entry.size > config.aggregation_max_size && entry.members.size() > 1;
      if (too_many || too_large) {
        violations_->add(Promise::limits_of_aggregates, [&] {
          return "an aggregate of request " + std::to_string(entry.request) + " has " +
                 std::to_string(entry.members.size()) + " records and " + std::to_string(entry.size) + " bytes";
        });
      }
    }
    const bool too_many = end - first > config.collection_max_count;
    const bool too_large = bytes > config.collection_max_size && end - first > 1;
    if (too_many || too_large) {
      violations_->add(Promise::limits_of_requests, [&] {
        return "request " + std::to_string(entries[first].request) + " has at least " + std::to_string(end - first) +
               " Kinesis records and " + std::to_string(bytes) + " bytes";
      });
    }
    check_order(first, end);
    first = end;
  }
}

void Ledger::check_order(std::size_t first_entry, std::size_t end) {
  const auto& entries = deliveries_.entries();
  const std::size_t stream = entries[first_entry].stream;
  // Records that wait for the first map, or for another one, are packed anew beside those that come meanwhile.
  const auto upsets = [&](const Disturbance& one) {
    return (changes_shards(one) && one.stream == stream) || hides_shards(one);
  };
  if (std::ranges::any_of(scenario_->disturbances, upsets)) return;
  // Those that waited with one that expired are packed anew, too.
  if (requests_.at(entries[first_entry].request).started >= first_expired_[stream]) return;
  std::map<std::pair<std::size_t, std::uint64_t>, RecordId> last;
  for (std::size_t i = first_entry; i < end; ++i) {
    for (const RecordId id : entries[i].members) {
      if (accounts_[id].attempts != 1 || deliveries_.of(id).size() != 1) continue;
      if (accounts_[id].accepted_at <= first_listed_[stream]) continue;
      workload_->write(id, content_);
      if (!content_.key || content_.explicit_hash_key) continue;
      const Puts& puts = workload_->puts_of(id);
      if (puts.way != Way::without_waiting) continue;  // two that wait may come in either order
      const auto [before, first] = last.try_emplace({entries[i].shard, content_.key_number}, id);
      if (!first && accounts_[id].place < accounts_[before->second].place) {
        violations_->add(Promise::order_of_a_key, [&] {
          return name(id) + " was put before record " + std::to_string(before->second) +
                 ", and follows it in request " + std::to_string(entries[i].request);
        });
      }
      before->second = id;
    }
  }
}

void Ledger::check_pacing() {
  for (std::size_t stream = 0; stream < scenario_->streams.size(); ++stream) {
    const auto upsets = [&](const Disturbance& one) { return changes_shards(one) && one.stream == stream; };
    if (scenario_->streams[stream].automatic_distribution) continue;
    if (std::ranges::any_of(scenario_->disturbances, upsets)) continue;
    std::map<std::uint32_t, std::vector<Sent>> shards;
    for (const Entry& entry : deliveries_.entries()) {
      if (entry.stream != stream) continue;
      Sent sent{pipeline::never, requests_.at(entry.request).started, static_cast<double>(entry.size)};
      bool first_try = true;
      for (const RecordId id : entry.members) {
        sent.arrived = std::min(sent.arrived, accounts_[id].offered_at);  // it came in then, or later
        first_try &= accounts_[id].attempts == 1;
      }
      if (first_try) shards[entry.shard].push_back(sent);
    }
    for (auto& [shard, sent] : shards)
      check_pacing(stream, shard, std::move(sent));
  }
}

void Ledger::check_pacing(std::size_t stream, std::uint32_t shard, std::vector<Sent> all) {
  // What arrived after some moment passed the buckets after it: no more than they hold, and what flows in.
  const Config& config = scenario_->config;
  constexpr std::size_t moments = 8;
  std::ranges::sort(all, {}, &Sent::sealed);
  const std::size_t step = std::max<std::size_t>(1, all.size() / moments);
  for (std::size_t from = 0; from < all.size(); from += step) {
    double records = 0;
    double bytes = 0;
    double largest = 0;
    for (const Sent& one : all) {
      if (one.arrived < all[from].arrived) continue;
      ++records;
      bytes += one.size;
      largest = std::max(largest, one.size);
      const double passed = std::chrono::duration<double>{one.sealed - all[from].arrived}.count();
      const double seconds = most_bucket_seconds + passed;
      if (records <= config.rate_limit_records_per_sec_per_shard * seconds + 1 &&
          bytes <= config.rate_limit_bytes_per_sec_per_shard * seconds + 2 * largest + 1) {
        continue;
      }
      violations_->add(Promise::pacing, [&] {
        return "shard " + std::to_string(shard) + " of stream " + std::to_string(stream) + " was sent " +
               std::to_string(records) + " records and " + std::to_string(bytes) + " bytes in " +
               std::to_string(passed) + " s";
      });
      break;
    }
  }
}

}  // namespace aiokpl::simulation
