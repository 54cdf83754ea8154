#include <stdexcept>
#include <string>
#include <utility>

#include <aiokpl/outcome.hpp>
#include <aiokpl/task.hpp>

#include "producer/fate.hpp"

namespace aiokpl {

namespace detail {

namespace {

FateBlock& held_block(FateBlock* block) {
  if (block == nullptr) throw std::logic_error{"Outcome: it holds no record"};
  return *block;
}

}  // namespace

FateHandle::FateHandle(FateBlock* block, std::uint32_t index) noexcept : block_{block}, index_{index} {}

FateHandle::FateHandle(const FateHandle& other) noexcept : block_{other.block_}, index_{other.index_} {
  if (block_ != nullptr) block_->add_reference();
}

void FateHandle::release() noexcept {
  block_->release();
}

bool FateHandle::settled() const {
  return held_block(block_).settled(index_);
}

RecordResult FateHandle::result() const {
  return held_block(block_).result(index_);
}

void FateHandle::wait() const {
  if (!settled()) block_->wait(index_);
}

bool FateHandle::wait_until(std::chrono::steady_clock::time_point limit) const {
  return settled() || block_->wait_until(index_, limit);
}

void FateHandle::on_ready(std::function<void(const RecordResult&)> callback) const {
  auto waiter = std::make_shared<Waiter>(index_, std::move(callback));
  if (held_block(block_).add_waiter(waiter)) return;
  WakeUps now;
  now.add(std::move(waiter), *this);
  now.dispatch(block_->dispatcher());
}

bool FateHandle::suspend(std::coroutine_handle<> waiting, std::shared_ptr<Waiter>& waiter) const {
  // Known to the awaiter before the block knows it: from then on the coroutine may be resumed, or destroyed.
  waiter = std::make_shared<Waiter>(index_, waiting, RunLoop::current());
  return held_block(block_).add_waiter(std::shared_ptr<Waiter>{waiter});
}

}  // namespace detail

namespace {

std::chrono::steady_clock::time_point limit_of(std::chrono::nanoseconds timeout) {
  const auto now = std::chrono::steady_clock::now();
  const auto longest = std::chrono::steady_clock::time_point::max() - now;
  return timeout >= longest ? std::chrono::steady_clock::time_point::max() : now + timeout;
}

}  // namespace

RecordResult Outcome::get() const {
  fate_.wait();
  return fate_.result();
}

RecordResult Outcome::get(std::chrono::nanoseconds timeout) const {
  if (!fate_.wait_until(limit_of(timeout))) {
    const double seconds = std::chrono::duration<double>(timeout).count();
    throw TimeoutError{"The record did not reach its end within " + std::to_string(seconds) + " s"};
  }
  return fate_.result();
}

const Outcome& SyncOutcome::held() const {
  if (cancelled_) throw OutcomeCancelled{};
  return outcome_;
}

RecordResult SyncOutcome::wait() const {
  return held().get();
}

RecordResult SyncOutcome::wait(std::chrono::nanoseconds timeout) const {
  return held().get(timeout);
}

bool SyncOutcome::cancel() {
  if (cancelled_ || outcome_.is_set()) return false;
  cancelled_ = true;
  outcome_ = {};
  return true;
}

bool SyncOutcome::done() const {
  return cancelled_ || outcome_.is_set();
}

void SyncOutcome::on_ready(std::function<void(const RecordResult&)> callback) const {
  held().on_ready(std::move(callback));
}

}  // namespace aiokpl
