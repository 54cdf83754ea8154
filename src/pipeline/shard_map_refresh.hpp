#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include <aiokpl/hash_key.hpp>

#include "pipeline/random.hpp"
#include "pipeline/time.hpp"

namespace aiokpl::pipeline {

/// A shard as ListShards tells it.
struct ListedShard {
  std::string id;
  HashKeyRange range;
  bool open = true;

  friend bool operator==(const ListedShard&, const ListedShard&) = default;
};

std::ostream& operator<<(std::ostream& out, const ListedShard& shard);

/// A ListShards to make.
struct ListCall {
  /// Closed shards too, instead of the filter AT_LATEST.
  bool include_closed = false;
  /// Of the page before.
  std::optional<std::string> next_token = std::nullopt;

  friend bool operator==(const ListCall&, const ListCall&) = default;
};

std::ostream& operator<<(std::ostream& out, const ListCall& call);

/// A complete list. Its open shards make a map: they cover every hash key, once.
struct Listing {
  bool included_closed = false;
  std::vector<ListedShard> shards;
};

/// Decides when to call ListShards for one stream, and puts the pages together. At most one call is in flight.
///
/// A failed listing starts again from its first page after 1 s, doubling to 30 s, with half jitter (between half of the
/// wait and all of it). So does one whose open shards leave a hole or overlap: a shard was split between two pages.
/// A demanded listing that brought nothing new holds the next demanded one back for a second.
class ShardMapRefresh {
 public:
  static constexpr Duration first_wait = std::chrono::seconds{1};
  static constexpr Duration longest_wait = std::chrono::seconds{30};
  static constexpr Duration unchanged_pause = std::chrono::seconds{1};
  /// Records wait for the first map at most so long, and at most half their TTL.
  static constexpr Duration longest_start = std::chrono::seconds{5};
  /// 1,000 shards a page: more pages than any stream has are an error of the service.
  static constexpr std::uint32_t most_pages = 1'000;

  /// The first listing is due at `start`.
  ShardMapRefresh(TimePoint start, Duration record_ttl, Random random) noexcept;

  /// A request that was sent at `request_sent` met another shard than the map says. Skipped when the map, or the
  /// listing that is under way, is newer than the request.
  void want(TimePoint request_sent) noexcept;
  /// A shard that nobody knows took an aggregate: list the closed shards too.
  void want_closed() noexcept { want_closed_ = true; }

  /// The stream is another one of the same name: it is listed as at its start, at once. The answer to a call that is in
  /// flight may be about the old one, and is passed by.
  void begin_anew(TimePoint now) noexcept;
  /// Whether the map is newer than a request that was sent then.
  [[nodiscard]] bool has_map_since(TimePoint request_sent) const noexcept {
    return has_map_ && map_started_ > request_sent;
  }

  /// The call to make now, which counts as in flight from here on.
  [[nodiscard]] std::optional<ListCall> next_call(TimePoint now);
  /// When the next call falls due; `never` while one is in flight, or when nothing is wanted.
  [[nodiscard]] TimePoint next() const noexcept;

  /// An answer came. Gives the list when this was its last page and it is consistent.
  [[nodiscard]] std::optional<Listing> page(std::vector<ListedShard> shards, std::optional<std::string> next_token,
                                            TimePoint now);
  /// The call failed; `for_good`: there is no permission. It is tried again all the same, every 30 s.
  void failed(bool for_good, TimePoint now);

  /// What made the last call fail may be over: the next one is due now. Not where it failed for good.
  void try_now(TimePoint now) noexcept;

  [[nodiscard]] bool has_map() const noexcept { return has_map_; }
  /// The last listing was refused for good.
  [[nodiscard]] bool refused() const noexcept { return refused_; }
  [[nodiscard]] bool in_progress() const noexcept { return in_flight_ || next_token_.has_value(); }
  /// Whether a listing is wanted or under way.
  [[nodiscard]] bool wanted() const noexcept { return want_open_ || want_closed_ || in_progress(); }
  /// When records stop waiting for the first map.
  [[nodiscard]] TimePoint start_limit() const noexcept { return start_limit_; }
  /// Whether records wait for the first map still.
  [[nodiscard]] bool records_wait(TimePoint now) const noexcept { return !has_map_ && !refused_ && now < start_limit_; }
  /// Why the last consistent-looking answer was not taken, in words, for the log; empty otherwise.
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

 private:
  std::optional<Listing> complete(TimePoint now);
  void start_over(TimePoint not_before);
  Duration next_wait() noexcept;

  Random random_;
  Duration start_wait_;
  TimePoint start_limit_;
  bool has_map_ = false;
  bool refused_ = false;
  bool want_open_ = true;
  bool want_closed_ = false;
  bool in_flight_ = false;
  bool answer_is_outdated_ = false;
  /// When the listing that is under way, and the one that made the map, made their first calls.
  TimePoint listing_started_ = TimePoint::min();
  TimePoint map_started_ = TimePoint::min();
  bool listing_closed_ = false;
  std::optional<std::string> next_token_;
  std::uint32_t pages_ = 0;
  std::vector<ListedShard> collected_;
  TimePoint not_before_;
  Duration wait_ = first_wait;
  /// The last call did, and may succeed another time.
  bool failed_in_passing_ = false;
  /// Tells whether a listing brought something new, without keeping the last one.
  std::uint64_t fingerprint_ = 0;
  std::string problem_;
};

}  // namespace aiokpl::pipeline
