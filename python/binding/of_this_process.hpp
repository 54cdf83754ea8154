#pragma once

#include <memory>
#include <utility>

#include "python.hpp"

namespace aiokpl::python {

/// Throws a RuntimeError where `generation` is of a process that this one was forked from: nothing that was outstanding
/// there ends here.
void require_this_process(std::uint32_t generation, const char* what);

/// Owns something of the core's. In a child of the process that made it, it is left alone for good: its end would take
/// locks that threads of the parent's may have held, or wait for those threads.
template <typename T>
class OfThisProcess {
 public:
  explicit OfThisProcess(T* owned) noexcept : owned_{owned} {}
  OfThisProcess(const OfThisProcess&) = delete;
  OfThisProcess& operator=(const OfThisProcess&) = delete;
  ~OfThisProcess() {
    if (generation_ != process_generation()) static_cast<void>(owned_.release());
  }

  /// Ends it before its time, unless it is another process's.
  void reset() noexcept {
    if (generation_ == process_generation()) owned_.reset();
  }
  void require(const char* what) const { require_this_process(generation_, what); }
  [[nodiscard]] std::uint32_t generation() const noexcept { return generation_; }
  T* operator->() const noexcept { return owned_.get(); }
  T& operator*() const noexcept { return *owned_; }

 private:
  std::unique_ptr<T> owned_;
  std::uint32_t generation_ = process_generation();
};

}  // namespace aiokpl::python
