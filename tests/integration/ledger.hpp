#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <aiokpl/aiokpl.hpp>
#include <aiokpl/emulator.hpp>

#include "integration/consumer.hpp"

namespace aiokpl::testing {

/// Bytes of every value, of this size or a little more; no two numbers give the same.
inline std::string data_of(std::uint64_t number, std::size_t size) {
  std::string data = "record " + std::to_string(number) + ":";
  data.reserve(data.size() + size);
  std::uint64_t state = number * 0x9E3779B97F4A7C15U + 1;
  while (data.size() < size) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    data += static_cast<char>(state >> 56U);
  }
  return data;
}

/// What a test put, and what is to be found of it at the consumer's side.
class Ledger {
 public:
  /// From any thread. Throws what the put throws; nothing is noted then.
  template <typename Producer>
  void put(Producer& producer, std::string_view stream, std::uint64_t number, std::size_t size = 100) {
    Entry entry{.stream = std::string{stream}, .key = "user-" + std::to_string(number), .data = data_of(number, size)};
    entry.outcome = producer.put_record({.stream = stream, .partition_key = entry.key, .data = entry.data});
    const std::lock_guard lock{mutex_};
    entries_.push_back(std::move(entry));
  }

  struct Tally {
    std::size_t stored = 0;
    std::size_t failed = 0;
    /// By the code of the last attempt.
    std::map<std::string, std::size_t> codes = {};
    /// Each attempt's words once, of the failed attempts of all records.
    std::set<std::string> words = {};
    [[nodiscard]] bool says(std::string_view part) const {
      for (const std::string& line : words) {
        if (line.find(part) != std::string::npos) return true;
      }
      return false;
    }
  };

  /// Waits for every outcome, all together so long, and compares with what the streams hold: each record that was
  /// reported as stored is where its result says, with its key and its bytes; and nothing else is there.
  Tally check(const emulator::LocalKinesis& kinesis, std::chrono::seconds limit = std::chrono::seconds{60}) const {
    const std::lock_guard lock{mutex_};
    Tally tally;
    std::map<std::string, Places> streams;
    const auto end = std::chrono::steady_clock::now() + limit;
    for (const Entry& entry : entries_)
      (void)entry.outcome.wait(std::max<std::chrono::nanoseconds>(end - std::chrono::steady_clock::now(), {}));
    for (const Entry& entry : entries_) {
      if (!streams.contains(entry.stream)) streams.emplace(entry.stream, places_in(kinesis, entry.stream));
      Places& places = streams.at(entry.stream);
      const RecordResult result = entry.outcome.wait();
      note(result, tally);
      const auto found = places.find({entry.key, entry.data});
      if (found != places.end()) found->second.ours = true;
      if (!result.success) continue;
      const bool there = found != places.end() && found->second.at.contains({std::string{*result.shard_id},
                                                                             std::string{*result.sequence_number}});
      if (!there) ADD_FAILURE() << entry.key << " is not where its result says: " << result;
    }
    for (const auto& [stream, places] : streams)
      check_strangers(places);
    return tally;
  }
  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock{mutex_};
    return entries_.size();
  }

 private:
  struct Entry {
    std::string stream;
    std::string key;
    std::string data;
    SyncOutcome outcome = {};
  };
  struct Place {
    std::set<std::pair<std::string, std::string>> at =
        {};  // shard and sequence number; more than one where it was sent again
    bool ours = false;
  };
  using Places = std::map<std::pair<std::string, std::string>, Place>;  // by key and bytes

  static Places places_in(const emulator::LocalKinesis& kinesis, const std::string& stream) {
    Places places;
    for (Consumed& record : consume(kinesis, stream).records)
      places[{std::move(record.partition_key), std::move(record.data)}].at.insert(
          {std::move(record.shard_id), std::move(record.sequence_number)});
    return places;
  }
  static void check_strangers(const Places& places) {
    for (const auto& [record, place] : places)
      if (!place.ours) ADD_FAILURE() << "nobody put a record of " << record.second.size() << " bytes, " << record.first;
  }
  static void note(const RecordResult& result, Tally& tally) {
    ++(result.success ? tally.stored : tally.failed);
    if (!result.success) ++tally.codes[result.attempts.back().error_code];
    for (const Attempt& attempt : result.attempts) {
      if (!attempt.success) tally.words.insert(attempt.error_code + ": " + attempt.error_message);
    }
  }

  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
};

}  // namespace aiokpl::testing
