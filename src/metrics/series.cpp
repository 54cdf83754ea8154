#include "metrics/series.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace aiokpl::metrics {
namespace {

void add_to(BucketCounts& sum, const BucketCounts& more) {
  std::ranges::transform(sum, more, sum.begin(), std::plus<>{});
}

}  // namespace

Series::Series(const MetricInfo& info, std::vector<MetricDimension> dimensions)
    : info_{&info},
      dimensions_{std::move(dimensions)},
      buckets_{info.buckets ? std::make_unique<Buckets>() : nullptr} {}

void Series::add(const Totals& values, std::int64_t second, const BucketCounts* buckets) {
  total_.merge(values);
  fresh_.merge(values);
  if (buckets_ && buckets != nullptr) {
    add_to(buckets_->total, *buckets);
    add_to(buckets_->fresh, *buckets);
  }
  if (seconds_.empty() || seconds_.back().second < second) {
    std::erase_if(seconds_, [second](const Second& one) { return one.second < second - most_seconds; });
    seconds_.push_back({second, {}});
  }
  seconds_.back().totals.merge(values);
}

std::optional<MetricSnapshot> Series::total() const {
  return snapshot(total_, buckets_ ? &buckets_->total : nullptr);
}

std::optional<MetricSnapshot> Series::since(std::int64_t first) const {
  Totals totals;
  for (const Second& one : seconds_) {
    if (one.second >= first) totals.merge(one.totals);
  }
  return snapshot(totals, nullptr);
}

std::optional<MetricSnapshot> Series::begin_export() {
  exporting_ = std::exchange(fresh_, {});
  if (buckets_) buckets_->exporting = std::exchange(buckets_->fresh, {});
  return snapshot(exporting_, buckets_ ? &buckets_->exporting : nullptr);
}

void Series::end_export(bool taken) {
  Totals back = std::exchange(exporting_, {});
  if (taken) return;
  back.merge(fresh_);
  fresh_ = back;
  if (buckets_) add_to(buckets_->fresh, buckets_->exporting);
}

std::optional<MetricSnapshot> Series::snapshot(const Totals& totals, const BucketCounts* buckets) const {
  if (totals.count == 0) return std::nullopt;
  MetricSnapshot made{.name = std::string{info_->name},
                      .kind = info_->kind,
                      .unit = info_->unit,
                      .dimensions = dimensions_,
                      .count = totals.count,
                      .sum = totals.sum,
                      .min = totals.min,
                      .max = totals.max,
                      .last = totals.last};
  if (buckets != nullptr) made.buckets.assign(buckets->begin(), buckets->end());
  return made;
}

}  // namespace aiokpl::metrics
