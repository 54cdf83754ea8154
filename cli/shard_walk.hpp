#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <aiokpl/hash_key.hpp>

namespace aiokpl::cli {

/// Where reading begins in a shard.
enum class Begin {
  oldest,  ///< The oldest record that is kept.
  latest,  ///< What is put from now on.
  time,    ///< The first record of a moment or after it.
};

/// A shard as a list of them tells it.
struct WalkShard {
  std::string id;
  HashKeyRange range = {};
  /// None for a shard of a new stream, one after a split, two after a merge.
  std::vector<std::string> parents = {};
  bool closed = false;
};

/// A shard that may be read now.
struct ShardToRead {
  std::string id;
  HashKeyRange range = {};
  Begin begin = Begin::oldest;
  bool closed = false;
};

/// The order in which a stream's shards are read: a shard's records come after all records of its parents, through
/// splits and merges. It knows neither network nor time: lists of shards and the ends of shards come in, shards to read
/// come out.
class ShardWalk {
 public:
  /// `only`: this shard and nothing else, not even its children.
  explicit ShardWalk(Begin begin, std::optional<std::string> only = std::nullopt);

  /// Every shard that the stream has now, closed ones too. The first list says where reading begins; a shard that
  /// appears later is younger than that and is read from its oldest record.
  void listed(const std::vector<WalkShard>& shards);
  /// A shard was read to its end, where the service may tell its children.
  void ended(std::string_view id, const std::vector<WalkShard>& children);

  /// Each shard comes once.
  [[nodiscard]] std::vector<ShardToRead> take_ready();

  [[nodiscard]] bool knows(std::string_view id) const { return shards_.find(id) != shards_.end(); }
  /// Something that was taken has not ended yet.
  [[nodiscard]] bool reading() const noexcept { return reading_ > 0; }
  /// A shard ended, and what comes after it is not known: a new list is needed.
  [[nodiscard]] bool wants_list() const;

 private:
  enum class State {
    waiting,
    reading,
    ended,
    skipped,  ///< Closed before reading began at the latest record: nothing of it is wanted.
  };
  struct Known {
    WalkShard shard;
    Begin begin = Begin::oldest;
    State state = State::waiting;
    bool has_child = false;
  };

  void learn(const std::vector<WalkShard>& shards, bool first_list);
  [[nodiscard]] bool ready(const Known& known) const;

  Begin begin_;
  std::optional<std::string> only_;
  bool listed_ = false;
  std::size_t reading_ = 0;
  // By id, which is by age: ids count upwards.
  std::map<std::string, Known, std::less<>> shards_;
};

}  // namespace aiokpl::cli
