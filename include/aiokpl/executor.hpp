#pragma once

#include <functional>

#include <aiokpl/export.hpp>

namespace aiokpl {

/// Where coroutines resume and callbacks run, if not on the library's completion thread.
class AIOKPL_EXPORT Executor {
 public:
  virtual ~Executor();
  /// Called from the library's threads, once for all that a request resolved. Must not run `work` before it returns.
  virtual void execute(std::function<void()> work) = 0;
};

}  // namespace aiokpl
