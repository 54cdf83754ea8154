#include "emulator/gate.hpp"

#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace aiokpl::emulator {

namespace asio = boost::asio;

bool Gate::enter(const Waiter& waiter) {
  const std::scoped_lock lock{mutex_};
  if (shut_) waiters_.push_back(waiter);
  return shut_;
}

asio::awaitable<void> Gate::pass() {
  const auto executor = co_await asio::this_coro::executor;
  for (;;) {
    const auto waiter = std::make_shared<asio::steady_timer>(executor, asio::steady_timer::time_point::max());
    if (!enter(waiter)) co_return;
    // The end of the wait is its cancellation, which comes by way of this coroutine's own executor: not too early.
    boost::system::error_code cancelled;
    co_await waiter->async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  }
}

void Gate::set_shut(bool shut) {
  std::vector<Waiter> released;
  {
    const std::scoped_lock lock{mutex_};
    shut_ = shut;
    if (!shut) released.swap(waiters_);
  }
  for (Waiter& waiter : released) {
    const auto executor = waiter->get_executor();
    asio::post(executor, [waiter = std::move(waiter)] { waiter->cancel(); });
  }
}

void Gate::forget() {
  const std::scoped_lock lock{mutex_};
  waiters_.clear();
}

}  // namespace aiokpl::emulator
