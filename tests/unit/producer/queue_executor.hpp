#pragma once

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include <aiokpl/executor.hpp>

namespace aiokpl::detail {

/// Keeps the work until the test runs it.
class QueueExecutor final : public Executor {
 public:
  void execute(std::function<void()> work) override { queue_.push_back(std::move(work)); }
  /// How many times it was called since the last run.
  std::size_t run() {
    std::size_t count = 0;
    while (!queue_.empty()) {
      for (const auto& work : std::exchange(queue_, {})) {
        work();
        ++count;
      }
    }
    return count;
  }

 private:
  std::vector<std::function<void()>> queue_;
};

}  // namespace aiokpl::detail
