#include <utility>

#include <aiokpl/producer.hpp>

#include "producer/engine.hpp"
#include "producer/pending.hpp"

namespace aiokpl {

PutAwaiter::PutAwaiter(Outcome outcome) noexcept : outcome_{std::move(outcome)} {}

PutAwaiter::PutAwaiter(std::shared_ptr<detail::PendingPuts> pending) noexcept : pending_{std::move(pending)} {}

PutAwaiter::~PutAwaiter() {
  if (pending_) pending_->withdraw();
}

bool PutAwaiter::await_ready() const {
  return !pending_ || pending_->suspension().over();
}

bool PutAwaiter::await_suspend(std::coroutine_handle<> waiting) {
  return pending_->suspension().suspend(waiting);
}

bool PutAwaiter::on_ready(std::function<void()> callback) {
  return pending_ && pending_->suspension().call_back(std::move(callback));
}

Outcome PutAwaiter::await_resume() {
  if (!pending_) return std::move(outcome_);
  return std::move(std::exchange(pending_, nullptr)->take_outcomes().front());
}

BulkPutAwaiter::BulkPutAwaiter(std::shared_ptr<detail::PendingPuts> pending) noexcept : pending_{std::move(pending)} {}

BulkPutAwaiter::~BulkPutAwaiter() {
  if (pending_) pending_->withdraw();
}

bool BulkPutAwaiter::await_ready() const {
  return pending_->suspension().over();
}

bool BulkPutAwaiter::await_suspend(std::coroutine_handle<> waiting) {
  return pending_->suspension().suspend(waiting);
}

bool BulkPutAwaiter::on_ready(std::function<void()> callback) {
  return pending_->suspension().call_back(std::move(callback));
}

std::vector<Outcome> BulkPutAwaiter::await_resume() {
  return std::exchange(pending_, nullptr)->take_outcomes();
}

FlushAwaiter::FlushAwaiter(std::shared_ptr<detail::PendingFlush> pending) noexcept : pending_{std::move(pending)} {}

FlushAwaiter::~FlushAwaiter() {
  if (pending_) pending_->suspension().abandon();
}

bool FlushAwaiter::await_ready() const {
  return pending_->suspension().over();
}

bool FlushAwaiter::await_suspend(std::coroutine_handle<> waiting) {
  return pending_->suspension().suspend(waiting);
}

bool FlushAwaiter::on_ready(std::function<void()> callback) {
  return pending_->suspension().call_back(std::move(callback));
}

CloseReport FlushAwaiter::await_resume() const {
  return pending_->report();
}

CloseReport FlushAwaiter::get() const {
  pending_->wait_until(std::nullopt);
  return pending_->report();
}

std::optional<CloseReport> FlushAwaiter::get(std::chrono::nanoseconds timeout) const {
  if (!pending_->wait_until(std::chrono::steady_clock::now() + timeout)) return std::nullopt;
  return pending_->report();
}

Producer::Producer(Config config) {
  config.validate();
  detail::Surroundings real = detail::real_surroundings(config);
  engine_ = std::make_shared<detail::Engine>(std::move(config), std::move(real));
  engine_->start();
}

Producer& Producer::operator=(Producer&& other) noexcept {
  if (this != &other) {
    if (engine_) engine_->shut_down();
    engine_ = std::move(other.engine_);
  }
  return *this;
}

Producer::~Producer() {
  if (engine_) engine_->shut_down();
}

PutAwaiter Producer::put_record(const Record& record) {
  if (auto outcome = engine_->try_put(record)) return PutAwaiter{*std::move(outcome)};
  auto pending = std::make_shared<detail::PendingPuts>(engine_, std::make_unique<detail::OwnedRecord>(record));
  engine_->advance(pending);
  return PutAwaiter{std::move(pending)};
}

std::optional<Outcome> Producer::try_put_record(const Record& record) {
  return engine_->try_put(record);
}

BulkPutAwaiter Producer::put_records(std::span<const Record> records) {
  engine_->check_all(records);
  auto pending = std::make_shared<detail::PendingPuts>(engine_, records);
  engine_->advance(pending);
  return BulkPutAwaiter{std::move(pending)};
}

FlushAwaiter Producer::flush() {
  return FlushAwaiter{engine_->flush(std::nullopt)};
}

FlushAwaiter Producer::flush(std::string_view stream) {
  return FlushAwaiter{engine_->flush(std::string{stream})};
}

FlushAwaiter Producer::close(std::optional<std::chrono::nanoseconds> timeout) {
  return FlushAwaiter{engine_->close(timeout)};
}

std::uint64_t Producer::abort() {
  return engine_->abort();
}

void Producer::on_failed(std::function<void(const FailedRecord&)> handler) {
  engine_->on_failed(std::move(handler));
}

std::uint64_t Producer::outstanding_records() const {
  return engine_->outstanding_records();
}

std::uint64_t Producer::outstanding_bytes() const {
  return engine_->outstanding_bytes();
}

std::chrono::nanoseconds Producer::oldest_record_age() const {
  return engine_->oldest_record_age();
}

std::uint64_t Producer::retried_records() const {
  return engine_->retried_records();
}

Metrics Producer::metrics() const {
  return Metrics{engine_->metrics()};
}

const Config& Producer::config() const {
  return engine_->config();
}

}  // namespace aiokpl
