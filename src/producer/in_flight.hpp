#pragma once

#include <memory>
#include <optional>

#include "pipeline/request_sealer.hpp"
#include "producer/engine.hpp"

namespace aiokpl::detail {

/// A call to the service that has not ended.
struct Engine::InFlight {
  Stream* stream = nullptr;
  /// Of a PutRecords: what it carries, and the body that the network reads from.
  std::optional<pipeline::Request> request;
  std::unique_ptr<pipeline::RequestSealer> sealer;
  /// Of a question about the stream.
  std::optional<pipeline::Inquiry> inquiry;
  /// When it is given up, so that its oldest record ends in time whatever the network does.
  pipeline::TimePoint limit = pipeline::never;
};

/// A flush or close under way: it ends with the records of each stream's rounds up to the one that it closed.
struct Engine::Flush {
  struct Target {
    Stream* stream;
    std::uint64_t round;
  };
  std::vector<Target> targets;
  std::shared_ptr<PendingFlush> pending;
  /// A close ends only when every place has been given back.
  bool closing = false;
};

}  // namespace aiokpl::detail
