#include "cli/shard_walk.hpp"

#include <algorithm>
#include <utility>

namespace aiokpl::cli {

ShardWalk::ShardWalk(Begin begin, std::optional<std::string> only) : begin_{begin}, only_{std::move(only)} {}

void ShardWalk::listed(const std::vector<WalkShard>& shards) {
  learn(shards, !listed_);
  listed_ = true;
}

void ShardWalk::ended(std::string_view id, const std::vector<WalkShard>& children) {
  const auto found = shards_.find(id);
  if (found == shards_.end() || found->second.state != State::reading) return;
  found->second.state = State::ended;
  found->second.shard.closed = true;
  --reading_;
  learn(children, false);
}

std::vector<ShardToRead> ShardWalk::take_ready() {
  std::vector<ShardToRead> taken;
  for (auto& [id, known] : shards_) {
    if (known.state != State::waiting || !ready(known)) continue;
    known.state = State::reading;
    ++reading_;
    taken.push_back({id, known.shard.range, known.begin, known.shard.closed});
  }
  return taken;
}

bool ShardWalk::wants_list() const {
  if (only_) return false;
  return std::any_of(shards_.begin(), shards_.end(),
                     [](const auto& entry) { return entry.second.state == State::ended && !entry.second.has_child; });
}

void ShardWalk::learn(const std::vector<WalkShard>& shards, bool first_list) {
  for (const WalkShard& shard : shards) {
    if (only_ && shard.id != *only_) continue;
    const auto [place, is_new] = shards_.try_emplace(shard.id, Known{shard});
    Known& known = place->second;
    if (!is_new) {
      known.shard.closed = known.shard.closed || shard.closed;
      continue;
    }
    known.begin = first_list ? begin_ : Begin::oldest;
    if (first_list && begin_ == Begin::latest && shard.closed && !only_) known.state = State::skipped;
  }
  // Afterwards, since a list need not name parents before children.
  for (const WalkShard& shard : shards) {
    for (const std::string& parent : shard.parents) {
      if (const auto found = shards_.find(parent); found != shards_.end()) found->second.has_child = true;
    }
  }
}

bool ShardWalk::ready(const Known& known) const {
  // At the latest record nothing is left to read in the parents, and a parent without end would hold back the child.
  if (known.begin == Begin::latest) return true;
  return std::all_of(known.shard.parents.begin(), known.shard.parents.end(), [&](const std::string& parent) {
    const auto found = shards_.find(parent);
    // A parent that is not known is gone with its records, or is not to be read.
    return found == shards_.end() || found->second.state == State::ended || found->second.state == State::skipped;
  });
}

}  // namespace aiokpl::cli
