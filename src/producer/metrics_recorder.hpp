#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "codec/put_records_answer.hpp"
#include "pipeline/stream_pipeline.hpp"
#include "producer/metrics_hub.hpp"
#include "producer/stream.hpp"

namespace aiokpl::detail {

/// Turns what happens to requests and records into values, a batch at a time. The engine's thread.
class MetricsRecorder {
 public:
  MetricsRecorder(std::shared_ptr<MetricsHub> hub, pipeline::SystemTime system_time)
      : hub_{std::move(hub)}, system_time_{system_time} {}

  /// The service answered for each Kinesis record of the request; before the pipeline has judged it.
  void answered(const Stream& stream, const pipeline::Request& request, std::span<const codec::AnswerEntry> entries,
                pipeline::TimePoint now);
  /// The request failed as a whole.
  void failed(const Stream& stream, const pipeline::Request& request, const pipeline::RequestFailure& failure,
              pipeline::TimePoint now);
  /// An aggregate was stored where one of its records does not belong.
  void misplaced(const Stream& stream, std::string_view shard, pipeline::TimePoint now);
  /// The end of every record of a batch, before its fates are told.
  void settled(Stream& stream, const pipeline::Batch& batch, bool success, pipeline::TimePoint now);
  /// The end of one record of a batch whose others go on; so many attempts were made with the batch.
  void expired(Stream& stream, const pipeline::Batch& batch, const pipeline::Member& member, std::uint64_t attempts,
               pipeline::TimePoint now);

  /// A stream's states.
  struct Look {
    Stream* stream;
    std::uint64_t pending;
    pipeline::Duration oldest_age;
  };
  void look(std::span<const Look> looks, pipeline::TimePoint now);

 private:
  using Registry = metrics::Registry;

  void add_request(Registry& registry, const Stream& stream, const pipeline::Request& request,
                   pipeline::TimePoint now) const;
  void add_sent(Registry& registry, metrics::Meter& meter, const pipeline::Batch& batch, bool stored,
                pipeline::TimePoint started) const;
  void add_buffered(metrics::TimeTally& tally, const pipeline::Batch& batch, pipeline::TimePoint started) const;
  [[nodiscard]] static std::string_view predicted_shard(const Stream& stream, const pipeline::Batch& batch);

  std::shared_ptr<MetricsHub> hub_;
  pipeline::SystemTime system_time_;
};

}  // namespace aiokpl::detail
