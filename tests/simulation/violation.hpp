#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aiokpl::simulation {

/// What the producer promises, whatever happens.
enum class Promise : std::uint8_t {
  resolves_once,
  resolves_in_time,
  success_is_stored,
  success_is_consumed,
  failure_is_true,
  bytes_are_equal,
  no_needless_duplicate,
  order_of_a_key,
  limits_of_requests,
  limits_of_aggregates,
  pacing,
  places_come_back,
  progress,
  flush_ends,
  close_ends,
  failures_are_told,
  engine_sleeps,
  metrics_are_true,
};
[[nodiscard]] std::string_view words_of(Promise promise) noexcept;

struct Violation {
  Promise promise;
  std::string text;
};

/// Collects what was broken: the first few, since the others tend to follow from them.
class Violations {
 public:
  template <typename Text>
  void add(Promise promise, const Text& text) {
    if (++count_ <= most_kept) kept_.push_back({promise, text()});
  }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] std::vector<Violation> take() { return std::move(kept_); }

 private:
  static constexpr std::uint64_t most_kept = 5;
  std::uint64_t count_ = 0;
  std::vector<Violation> kept_;
};

}  // namespace aiokpl::simulation
