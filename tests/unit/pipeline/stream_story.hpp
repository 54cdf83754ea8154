#pragma once

#include <deque>
#include <initializer_list>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "even_shards.hpp"
#include "moments.hpp"
#include "pipeline/stream_pipeline.hpp"
#include "records.hpp"

namespace aiokpl::pipeline::test {

using Story = std::vector<std::string>;

/// The service's answer for one Kinesis record.
struct Answer {
  std::string shard;
  std::string code;
};
inline Answer stored(std::string shard) {
  return {.shard = std::move(shard)};
}
inline Answer refused(std::string code) {
  return {.code = std::move(code)};
}

inline RequestFailure failure(FailureKind kind, std::string code = "Internal") {
  return {.kind = kind, .code = std::move(code), .message = "in the service's words"};
}

/// A stream's pipeline with the test as its clock, its open batches and its network. Records are told by short names:
/// "x@0.25" is a record with the data "x" whose hash key lies a quarter up all hash keys, "x" one without any key; a
/// `+` in front gives it a tag.
class StreamStory : public ::testing::Test {
 protected:
  StreamStory() {
    settings_.strategy.strategy = DistributionStrategy::user_partition_key;
    settings_.system_time = {std::chrono::system_clock::time_point{400'000h}, start};
  }

  /// The stream meets its first record now.
  void begin() { pipeline_.emplace("s", settings_, now_, 1); }
  /// The stream is known: these are its open shards, and it places by key. What was told up to here is forgotten.
  void begin_with(const std::vector<ShardRange>& shards) {
    begin();
    while (const auto inquiry = pipeline_->next_inquiry(now_, budget_)) {
      if (std::holds_alternative<DescribeCall>(*inquiry))
        pipeline_->described({.distribution = Distribution::by_key}, now_);
    }
    pipeline_->listed(listed(shards), std::nullopt, now_);
    EXPECT_EQ(pipeline_->plan().mode, PlacementMode::by_key);
    told();
  }

  static OwnedRecord record(std::string_view name) {
    OwnedRecord record;
    if (name.starts_with('+')) {
      record.tags = {{"tag", "value"}};
      name.remove_prefix(1);
    }
    const std::size_t at = name.find('@');
    record.data = name.substr(0, at);
    if (at == std::string_view::npos) return record;
    record.key = "k";
    record.hash_key =
        HashKey{static_cast<std::uint64_t>(std::stod(std::string{name.substr(at + 1)}) * 0x1.0p64), 5}.to_decimal();
    return record;
  }
  /// A batch of records that arrived now, packed for a shard by its number.
  [[nodiscard]] BatchPtr packed(ShardNumber shard, std::initializer_list<std::string_view> names) const {
    std::vector<OwnedRecord> records;
    for (const std::string_view name : names)
      records.push_back(record(name));
    // As in a producer: keyless records are placed at their shard's first hash key.
    std::optional<HashKey> keyless;
    if (shard != no_shard && pipeline_->plan().map) {
      if (const ShardRange* open = pipeline_->plan().map->by_number(shard)) keyless = open->range.first;
    }
    BatchPtr batch = batch_of(records, shard, now_, keyless);
    batch->deadline = now_ + 100ms;
    return batch;
  }
  Batch* closed(ShardNumber shard, std::initializer_list<std::string_view> names) {
    return closed(packed(shard, names));
  }
  Batch* closed(BatchPtr batch) {
    Batch* raw = batch.get();
    pipeline_->closed(std::move(batch), now_);
    return raw;
  }

  void pass(Duration span) {
    now_ += span;
    pipeline_->tick(now_);
  }
  void at(Duration since_start) {
    ASSERT_GE(start + since_start, now_) << "time goes forward";
    now_ = start + since_start;
    pipeline_->tick(now_);
  }
  /// A request that may go now.
  std::optional<Request> next(std::size_t max_bytes = ~std::size_t{0}) {
    pipeline_->tick(now_);
    return pipeline_->next_request(now_, max_bytes);
  }
  /// The next request, waited for.
  Request send() {
    for (int turns = 0; turns < 10'000; ++turns) {
      if (auto request = next()) return *std::move(request);
      const TimePoint due = std::min(pipeline_->request_due(), pipeline_->next_tick(now_, budget_));
      if (due == never) break;
      now_ = due > now_ ? due : now_ + 1ms;  // a question that nobody asks stays due
    }
    ADD_FAILURE() << "nothing is to be sent";
    return {};
  }
  /// Answers 10 ms later.
  void answer(Request request, const std::vector<Answer>& answers) {
    now_ += 10ms;
    answer_now(std::move(request), answers);
  }
  void answer_now(Request request, const std::vector<Answer>& answers) {
    std::vector<codec::AnswerEntry> entries;
    for (const Answer& one : answers) {
      if (one.code.empty()) {
        entries.push_back({.shard_id = one.shard, .sequence_number = "49"});
      } else {
        entries.push_back({.error_code = one.code, .error_message = "words"});
      }
    }
    pipeline_->answered(std::move(request), entries, now_);
  }
  void fail(Request request, const RequestFailure& why) {
    now_ += 10ms;
    pipeline_->failed(std::move(request), why, now_);
  }

  [[nodiscard]] std::optional<Inquiry> inquiry() { return pipeline_->next_inquiry(now_, budget_); }
  /// The ListShards that is asked for now.
  std::optional<ListCall> list_call() {
    while (const auto asked = inquiry()) {
      if (const auto* list = std::get_if<ListCall>(&*asked)) return *list;
    }
    return std::nullopt;
  }
  void list(const std::vector<ListedShard>& shards) { pipeline_->listed(shards, std::nullopt, now_); }
  void list(const std::vector<ShardRange>& shards) { list(listed(shards)); }

  static std::string names(const Batch& batch) {
    std::string names;
    for (const OwnedRecord& record : read_back(batch))
      names += (names.empty() ? "" : " ") + record.data;
    return names;
  }
  static std::string names(const Request& request) {
    std::string all;
    for (const BatchPtr& batch : request.batches)
      all += '[' + names(*batch) + ']';
    return all;
  }
  static std::string tries(const AttemptList& attempts) {
    std::string text;
    for (const Attempt& attempt : attempts.kept()) {
      text += (text.empty() ? "" : ", ") + (attempt.success ? "at " + *attempt.shard_id : attempt.error_code);
    }
    return text;
  }
  /// What the pipeline wants done, in order and in short; the batches stay for the test to look at.
  Story told() {
    Story story;
    std::vector<Effect> effects;
    pipeline_->take_effects(effects);
    for (Effect& effect : effects)
      story.push_back(std::visit([this](auto& one) { return this->tell(one); }, effect));
    return story;
  }
  /// The batch of the last effect that had one.
  [[nodiscard]] const Batch& last() const { return *kept_.back(); }

  StreamSettings settings_;
  TimePoint now_ = start;
  DescribeBudget budget_;
  std::optional<StreamPipeline> pipeline_;

 private:
  std::string tell(Settled& settled) {
    const std::string text =
        (settled.success ? "stored " : "failed ") + names(*settled.batch) + ": " + tries(settled.batch->attempts);
    kept_.push_back(std::move(settled.batch));
    return text;
  }
  std::string tell(Unpacked& unpacked) {
    std::string again;
    std::string expired;
    BatchReader reader{*unpacked.batch};
    while (reader.next()) {
      const bool over = reader.member().arrived <= unpacked.expired_arrivals;
      (over ? expired : again) += ' ' + owned(reader).data;
    }
    std::string text;
    const std::string before = tries(unpacked.batch->attempts);
    if (!again.empty()) text = "unpacked" + again + (before.empty() ? "" : ": " + before);
    if (!expired.empty()) {
      text += (text.empty() ? "expired" : ", expired") + expired + ": " + (before.empty() ? "" : before + ", ") +
              unpacked.expiry->error_code;
    }
    unpacked_deadline_ = unpacked.deadline;
    kept_.push_back(std::move(unpacked.batch));
    return text;
  }
  std::string tell(Planned& planned) {
    std::ostringstream text;
    text << "plan " << planned.plan.mode;
    if (planned.plan.map) text << " over " << planned.plan.map->size();
    return text.str();
  }
  static std::string tell(const Warned& warned) { return "warned " + warned.key; }
  static std::string tell(const Misplaced& misplaced) { return "misplaced at " + misplaced.shard_id; }

  std::deque<BatchPtr> kept_;

 protected:
  TimePoint unpacked_deadline_ = never;
};

}  // namespace aiokpl::pipeline::test
