#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

namespace aiokpl::emulator {

/// Coroutines wait here while it is shut. Opened and shut from any thread.
class Gate {
 public:
  [[nodiscard]] boost::asio::awaitable<void> pass();
  void set_shut(bool shut);
  /// Lets go of those who wait, before their executor ends.
  void forget();

 private:
  using Waiter = std::shared_ptr<boost::asio::steady_timer>;

  /// Joins the queue; false when it is open.
  bool enter(const Waiter& waiter);

  std::mutex mutex_;
  bool shut_ = false;
  std::vector<Waiter> waiters_;
};

}  // namespace aiokpl::emulator
