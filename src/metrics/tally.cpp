#include "metrics/tally.hpp"

namespace aiokpl::metrics {
namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

double in_milliseconds(std::int64_t nanoseconds) noexcept {
  return Milliseconds{std::chrono::nanoseconds{nanoseconds}}.count();
}

}  // namespace

Totals TimeTally::totals() const noexcept {
  if (count_ == 0) return {};
  return {.count = count_,
          .sum = in_milliseconds(sum_),
          .min = in_milliseconds(min_),
          .max = in_milliseconds(max_),
          .last = in_milliseconds(max_)};
}

}  // namespace aiokpl::metrics
