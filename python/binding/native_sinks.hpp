#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <span>

#include <aiokpl/metrics.hpp>

#include "python.hpp"

namespace aiokpl::python {

/// A sink of the core's in a Python object: `_core.NativeSink`. A producer exports to it without Python; Python may,
/// too. Its members are called with the GIL, but for those of `Shared`.
class NativeSink {
 public:
  using Make = std::function<std::shared_ptr<MetricsSink>()>;

  /// The sink, and whether Python uses it. What is called on it waits for a network: without the GIL.
  class Shared {
   public:
    explicit Shared(std::shared_ptr<MetricsSink> sink) : sink_{std::move(sink)} {}

    [[nodiscard]] const std::shared_ptr<MetricsSink>& sink() const noexcept { return sink_; }
    /// Tells the sink of a producer with all defaults, once until `stop`.
    void start();
    void export_metrics(std::span<const MetricSnapshot> snapshots);
    /// Sends what waits, where it was started here.
    void stop();

   private:
    std::shared_ptr<MetricsSink> sink_;
    std::mutex mutex_;
    bool started_ = false;
  };

  /// Throws what `make` does.
  explicit NativeSink(Make make);
  NativeSink(const NativeSink&) = delete;
  NativeSink& operator=(const NativeSink&) = delete;
  ~NativeSink();

  /// In a child of the process that it was made in it is another one of the same options: the connections and threads
  /// of the first one are the parent's.
  [[nodiscard]] std::shared_ptr<Shared> shared();

 private:
  void abandon_parents();

  Make make_;
  std::uint32_t generation_;
  std::shared_ptr<Shared> shared_;
};

/// The class, and a function for each kind of sink. They take options by name, as the classes of aiokpl.sinks have
/// them.
void bind_native_sinks(nb::module_& module);

}  // namespace aiokpl::python
