#pragma once

#include <iosfwd>
#include <memory>

#include "pipeline/aggregator.hpp"
#include "pipeline/shard_map.hpp"

namespace aiokpl::pipeline {

/// How a stream's records find their shard.
enum class PlacementMode {
  waiting,    ///< The first shard map is on its way: records are kept together until it is there.
  by_key,     ///< By their hash keys over the shard map.
  raw,        ///< No shard map to be had: each for itself, paced by the stream's rate as a whole.
  automatic,  ///< The service spreads them: each for itself, and their keys mean nothing.
};

std::ostream& operator<<(std::ostream& out, PlacementMode mode);

/// Where the next records of a stream go.
struct PlacementPlan {
  PlacementMode mode = PlacementMode::waiting;
  /// Present in mode `by_key`.
  std::shared_ptr<const ShardMap> map;
  BatchLimits limits;

  friend bool operator==(const PlacementPlan&, const PlacementPlan&) = default;
};

}  // namespace aiokpl::pipeline
