#include <algorithm>

#include <aiokpl/metrics.hpp>

namespace aiokpl {

MetricsSink::~MetricsSink() = default;
void MetricsSink::start(const Config& /*producer*/) {}
void MetricsSink::stop() {}
ExportDeferred::~ExportDeferred() = default;

void NullSink::export_metrics(std::span<const MetricSnapshot> /*snapshots*/) {}

void InMemorySink::export_metrics(std::span<const MetricSnapshot> snapshots) {
  const std::lock_guard lock{mutex_};
  exports_.emplace_back(snapshots.begin(), snapshots.end());
}

std::vector<std::vector<MetricSnapshot>> InMemorySink::exports() const {
  const std::lock_guard lock{mutex_};
  return exports_;
}

std::vector<MetricSnapshot> InMemorySink::all_snapshots() const {
  const std::lock_guard lock{mutex_};
  std::vector<MetricSnapshot> all;
  for (const auto& one : exports_)
    all.insert(all.end(), one.begin(), one.end());
  return all;
}

std::vector<MetricSnapshot> InMemorySink::by_name(std::string_view name) const {
  std::vector<MetricSnapshot> found = all_snapshots();
  std::erase_if(found, [name](const MetricSnapshot& snapshot) { return snapshot.name != name; });
  return found;
}

void InMemorySink::clear() {
  const std::lock_guard lock{mutex_};
  exports_.clear();
}

}  // namespace aiokpl
